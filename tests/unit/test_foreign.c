/*
 * What does not belong on the boot file systems: each kind is found where it is, and what belongs there is
 * not.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <cmocka.h>

#include "machine/system/foreign.h"
#include "tree.h"

static int setup(void **state)
{
	static struct tree t;

	tree_make(&t);
	tree_write_text(&t, "/run/udev/data/b8:1", "E:ID_PART_ENTRY_NUMBER=1\nE:ID_PART_ENTRY_DISK=8:0\n"
						   "E:ID_FS_TYPE=vfat\n");
	tree_write_text(&t, "/run/udev/data/b8:2", "E:ID_PART_ENTRY_NUMBER=2\nE:ID_PART_ENTRY_DISK=8:0\n"
						   "E:ID_FS_TYPE=ext4\n");
	tree_write_text(&t, "/run/udev/data/b8:3", "E:ID_PART_ENTRY_NUMBER=3\nE:ID_PART_ENTRY_DISK=8:0\n"
						   "E:ID_FS_TYPE=ext4\n");
	tree_write_text(&t, "/proc/self/mountinfo",
			"1 1 253:0 / / rw - ext4 /dev/dm-0 rw\n2 1 8:2 / /boot rw - ext4 x rw\n"
			"3 2 8:1 / /boot/efi rw - vfat x rw\n4 1 8:3 / /boots rw - ext4 x rw\n");
	/* what belongs there */
	tree_write_text(&t, "/boot/vmlinuz-6.1.0-55-amd64", "x");
	tree_write_text(&t, "/boot/initrd.img-6.8.0-1~22.04+x@y%z_w", "x");
	tree_write_text(&t, "/boot/grub/x86_64-efi/normal.mod", "x");
	tree_write_text(&t, "/boot/efi/EFI/debian/grubx64.efi", "x");
	tree_write_text(&t, "/boot/efi/System Volume Information/{a}$b", "x");
	tree_link(&t, "/boot/vmlinuz", "vmlinuz-6.1.0-55-amd64");
	tree_link(&t, "/boot/initrd.img.old", "initrd.img-6.1.0-54-amd64");
	/* of no boot file system */
	tree_write_text(&t, "/boots/a name", "x");
	tree_link(&t, "/boots/link", "/etc");
	tree_link(&t, "/etc/link", "/boot");
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	tree_remove(*state);
	return 0;
}

static void finds(const struct tree *t, const char *what)
{
	struct error err = ERROR_NONE;
	struct foreign f;

	assert_int_equal(foreign_find(&t->machine, &err, &f), 0);
	assert_int_equal(f.count, what ? 1 : 0);
	assert_int_equal(f.named_count, f.count);
	if (what)
		assert_string_equal(f.named[0], what);
	assert_int_equal(foreign_refuse(&t->machine, &err), what ? -ECANCELED : 0);
	if (what)
		assert_memory_equal(err.text, what, strlen(what));
}

static void nothing(void **state)
{
	finds(*state, NULL);
}

static void links(void **state)
{
	static const struct {
		const char *path, *target;
	} cases[] = {
		{ "/boot/grub/grub.cfg", "/etc/profile.d/x.sh" },
		{ "/boot/grub/grubenv", "grub.cfg" },
		{ "/boot/initrd.img-6.1.0-55-amd64.new", "/etc/cron.d/x" },
		{ "/boot/grub/fonts", ".." },
		{ "/boot/efi/EFI/debian/grub.cfg", "/etc/x" },
		/* those of kernels are of one shape only */
		{ "/boot/vmlinuz.old", "/vmlinuz-6.1.0-55-amd64" },
		{ "/boot/vmlinuz.old", "vmlinuz-x/../../etc/passwd" },
		{ "/boot/vmlinuz.old", "initrd.img-6.1.0-55-amd64" },
		{ "/boot/initrd.img", "../etc/passwd" },
		{ "/boot/initrd.img", "initrd.img-\n" },
		{ "/boot/config", "config-6.1.0-55-amd64" },
		{ "/boot/grub/vmlinuz", "vmlinuz-6.1.0-55-amd64" },
	};
	const struct tree *t = *state;
	char what[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_link(t, cases[i].path, cases[i].target);
		snprintf(what, sizeof(what), "%s: a symbolic link", cases[i].path);
		finds(t, what);
		tree_unlink(t, cases[i].path);
	}
}

/* A directory that is a link is found and not entered. */
static void linked_directory(void **state)
{
	const struct tree *t = *state;

	tree_write_text(t, "/etc/grub.real/a name", "x");
	tree_link(t, "/boot/grub2", "/etc/grub.real");
	finds(t, "/boot/grub2: a symbolic link");
	tree_unlink(t, "/boot/grub2");
}

