/* The manifest: what it takes and refuses, and that it comes back as it was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "machine/system/manifest.h"
#include "tree.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define HEAD "bootseal-manifest 1\n"

static int parse(const char *text, struct error *err, struct manifest *ret)
{
	return manifest_parse(text, strlen(text), "manifest", err, ret);
}

static void good(void **state)
{
	static const char text[] = HEAD "file " ZEROS " 12 - - /boot/a b\n"
					"file " ONES " 0 " ZEROS " - /boot/vmlinuz\n"
					"file " ONES " 9223372036854775807 - " ONES " /boot/z\n";
	struct buffer out = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct manifest m;

	if (parse(text, &err, &m) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(m.n, 3);
	assert_int_equal(manifest_find(&m, "/boot/a b")->size, 12);
	assert_true(manifest_find(&m, "/boot/vmlinuz")->has_authenticode);
	assert_false(manifest_find(&m, "/boot/vmlinuz")->has_proof);
	assert_int_equal(manifest_find(&m, "/boot/z")->proof[31], 0x11);
	assert_null(manifest_find(&m, "/boot/none"));
	assert_int_equal(manifest_format(&m, &out), 0);
	assert_string_equal(buffer_str(&out), text);
	buffer_free(&out);
	manifest_free(&m);
	manifest_free(&m);
	assert_int_equal(parse(HEAD, &err, &m), 0);
	assert_int_equal(m.n, 0);
}

static void evil(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "", "line 1" },
		{ "bootseal-manifest 2\n", "line 1" },
		{ HEAD "file " ZEROS " 1 - - /a", "no newline" },
		{ HEAD "file " ZEROS " 1 - - /b\nfile " ZEROS " 1 - - /a\n", "line 3: paths out of order" },
		{ HEAD "file " ZEROS " 1 - - /a\nfile " ONES " 1 - - /a\n", "line 3: paths out of order" },
		{ HEAD "file " ZEROS " 1 - - a\n", "line 2" },
		{ HEAD "file " ZEROS " 1 - - \n", "line 2" },
		{ HEAD "file " ZEROS " 1 - -\n", "line 2" },
		{ HEAD "file " ZEROS " 01 - - /a\n", "line 2" },
		{ HEAD "file " ZEROS " -1 - - /a\n", "line 2" },
		{ HEAD "file " ZEROS " 9223372036854775808 - - /a\n", "line 2" },
		{ HEAD "file " ZEROS "0 1 - - /a\n", "line 2" },
		{ HEAD "file 00 1 - - /a\n", "line 2" },
		{ HEAD "file " ZEROS " 1 00 - /a\n", "line 2" },
		{ HEAD "file " ZEROS " 1 - " ONES "1 /a\n", "line 2" },
		{ HEAD "files " ZEROS " 1 - - /a\n", "line 2" },
		{ HEAD "file " ZEROS " 1 - - /a\x1b[2J\n", "line 2" },
		{ HEAD "file " ZEROS "  1 - - /a\n", "line 2" },
		{ HEAD "\n", "line 2" },
	};
	struct manifest m = MANIFEST_NONE;
	struct error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i].text, &err, &m) != -EBADMSG)
			fail_msg("number %zu was taken", i);
		assert_null(m.file);
		if (!strstr(err.text, bad[i].says))
			fail_msg("number %zu: `%s' does not say `%s'", i, err.text, bad[i].says);
	}
	/* a NUL within */
	assert_int_equal(manifest_parse(HEAD "file\0", sizeof(HEAD "file\0"), "m", &err, &m), -EBADMSG);
}

static void set_and_remove(void **state)
{
	static const char *const paths[] = { "/m", "/a", "/z", "/b", "/m" };
	struct manifest m = MANIFEST_NONE;
	struct manifest_file f = { .size = 1 };

	for (size_t i = 0; i < 5; i++) {
		f.path = (char *)paths[i];
		f.size = i;
		assert_int_equal(manifest_set(&m, &f), 0);
	}
	assert_int_equal(m.n, 4);
	assert_int_equal(manifest_find(&m, "/m")->size, 4);
	for (size_t i = 1; i < m.n; i++)
		assert_true(strcmp(m.file[i - 1].path, m.file[i].path) < 0);
	manifest_remove(&m, "/b");
	manifest_remove(&m, "/none");
	assert_null(manifest_find(&m, "/b"));
	assert_int_equal(m.n, 3);
	manifest_free(&m);
}

static void on_disk(void **state)
{
	struct manifest m = MANIFEST_NONE, back;
	struct manifest_file f = { .path = (char *)"/boot/vmlinuz", .size = 7 };
	struct error err = ERROR_NONE;
	char full[PATH_MAX];
	struct tree t;
	struct stat st;

	tree_make(&t);
	assert_int_equal(manifest_read(&t.machine, &err, &back), 0);
	assert_int_equal(back.n, 0);
	tree_write_text(&t, "/var/lib/other", "");
	assert_int_equal(manifest_set(&m, &f), 0);
	assert_int_equal(manifest_write(&t.machine, &m, &err), 0);
	assert_int_equal(manifest_read(&t.machine, &err, &back), 0);
	assert_int_equal(back.n, 1);
	assert_int_equal(back.file[0].size, 7);
	tree_path(&t, MANIFEST_PATH, full);
	assert_int_equal(stat(full, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	manifest_free(&m);
	manifest_free(&back);
	tree_write_text(&t, MANIFEST_PATH, "garbage");
	assert_int_equal(manifest_read(&t.machine, &err, &back), -EBADMSG);
	assert_non_null(strstr(err.text, MANIFEST_PATH));
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(evil),
		cmocka_unit_test(set_and_remove),
		cmocka_unit_test(on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
