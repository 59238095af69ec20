/* How the files of the boot chain are opened and hashed: as GRUB sees them, no device, no image twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "machine/system/files_read.h"
#include "forecast_run.h"

static void authenticode_of_kernel(struct files *f, uint8_t ret[static SHA256_LEN])
{
	struct input *i;
	struct error err;

	assert_int_equal(files_input(f, "/boot", "/vmlinuz-" M_RELEASE, &err, &i), 0);
	assert_int_equal(input_authenticode(i, &err, ret), 0);
}

/*
 * An image that has not changed since it was accepted is not hashed a second time for its Authenticode
 * digest.
 */
static void known_images_are_hashed_once(void **state)
{
	struct manifest m = MANIFEST_NONE;
	struct manifest_file kernel;
	uint8_t digest[SHA256_LEN], other[SHA256_LEN];
	struct files *f;
	struct error err;
	struct tree t;

	make_enrolled(&t);
	assert_int_equal(manifest_read(&t.machine, &err, &m), 0);
	assert_int_equal(files_new(&t.machine, &f), 0);
	authenticode_of_kernel(f, digest);
	files_free(f);
	assert_memory_equal(digest, manifest_find(&m, M_KERNEL)->authenticode, SHA256_LEN);
	/* so that it shows where the digest came from */
	kernel = *manifest_find(&m, M_KERNEL);
	kernel.path = (char *)M_KERNEL;
	kernel.authenticode[0] ^= 1;
	assert_int_equal(manifest_set(&m, &kernel), 0);
	assert_int_equal(files_new(&t.machine, &f), 0);
	files_know(f, &m);
	authenticode_of_kernel(f, other);
	assert_memory_equal(other, kernel.authenticode, SHA256_LEN);
	files_free(f);
	kernel.sha256[0] ^= 1;
	assert_int_equal(manifest_set(&m, &kernel), 0);
	assert_int_equal(files_new(&t.machine, &f), 0);
	files_know(f, &m);
	authenticode_of_kernel(f, other);
	assert_memory_equal(other, digest, SHA256_LEN);
	files_free(f);
	manifest_free(&m);
	tree_remove(&t);
}

/*
 * A link in /boot ends in /boot, as it does for GRUB, and what is mounted over a directory of /boot does not
 * show.
 */
static void files_are_seen_as_grub_sees_them(void **state)
{
	const struct file_facts *facts;
	struct files *f;
	struct error err;
	struct stat st;
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/etc/secret", "outside");
	tree_link(&t, "/boot/absolute", "/etc/secret");
	tree_link(&t, "/boot/climbing", "../etc/secret");
	tree_link(&t, "/boot/vmlinuz", "vmlinuz-" M_RELEASE);
	assert_int_equal(files_new(&t.machine, &f), 0);
	assert_int_equal(files_facts(f, "/boot", "/absolute", &err, &facts), -ENOENT);
	assert_int_equal(files_facts(f, "/boot", "/climbing", &err, &facts), -ENOENT);
	assert_int_equal(files_facts(f, "/boot", "/vmlinuz", &err, &facts), 0);
	assert_string_equal(facts->path, "/boot/vmlinuz");
	assert_int_equal(files_facts(f, "/boot", "/grub", &err, &facts), -EISDIR);
	assert_int_equal(files_stat(f, "/boot", "/grub", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	files_free(f);
	files_free(NULL);
	tree_remove(&t);
}

/* A pipe or device with a file's name is not opened: that alone may do something. */
static void devices_are_not_opened(void **state)
{
	const struct file_facts *facts;
	char path[PATH_MAX];
	struct files *f;
	struct error err;
	struct stat st;
	struct tree t;
	int fd;

	m_make(&t);
	tree_path(&t, "/boot/pipe", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(files_new(&t.machine, &f), 0);
	assert_int_equal(files_facts(f, "/boot", "/pipe", &err, &facts), -EISDIR);
	assert_int_equal(files_facts(f, NULL, "/boot/pipe", &err, &facts), -EISDIR);
	assert_int_equal(files_stat(f, "/boot", "/pipe", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	files_free(f);
	/* a descriptor of files_open() would be its reader */
	fd = files_open(&t.machine, "/boot", "/pipe");
	assert_true(fd >= 0);
	assert_int_equal(open(path, O_WRONLY | O_NONBLOCK), -1);
	assert_int_equal(errno, ENXIO);
	close(fd);
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_images_are_hashed_once),
		cmocka_unit_test(files_are_seen_as_grub_sees_them),
		cmocka_unit_test(devices_are_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
