/*
 * enroll --require-confidential: refuses before anything is written where it is not proven, seals under no
 * other storage key than the proven one, and status says what was found. What can be proven, and by what, is
 * in swtpm/test_attest.c and unit/test_attest_real.c: no report of ours ends at AMD's root.
 */
#include "program_steps.h"

#include "machine/record/confidential.h"

static void no_report(void **state)
{
	struct world *w = *state;

	run_says(w, 5, "bootseal attest", "the TPM has no report of a Confidential VM (NV index 0x01400001)");
	run_says(w, 5, "bootseal enroll --require-confidential --no-recovery-key --key-file /key",
		 "no report of a Confidential VM");
	assert_non_null(strstr(w->output, "your passphrase still works"));
	assert_false(world_has(w, "/var/lib/bootseal/state.json"));
	assert_int_equal(world_keyslots(w), 1);
	run_says(w, 1, "bootseal enroll --require-confidential --certificates /absent --key-file /key",
		 "/absent: cannot open");
	run_says(w, 0, "bootseal enroll --no-recovery-key --key-file /key", "");
	assert_int_equal(world_boot(w, NULL), WORLD_OPENED);
	run_says(w, 0, "bootseal status", "");
	assert_null(strstr(w->output, "Confidential"));
}

/* The label on some other disk, perhaps one that is here to be repaired. */
static void a_disk_with_their_label(void **state)
{
	struct world *w = *state;

	world_shell(w, "mkdir -p dev/disk/by-label && : >dev/vdb && ln -s ../../vdb "
		       "dev/disk/by-label/cloudimg-rootfs-enc");
	assert_int_equal(world_enroll(w), 0);
}

/* It has its own way to unlock: nothing of it is taken over. */
static void a_root_of_canonicals_tools(void **state)
{
	struct world *w = *state;

	world_shell(w,
		    "mkdir -p dev/disk/by-label && ln -s ../../vda3 dev/disk/by-label/cloudimg-rootfs-enc");
	assert_int_equal(world_enroll(w), -EOPNOTSUPP);
	assert_non_null(strstr(w->err.text, "Canonical's tools encrypted the root"));
	assert_int_equal(world_keyslots(w), 1);
	assert_int_equal(swtpm_handles(&w->swtpm, 0x81), 0);
}

static int enroll_with(struct world *w, const struct tpm_name *srk, const char *kind)
{
	struct enroll_options o = { .tcti = w->swtpm.tcti, .srk = srk, .confidential = kind };
	struct secret pass = SECRET_NONE;
	int r;

	world_secret(WORLD_PASSPHRASE, &pass);
	o.passphrase = &pass;
	reseal_report_free(&w->report);
	r = enroll_run(&w->machine, &o, &w->err, &w->report);
	secret_free(&pass);
	return r;
}

/* The TPM that answers now is not the one that was proven. */
static void another_storage_key(void **state)
{
	struct tpm_name proven = { .bytes = { 0x00, 0x0b, 1 } };
	struct confidential_record record;
	struct world *w = *state;

	assert_int_equal(enroll_with(w, &proven, "AMD SEV-SNP (Genoa)"), -EKEYREJECTED);
	assert_non_null(strstr(w->err.text, "another one than was proven"));
	assert_int_equal(world_keyslots(w), 1);
	assert_int_equal(confidential_read(&w->machine, NULL, &record), -ENOENT);
	assert_int_equal(swtpm_handles(&w->swtpm, 0x01), 0);
}

static void it_is_recorded(void **state)
{
	struct confidential_record record;
	struct remove_report report;
	struct error err = ERROR_NONE;
	struct world *w = *state;

	assert_int_equal(enroll_with(w, NULL, "AMD SEV-SNP (Genoa)"), 0);
	assert_int_equal(confidential_read(&w->machine, &err, &record), 0);
	assert_string_equal(record.kind, "AMD SEV-SNP (Genoa)");
	run_says(w, 0, "bootseal status",
		 "Confidential AMD SEV-SNP (Genoa), proven when it was enrolled (20");
	world_write_text(w, CONFIDENTIAL_PATH, "soon Genoa\n");
	assert_int_equal(confidential_read(&w->machine, &err, &record), -EBADMSG);
	/* an enrolment that did not ask for it proves nothing */
	assert_int_equal(enroll_with(w, NULL, NULL), 0);
	assert_false(world_has(w, CONFIDENTIAL_PATH));
	assert_int_equal(enroll_with(w, NULL, "AMD SEV-SNP (Milan)"), 0);
	assert_int_equal(world_remove(w, &report), 0);
	assert_false(world_has(w, CONFIDENTIAL_PATH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		program_test(no_report),
		program_test(a_disk_with_their_label),
		program_test(a_root_of_canonicals_tools),
		program_test(another_storage_key),
		program_test(it_is_recorded),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