static void special_files(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const struct tree *t = *state;
	char path[PATH_MAX];
	int fd;

	tree_path(t, "/boot/grub/.background_cache.png", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	finds(t, "/boot/grub/.background_cache.png: a FIFO");
	assert_int_equal(unlink(path), 0);

	tree_path(t, "/boot/s", path);
	snprintf(at.sun_path, sizeof(at.sun_path), "%.100s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	finds(t, "/boot/s: a socket");
	assert_int_equal(unlink(path), 0);

	tree_write_text(t, "/boot/grub/sh", "x");
	tree_path(t, "/boot/grub/sh", path);
	assert_int_equal(chmod(path, 04755), 0);
	finds(t, "/boot/grub/sh: a set-user-ID or set-group-ID file");
	assert_int_equal(chmod(path, 02755), 0);
	finds(t, "/boot/grub/sh: a set-user-ID or set-group-ID file");
	assert_int_equal(unlink(path), 0);

	tree_path(t, "/boot/root", path);
	if (mknod(path, S_IFBLK | 0600, makedev(253, 0)) < 0 && errno == EPERM) {
		print_message("# not root: no device node is made\n");
		return;
	}
	finds(t, "/boot/root: a device");
	assert_int_equal(unlink(path), 0);
}

#define FDS_MAX 64

/*
 * Leaves room for exactly three open files, whatever this program was started with: every number below the
 * limit is taken first. Returns what was opened; *before is the limit to go back to.
 */
static size_t leave_three_fds(int fds[FDS_MAX], struct rlimit *before)
{
	size_t n = 0;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	do {
		fds[n] = open("/", O_PATH | O_CLOEXEC);
		assert_true(fds[n] >= 0);
	} while (fds[n++] < FDS_MAX - 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE,
				   &(struct rlimit){ .rlim_cur = FDS_MAX, .rlim_max = before->rlim_max }),
			 0);
	for (int i = 0; i < 3; i++)
		close(fds[--n]);
	if (fds[n + 2] >= FDS_MAX) /* that one does not count */
		close(fds[--n]);
	return n;
}

/* As on a damaged file system: it does not end the search, and what comes after it is found. */
static void unreadable(void **state)
{
	const struct tree *t = *state;
	struct error err = ERROR_NONE;
	struct rlimit before;
	struct foreign f;
	int fds[FDS_MAX];
	size_t n;
	int r;

	tree_link(t, "/boot/zz", "/etc");
	tree_write_text(t, "/boot/grub/x86_64-efi/deep/x", "x");
	tree_write_text(t, "/boot/efi/EFI/debian/deep/x", "x");
	/* for the root of a file system and two directories in it, not for a third */
	n = leave_three_fds(fds, &before);
	r = foreign_find(&t->machine, &err, &f);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	while (n > 0)
		close(fds[--n]);
	assert_int_equal(r, 0);
	/* /boot/grub/x86_64-efi/deep, /boot/efi/EFI/debian/deep, and the link */
	assert_int_equal(f.count, 3);
	for (size_t i = 0; i < f.named_count; i++)
		assert_true(strstr(f.named[i], ": a directory that cannot be opened") ||
			    strcmp(f.named[i], "/boot/zz: a symbolic link") == 0);
	tree_unlink(t, "/boot/zz");
}

static void names(void **state)
{
	static const char *const bad[] = {
		"/boot/vmlinuz-6;sh${IFS}x", "/boot/vmlinuz-6 x", "/boot/grub/$(id)", "/boot/vmlinuz-`id`",
		"/boot/a'b",		     "/boot/vmlinuz-*",	  "/boot/\xc3\xa4",
	};
	const struct tree *t = *state;
	char what[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tree_write_text(t, bad[i], "x");
		snprintf(what, sizeof(what), "%s: a name that no package gives", bad[i]);
		finds(t, what);
		tree_unlink(t, bad[i]);
	}
	/* on a terminal it is harmless */
	tree_write_text(t, "/boot/a\x1b[2J", "x");
	finds(t, "/boot/a?[2J: a name that no package gives");
	tree_unlink(t, "/boot/a\x1b[2J");
}

static void many(void **state)
{
	const struct tree *t = *state;
	struct error err = ERROR_NONE;
	char path[PATH_MAX];
	struct foreign f;

	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/boot/link%d", i);
		tree_link(t, path, "x");
	}
	assert_int_equal(foreign_find(&t->machine, &err, &f), 0);
	assert_int_equal(f.count, 20);
	assert_int_equal(f.named_count, FOREIGN_NAMED_MAX);
	assert_int_equal(foreign_refuse(&t->machine, &err), -ECANCELED);
	assert_non_null(strstr(err.text, "it is not the only one"));
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/boot/link%d", i);
		tree_unlink(t, path);
	}
	strcpy(path, "/boot");
	for (unsigned i = 0; i <= FOREIGN_DEPTH_MAX; i++)
		strcat(path, "/d");
	strcat(path, "/file");
	tree_write_text(t, path, "x");
	*strrchr(path, '/') = '\0';
	strcat(path, ": a directory in too many others");
	finds(t, path);
}

static ino_t endless;

/* In place of libc's: this one directory, of a damaged file system, has no end. */
struct dirent *readdir(DIR *dir)
{
	static struct dirent same = { .d_name = "same" };
	/* its name in libc with _FILE_OFFSET_BITS=64 */
	struct dirent *(*real)(DIR *) = (struct dirent * (*)(DIR *))dlsym(RTLD_NEXT, "readdir64");
	struct stat st;

	return endless && fstat(dirfd(dir), &st) == 0 && st.st_ino == endless ? &same : real(dir);
}

static void without_end(void **state)
{
	const struct tree *t = *state;
	struct error err = ERROR_NONE;
	char boot[PATH_MAX];
	struct foreign f;
	struct stat st;
	int r;

	assert_int_equal(machine_path(&t->machine, "/boot", boot), 0);
	assert_int_equal(stat(boot, &st), 0);
	endless = st.st_ino;
	r = foreign_find(&t->machine, &err, &f);
	endless = 0;
	assert_int_equal(r, 0);
	assert_true(f.count >= 1);
	assert_non_null(strstr(f.named[0], "more files than a boot file system has"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),	 cmocka_unit_test(links),
		cmocka_unit_test(linked_directory), cmocka_unit_test(special_files),
		cmocka_unit_test(unreadable),	 cmocka_unit_test(names),
		cmocka_unit_test(many),
		cmocka_unit_test(without_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
