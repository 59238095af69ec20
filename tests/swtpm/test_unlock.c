/*
 * The built bootseal-unlock against a software TPM and a LUKS2 volume in a file: everything but the mapping
 * itself. Here what it does with a sound machine and with what its files say.
 */
#include "proxy.h"
#include "unlock_world.h"

static void test_opens(void **state)
{
	struct world w;
	struct proxy p;

	world_setup(&w);
	proxy_start(&p, &w.f.swtpm, 0);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 0);
	assert_in_range(proxy_stop(&p), 1, 13);
	says(&w, "root: unlocked by the TPM");
	leaves(&w, "\"exit\":0,\"window\":\"closed\",\"reason\":\"\",\"generation\":1,\"branch\":101,"
		   "\"differing\":[]");
	leaves(&w, "\"result\":\"opened\"");
	window_is(&w, opened_text(&w));
	fixture_clean(&w.f, 0);
	/* the second time it is too late */
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "root: not unlocked by the TPM: the window is closed");
	leaves(&w, "\"exit\":0,");
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

static void test_names_the_pcr(void **state)
{
	struct world w;
	uint8_t digest[SHA256_LEN] = { 1 };
	struct proxy p;

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 8, digest);
	proxy_start(&p, &w.f.swtpm, 0);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 5);
	proxy_stop(&p);
	says(&w, "root: not unlocked by the TPM: PCR 8 (the boot loader's commands and the kernel command "
		 "line) differs");
	leaves(&w, "\"exit\":5,\"window\":\"closed\"");
	leaves(&w, "\"differing\":[8]");
	window_is(&w, "bootseal closed");
	/* and still says so when cryptroot's prompt failed and local-block calls again */
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "PCR 8");
	world_teardown(&w);
}

static void test_two_pcrs(void **state)
{
	struct world w;
	uint8_t digest[SHA256_LEN] = { 1 };

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 4, digest);
	swtpm_extend(&w.f.swtpm, 14, digest);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "PCR 4 (the boot loaders and the kernel) and PCR 14 (");
	leaves(&w, "\"differing\":[4,14]");
	world_teardown(&w);
}

/* The passphrase must not be typed into a header that is not the enrolled one, unless a person insists. */
static void test_foreign_header(void **state)
{
	struct world w;

	world_setup(&w);
	w.anchor.target[0].volume_pin[0] ^= 1;
	world_write_anchor(&w);
	world_write(&w, "crypttab",
		    "# a comment\nother UUID=1234-5678 none luks\n  root %s/image none luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "its LUKS2 header changed");
	leaves(&w, "\"result\":\"header\"");
	window_is(&w, "bootseal closed");
	world_is(&w, "crypttab", "# a comment\nother UUID=1234-5678 none luks\n");
	/* neither an end of input nor another word is a yes */
	assert_int_equal(world_confirm(&w, ""), 1);
	says(&w, "type YES");
	assert_int_equal(world_confirm(&w, "yes\n"), 1);
	assert_int_equal(world_confirm(&w, "YESS\n"), 1);
	assert_true(world_has(&w, "run/held"));
	/* a second run keeps holding */
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	world_is(&w, "crypttab", "# a comment\nother UUID=1234-5678 none luks\n");
	assert_true(world_has(&w, "run/ask"));
	assert_int_equal(world_confirm(&w, "YES\n"), 0);
	assert_false(world_has(&w, "run/ask"));
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	assert_false(world_has(&w, "run/held"));
	assert_false(world_has(&w, "run/ask"));
	assert_false(world_has(&w, "crypttab.held"));
	/* nothing is held, so nothing is asked */
	assert_int_equal(world_confirm(&w, ""), 0);
	says_not(&w, "YES");
	world_teardown(&w);
}

static void test_foreign_uuid(void **state)
{
	struct world w;

	world_setup(&w);
	strcpy(w.anchor.target[0].uuid, "01234567-89ab-cdef-0123-456789abcdef");
	world_write_anchor(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "its UUID is not the enrolled 01234567-89ab-cdef-0123-456789abcdef");
	assert_true(world_has(&w, "run/held"));
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_no_luks(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "image", "nothing of the kind\n");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	assert_true(world_has(&w, "run/held"));
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_no_target_in_crypttab(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "crypttab", "other /nonexistent none luks\n");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 3);
	says(&w, "not unlocked by the TPM: the crypttab in the initrd names no enrolled volume");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_unsupported_option(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "crypttab", "root %s/image none luks,header=/x\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "header");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_nothing_enrolled(void **state)
{
	struct world w;
	struct proxy p;

	world_setup(&w);
	world_remove(&w, "anchor");
	proxy_start(&p, &w.f.swtpm, 0);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 3);
	assert_int_equal(world_run(&w, p.tcti, "close", NULL), 3);
	assert_int_equal(proxy_stop(&p), 0);
	says_not(&w, "bootseal");
	world_teardown(&w);
}

static void test_bad_files(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "anchor", "bootseal-anchor 1\nsrk 00\n");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "anchor");
	leaves(&w, "\"exit\":1,\"window\":\"closed\"");
	assert_true(world_has(&w, "run/prompt"));
	window_is(&w, "bootseal closed");
	world_teardown(&w);

	world_setup(&w);
	world_write(&w, "anchor", "bootseal-anchor 1\nsrk 00\n");
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	world_teardown(&w);

	world_setup(&w);
	world_write(&w, "crypttab", "root \\x %s none luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "crypttab");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

static void test_close(void **state)
{
	struct world w;

	world_setup(&w);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	leaves(&w, "\"command\":\"close\",\"exit\":0,\"window\":\"closed\"");
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "the window was closed before any volume was unlocked");
	world_teardown(&w);
}

static void test_usage(void **state)
{
	struct world w;

	world_setup(&w);
	assert_int_equal(world_run(&w, NULL, "open", "nobody"), 2);
	says(&w, "nobody: no such volume");
	assert_int_equal(world_run(&w, NULL, "open", "root"), 0);
	assert_int_equal(world_run(&w, NULL, "unseal", NULL), 2);
	says(&w, "unknown command 'unseal'");
	assert_int_equal(world_run(&w, NULL, "--help", NULL), 0);
	says(&w, "root DIR");
	/* a rescue shell has no manual: what it needs fits on a small console */
	assert_int_equal(world_run(&w, NULL, "help", NULL), 2);
	says(&w, "explain [NAME...]  say why");
	says(&w, "recover [NAME...]  ask for the recovery key");
	says(&w, "--help");
	says_not(&w, "--tcti");
	assert_int_equal(world_run(&w, NULL, "--explain", NULL), 0);
	says(&w, "This boot    the TPM unlocked the volumes");
	assert_int_equal(world_run(&w, NULL, "--explain", "nobody"), 2);
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens),
		cmocka_unit_test(test_names_the_pcr),
		cmocka_unit_test(test_two_pcrs),
		cmocka_unit_test(test_foreign_header),
		cmocka_unit_test(test_foreign_uuid),
		cmocka_unit_test(test_no_luks),
		cmocka_unit_test(test_no_target_in_crypttab),
		cmocka_unit_test(test_unsupported_option),
		cmocka_unit_test(test_nothing_enrolled),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests(tests, world_make_image, world_remove_image);
}
