/* Firmware that hands on no event log: the boot is told from the values of its PCRs, and no less surely. */
#include "world.h"

#include "machine/chain/chain.h"
#include "machine/chain/no_log.h"
#include "measure/grub/env.h"

/* What Linux shows then: no log, but the PCRs. */
static void take_log_away(struct world *w)
{
	world_shell(w, "rm -f sys/kernel/security/tpm0/binary_bios_measurements && "
		       "rm -f run/bootseal/calibration.json && mkdir -p sys/class/tpm/tpm0/pcr-sha256");
	world_show_pcrs(w);
}

/* NULL takes it out. */
static void set_environment(const struct world *w, const char *name, const char *value)
{
	size_t len;
	char *block = world_read(w, "/boot/grub/grubenv", &len);

	if (value)
		assert_int_equal(grub_env_set((uint8_t *)block, len, name, value), 0);
	else
		grub_env_unset((uint8_t *)block, len, name);
	world_write(w, "/boot/grub/grubenv", block, len);
	free(block);
}

static void must(int r, const struct world *w)
{
	if (r < 0)
		fail_msg("%d: %s", r, w->err.text);
}

static const char *load_says(struct world *w)
{
	static char said[512];
	struct chain *c = NULL;
	int r = chain_load(&w->machine, &w->err, &c);

	snprintf(said, sizeof(said), "%d: %s", r, r < 0 ? w->err.text : chain_summary(c));
	chain_free(c);
	return said;
}

static void enrols_and_reseals(void **state)
{
	struct world w;

	world_new(&w);
	world_write_option(&w, "\\EFI\\BOOT\\BOOTX64.EFI");
	take_log_away(&w);
	assert_non_null(strstr(load_says(&w), "Secure Boot on, no event log"));
	must(world_enroll(&w), &w);
	assert_int_equal(w.report.calibration.verdict, VERDICT_EXACT);
	assert_true(world_all_open(&w));
	assert_int_equal(world_boot_only(&w, NULL), WORLD_OPENED);
	take_log_away(&w);
	must(world_install_kernel(&w, WORLD_NEW), &w);
	assert_int_equal(world_boot_only(&w, NULL), WORLD_OPENED);
	/* an entry from the menu, on another disk number, after two boot options that failed */
	w.disk = 1;
	w.failed_options = 2;
	assert_int_equal(world_boot_only(&w, world_entry(WORLD_OLD)), WORLD_OPENED);
	take_log_away(&w);
	must(world_reseal(&w), &w);
	assert_int_equal(w.report.calibration.verdict, VERDICT_EXACT);
	world_free(&w);
}

/* GRUB has used a one-shot up, or a service has taken a flag out, before anybody looks. */
static void the_environment_of_before(void **state)
{
	struct world w;

	world_new(&w);
	world_write_option(&w, "\\EFI\\BOOT\\BOOTX64.EFI");
	set_environment(&w, "next_entry", world_entry(WORLD_OLD));
	assert_int_equal(world_boot_only(&w, NULL), WORLD_NOT_ENROLLED);
	take_log_away(&w);
	must(world_enroll(&w), &w);
	assert_int_equal(w.report.calibration.verdict, VERDICT_EXACT);
	set_environment(&w, "recordfail", "1");
	set_environment(&w, "initrdfail", "1");
	assert_true(world_boot_only(&w, NULL) == WORLD_ASKS);
	set_environment(&w, "recordfail", NULL);
	set_environment(&w, "initrdfail", NULL);
	take_log_away(&w);
	assert_non_null(strstr(load_says(&w), "0: "));
	world_free(&w);
}

/* What nothing explains is no boot of this machine, whoever took the log away. */
static void what_does_not_fit_is_refused(void **state)
{
	struct world w;

	world_new(&w);
	world_write_option(&w, "\\EFI\\BOOT\\BOOTX64.EFI");
	take_log_away(&w);
	world_shell(&w, "cp boot/grub/grub.cfg kept && echo '# more' >>boot/grub/grub.cfg");
	assert_non_null(strstr(load_says(&w), "no way to start this machine as it is now gives the values"));
	assert_non_null(strstr(load_says(&w), "different at best: 9)"));
	assert_true(world_enroll(&w) < 0);
	world_shell(&w, "mv kept boot/grub/grub.cfg");
	/* a file system that says nothing of the TPM, or another thing than the TPM itself */
	world_shell(&w, "mv sys/class/tpm/tpm0/pcr-sha256 kept");
	assert_non_null(strstr(load_says(&w), "/binary_bios_measurements is not in"));
	world_shell(&w, "mv kept sys/class/tpm/tpm0/pcr-sha256");
	assert_non_null(strstr(load_says(&w), "0: "));
	swtpm_extend(&w.swtpm, 8, (const uint8_t[SHA256_LEN]){ 1 });
	assert_true(world_enroll(&w) < 0);
	assert_non_null(strstr(w.err.text, "PCR 8"));
	world_free(&w);
}

/* The firmware tells which file it started only in its boot option. */
static void the_option_tells_the_file(void **state)
{
	struct world w;

	world_new(&w);
	world_write_option(&w, NULL);
	take_log_away(&w);
	assert_non_null(strstr(load_says(&w), "0: "));
	world_write_option(&w, "\\EFI\\debian\\shimx64.efi");
	assert_non_null(strstr(load_says(&w), "/EFI/debian/shimx64.efi"));
	/* an option that the firmware made, for a whole disk: the partition in use, if it gives the values */
	world_write_option(&w, "");
	assert_non_null(strstr(load_says(&w), "0: "));
	world_shell(&w, "cp boot/efi/EFI/BOOT/BOOTX64.EFI kept && printf x >>boot/efi/EFI/BOOT/BOOTX64.EFI");
	assert_null(strstr(load_says(&w), "0: "));
	world_shell(&w, "mv kept boot/efi/EFI/BOOT/BOOTX64.EFI");
	world_shell(&w, "cp proc/self/mountinfo kept && grep -v /boot/efi kept >proc/self/mountinfo");
	assert_non_null(strstr(load_says(&w), "no EFI partition is mounted at /boot/efi or /efi"));
	world_shell(&w, "mv kept proc/self/mountinfo");
	world_shell(&w, "rm sys/firmware/efi/efivars/BootCurrent-*");
	assert_non_null(strstr(load_says(&w), "the boot option that was used is not known"));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enrols_and_reseals),
		cmocka_unit_test(the_environment_of_before),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(the_option_tells_the_file),
	};

	return cmocka_run_group_tests_name("no_log", tests, world_make_base, world_remove_base);
}
