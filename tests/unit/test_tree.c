/*
 * A machine that is a tree of files from anywhere: no link leads out of it, what is no file is not opened,
 * and its files are seen as a boot loader saw them on that machine.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "machine/system/files.h"
#include "machine/system/layout.h"
#include "tree.h"

static char outside[64]; /* a directory with the file "secret", which is in no tree */

static int setup(void **state)
{
	static struct tree t;
	char path[128];
	FILE *f;

	tree_make(&t);
	strcpy(outside, "/tmp/bootseal-outside-XXXXXX");
	if (!mkdtemp(outside))
		abort();
	snprintf(path, sizeof(path), "%s/secret", outside);
	f = fopen(path, "w");
	if (!f || fputs("secret", f) < 0 || fclose(f) != 0)
		abort();
	tree_write_text(&t, "/proc/self/mountinfo",
			"1 1 253:0 / / rw - ext4 /dev/dm-0 rw\n2 1 8:2 / /boot rw - ext4 x rw\n"
			"3 2 8:1 / /boot/efi rw - vfat x rw\n4 1 8:3 / /boot\\040two rw - ext4 x rw\n");
	tree_write_text(&t, "/boot/grub/grub.cfg", "cfg");
	tree_write_text(&t, "/boot/efi/EFI/debian/grub.cfg", "stub");
	tree_write_text(&t, "/boot/efix", "beside it");
	tree_write_text(&t, "/boot two/file", "two");
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/secret", outside);
	unlink(path);
	rmdir(outside);
	tree_remove(*state);
	return 0;
}

static int read_it(const struct tree *t, const char *path)
{
	struct buffer b = BUFFER_NONE;
	int r = machine_read(&t->machine, path, 4096, NULL, &b);

	if (r == 0 && strstr(buffer_str(&b), "secret"))
		r = 1;
	buffer_free(&b);
	return r;
}

/* Nothing of it is read through a link, whatever the way to look at it. */
static void closed(const struct tree *t, const char *path)
{
	const struct file_facts *facts;
	struct files *f;
	DIR *dir;
	FILE *s;

	assert_int_equal(read_it(t, path), -ENOENT);
	assert_false(machine_exists(&t->machine, path));
	dir = machine_opendir(&t->machine, path);
	assert_null(dir);
	s = machine_stream(&t->machine, path, 4096);
	assert_null(s);
	assert_int_equal(files_new(&t->machine, &f), 0);
	assert_int_equal(files_facts(f, NULL, path, NULL, &facts), -ENOENT);
	assert_int_equal(files_facts(f, "/boot", path, NULL, &facts), -ENOENT);
	files_free(f);
}

static void links_stay_inside(void **state)
{
	const struct tree *t = *state;
	char to[PATH_MAX];

	snprintf(to, sizeof(to), "%s/secret", outside);
	tree_link(t, "/etc/absolute", to);
	closed(t, "/etc/absolute");
	snprintf(to, sizeof(to), "../../../../../../../..%s/secret", outside);
	tree_link(t, "/etc/relative", to);
	closed(t, "/etc/relative");
	tree_link(t, "/etc/directory", outside);
	closed(t, "/etc/directory");
	closed(t, "/etc/directory/secret");
	tree_link(t, "/boot/out", outside);
	closed(t, "/boot/out/secret");
	tree_link(t, "/etc/twice", "directory/secret");
	closed(t, "/etc/twice");
	/* the same links lead to what the tree has there */
	snprintf(to, sizeof(to), "%s/secret", outside);
	tree_write_text(t, to, "of the tree");
	assert_int_equal(read_it(t, "/etc/absolute"), 0);
	assert_int_equal(read_it(t, "/etc/relative"), 0);
	assert_int_equal(read_it(t, "/etc/directory/secret"), 0);
	tree_unlink(t, to);
}

/* A tree at "/" has the links of the kernel's own /proc, which lead anywhere. */
static void kernel_links_are_refused(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct machine m;
	struct error err;
	char path[64];
	int fd;

	fd = open(outside, O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(machine_init_collected("/", &err, &m), 0);
	assert_true(machine_is_tree(&m));
	assert_int_equal(machine_read(&m, "/proc/self/mountinfo", 1 << 20, &err, &b), 0);
	buffer_free(&b);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/secret", fd);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(machine_read(&m, path, 4096, &err, &b), -ELOOP);
	close(fd);
}

/* A FIFO that nobody writes to would be waited for; the alarm ends a test that does. */
static void special_files_are_not_opened(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const struct tree *t = *state;
	const struct file_facts *facts;
	struct error err = ERROR_NONE;
	struct buffer b = BUFFER_NONE;
	char path[PATH_MAX];
	struct files *f;
	int fd;

	tree_path(t, "/boot/fifo", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	tree_path(t, "/boot/socket", path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	alarm(20);
	assert_int_equal(files_new(&t->machine, &f), 0);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "/boot/fifo", "/boot/socket", "/boot/grub" };

		assert_int_equal(machine_read(&t->machine, names[i], 4096, &err, &b), -EISDIR);
		assert_non_null(strstr(err.text, names[i]));
		assert_non_null(strstr(err.text, "not a regular file"));
		assert_int_equal(files_facts(f, "/boot", names[i] + strlen("/boot"), &err, &facts), -EISDIR);
		assert_null(machine_stream(&t->machine, names[i], 4096));
		assert_true(i == 2 || !machine_opendir(&t->machine, names[i]));
	}
	files_free(f);
	alarm(0);
}

static void long_files_are_not_read(void **state)
{
	const struct tree *t = *state;
	const struct file_facts *facts;
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	char path[PATH_MAX];
	struct files *f;

	tree_write_text(t, "/boot/sparse", "");
	tree_path(t, "/boot/sparse", path);
	assert_int_equal(truncate(path, 1ll << 36), 0);
	assert_int_equal(machine_read(&t->machine, "/boot/sparse", 4096, &err, &b), -EFBIG);
	assert_null(machine_stream(&t->machine, "/boot/sparse", 4096));
	assert_int_equal(files_new(&t->machine, &f), 0);
	assert_int_equal(files_facts(f, "/boot", "/sparse", &err, &facts), -EFBIG);
	files_free(f);
}

/* What is missing is named as a path of the tree, with what it is for. */
static void missing_is_explained(void **state)
{
	const struct tree *t = *state;
	struct error err = ERROR_NONE;
	struct buffer b = BUFFER_NONE;
	char want[PATH_MAX];

	assert_int_equal(machine_read(&t->machine, "/proc/swaps", 4096, &err, &b), -ENOENT);
	snprintf(want, sizeof(want), "/proc/swaps is not in %s: it is the list of swaps", t->root);
	assert_string_equal(err.text, want);
	for (size_t i = 0; layout_part(i); i++)
		assert_string_equal(layout_purpose(layout_part(i)->path), layout_part(i)->what);
	assert_string_equal(layout_purpose("/run/udev/data/b8:1"), layout_purpose("/run/udev/data"));
	assert_string_not_equal(layout_purpose("/run/udev/database"), layout_purpose("/run/udev/data"));
}

static int looks(const struct tree *t, const char *base, const char *path)
{
	const struct file_facts *facts;
	struct files *f;
	int r;

	assert_int_equal(files_new(&t->machine, &f), 0);
	r = files_facts(f, base, path, NULL, &facts);
	files_free(f);
	return r;
}

/* On that machine the directory /boot/efi was another file system's. */
static void hidden_is_hidden(void **state)
{
	const struct tree *t = *state;

	assert_int_equal(looks(t, "/boot", "/grub/grub.cfg"), 0);
	assert_int_equal(looks(t, "/boot", "/efi/EFI/debian/grub.cfg"), -ENOENT);
	assert_int_equal(looks(t, "/boot", "/grub/../efi/EFI/debian/grub.cfg"), -ENOENT);
	tree_link(t, "/boot/esp", "efi/EFI");
	assert_int_equal(looks(t, "/boot", "/esp/debian/grub.cfg"), -ENOENT);
	assert_int_equal(looks(t, "/boot", "/efix"), 0);
	assert_int_equal(looks(t, "/boot/efi", "/EFI/debian/grub.cfg"), 0);
	assert_int_equal(looks(t, "/", "/boot/grub/grub.cfg"), -ENOENT);
	assert_int_equal(looks(t, "/", "/boot two/file"), -ENOENT);
	assert_int_equal(looks(t, "/boot two", "/file"), 0);
	assert_int_equal(looks(t, NULL, "/boot/efi/EFI/debian/grub.cfg"), 0);
}

/* The firmware names files as it likes; on FAT all spellings are one file. */
static void fat_has_no_case(void **state)
{
	const struct tree *t = *state;

	assert_int_equal(looks(t, "/boot/efi", "/efi/Debian/GRUB.CFG"), 0);
	assert_int_equal(looks(t, "/boot/efi", "\\efi\\Debian\\GRUB.CFG"), -ENOENT);
	assert_int_equal(looks(t, "/boot/efi", "/efi/Debian/GRUB.CF"), -ENOENT);
	assert_int_equal(looks(t, "/boot/efi", "/efi/Debian"), -EISDIR);
	assert_int_equal(looks(t, "/boot", "/GRUB/grub.cfg"), -ENOENT);
	/* the spelling leads no further than the exact name would */
	tree_link(t, "/boot/efi/Out", outside);
	assert_int_equal(looks(t, "/boot/efi", "/out/secret"), -ENOENT);
}

static void roots(void **state)
{
	const struct tree *t = *state;
	struct machine m;
	struct error err;
	char path[PATH_MAX];

	assert_int_equal(machine_init_collected(t->root, &err, &m), 0);
	assert_string_equal(m.boot_id, "01234567-89ab-cdef-0123-456789abcdef");
	tree_unlink(t, "/proc/sys/kernel/random/boot_id");
	assert_int_equal(machine_init_collected(t->root, &err, &m), 0);
	assert_string_equal(m.boot_id, "");
	tree_write_text(t, "/proc/sys/kernel/random/boot_id", "no boot id\n");
	assert_int_equal(machine_init_collected(t->root, &err, &m), -EBADMSG);
	tree_write_text(t, "/proc/sys/kernel/random/boot_id", "01234567-89ab-cdef-0123-456789abcdef\n");
	tree_path(t, "/boot/efix", path);
	assert_int_equal(machine_init_collected(path, &err, &m), -ENOTDIR);
	tree_path(t, "/nothing", path);
	assert_int_equal(machine_init_collected(path, &err, &m), -ENOENT);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(machine_init_collected("", &err, &m), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_stay_inside),
		cmocka_unit_test(kernel_links_are_refused),
		cmocka_unit_test(special_files_are_not_opened),
		cmocka_unit_test(long_files_are_not_read),
		cmocka_unit_test(missing_is_explained),
		cmocka_unit_test(hidden_is_hidden),
		cmocka_unit_test(fat_has_no_case),
		cmocka_unit_test(roots),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
