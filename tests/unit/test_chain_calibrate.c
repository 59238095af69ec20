/* Calibrating a whole machine: the verdict of this boot, what it is for, and how long it stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "machine_chain.h"

static const struct calibration_file *file_of(const struct calibration *c, const char *path)
{
	for (size_t i = 0; i < c->file_count; i++)
		if (strcmp(c->file[i].path, path) == 0)
			return &c->file[i];
	fail_msg("%s is not in the calibration", path);
	return NULL;
}

static void exact(void **state)
{
	struct calibration k;
	struct chain *c;
	struct tree t;

	m_make(&t);
	c = loaded(&t);
	assert_string_equal(chain_summary(c), "shim 16.1, GRUB 2.06, Secure Boot off");
	chain_free(c);
	calibrated(&t, false, false, &k);
	if (k.verdict != VERDICT_EXACT)
		fail_msg("%s", k.reason);
	assert_string_equal(k.label, "Linux " M_RELEASE " (default)");
	assert_string_equal(k.entry, "main");
	assert_string_equal(k.boot_id, t.machine.boot_id);
	assert_null(k.reason);
	assert_false(file_of(&k, M_INITRD)->changed);
	assert_false(file_of(&k, M_KERNEL)->authenticode);
	assert_true(file_of(&k, M_SHIM)->authenticode);
	file_of(&k, M_STUB);
	file_of(&k, M_CFG);
	file_of(&k, M_ENV);
	calibration_free(&k);
	calibration_free(&k);
	tree_remove(&t);
}

/* The verdict of this boot stays, whatever happens to the files later; --force judges again. */
static void recorded(void **state)
{
	const struct m_initrd other = { .changed = "etc/bootseal/anchor" };
	struct calibration first, k;
	struct error err;
	struct tree t;

	m_make(&t);
	assert_int_equal(calibration_read(&t.machine, &err, &k), -ENODATA);
	calibrated(&t, false, true, &first);
	m_write_initrd(&t, &other);
	calibrated(&t, false, true, &k);
	assert_int_equal(k.verdict, VERDICT_EXACT);
	assert_int_equal(k.file_count, first.file_count);
	assert_string_equal(k.label, first.label);
	for (size_t i = 0; i < k.file_count; i++) {
		assert_string_equal(k.file[i].path, first.file[i].path);
		assert_memory_equal(k.file[i].measured, first.file[i].measured, SHA256_LEN);
		assert_int_equal(k.file[i].authenticode, first.file[i].authenticode);
	}
	assert_memory_equal(k.pcrs[9], first.pcrs[9], SHA256_LEN);
	calibration_free(&k);
	calibrated(&t, true, true, &k);
	assert_int_equal(k.verdict, VERDICT_INPUTS_CHANGED);
	assert_string_equal(k.reason, "changed since this boot: " M_INITRD);
	assert_true(file_of(&k, M_INITRD)->changed);
	assert_memory_equal(file_of(&k, M_INITRD)->measured, file_of(&first, M_INITRD)->measured, SHA256_LEN);
	calibration_free(&k);
	calibration_free(&first);
	/* of another boot it says nothing */
	t.machine.boot_id[0] = 'f';
	assert_int_equal(calibration_read(&t.machine, &err, &k), -ENODATA);
	t.machine.boot_id[0] = '0';
	tree_write_text(&t, CALIBRATION_PATH, "{\"version\":1,\"boot_id\":\"");
	assert_int_equal(calibration_read(&t.machine, &err, &k), -EBADMSG);
	calibrated(&t, false, true, &k);
	calibration_free(&k);
	tree_remove(&t);
}

static void mismatch_names_the_first_event(void **state)
{
	struct calibration k;
	struct tree t;

	m_make(&t);
	tree_write_text(&t, M_CFG, "set timeout=5\n");
	calibrated(&t, false, false, &k);
	assert_int_equal(k.verdict, VERDICT_MISMATCH);
	assert_non_null(strstr(k.reason, "PCR 8, event "));
	assert_non_null(strstr(k.reason, M_CFG " changed since the boot"));
	assert_null(k.label);
	calibration_free(&k);
	tree_remove(&t);
}

/* A machine without a screen: GRUB's gfxterm failed, and only the log tells. */
static void screen_is_found_out_from_the_log(void **state)
{
	const struct boot_choice untouched = { .path = NULL };
	struct buffer cfg = BUFFER_NONE;
	struct calibration k;
	struct tree t;

	for (int screen = 0; screen < 2; screen++) {
		m_make(&t);
		buffer_addf(&cfg, "if terminal_output gfxterm; then set a=1; else set a=2; fi\n%s", m_cfg);
		tree_write(&t, M_CFG, cfg.data, cfg.len);
		m_write_log_of(&t, &untouched, screen);
		calibrated(&t, false, false, &k);
		assert_int_equal(k.verdict, VERDICT_EXACT);
		calibration_free(&k);
		buffer_free(&cfg);
		tree_remove(&t);
	}
}

/* GRUB 2.12 starts the kernel's stub, which measures the command line and what all initrds are together. */
static void stub_of_the_kernel(void **state)
{
	static const char cfg[] =
		"set timeout=5\nmenuentry 'Debian' --id main {\n  linux /vmlinuz-" M_RELEASE " ro\n"
		"  initrd /early.img /initrd.img-" M_RELEASE "\n}\n";
	const struct boot_choice untouched = { .path = NULL };
	const struct m_initrd other = { .with_module = true };
	struct prediction p = PREDICTION_NONE;
	struct buffer both = BUFFER_NONE, late = BUFFER_NONE;
	struct calibration k;
	uint8_t digest[SHA256_LEN];
	size_t tags = 0;
	struct chain *c;
	struct tree t;

	m_make(&t);
	m_write_image(&t, M_GRUB, "grub", M_SBAT_212);
	m_write_image(&t, M_KERNEL, "LOADED_IMAGE::LoadOptions", "Linux initrd");
	tree_write_text(&t, M_CFG, cfg);
	tree_write_text(&t, "/boot/early.img", "12345");
	m_write_log(&t, &untouched);
	c = loaded(&t);
	assert_string_equal(chain_summary(c), "shim 16.1, GRUB 2.12, Secure Boot off");
	assert_int_equal(predict(&c->model, &untouched, NULL, &p), 0);
	buffer_add(&both, "12345\0\0\0", 8);
	assert_int_equal(machine_read(&t.machine, M_INITRD, 1 << 20, NULL, &late), 0);
	buffer_add(&both, late.data, late.len);
	assert_int_equal(hash_sha256(both.data, both.len, digest), 0);
	for (size_t i = 0; i < p.events.n; i++)
		if (p.events.e[i].type == EV_EVENT_TAG && strcmp(p.events.e[i].what, "Linux initrd") == 0) {
			assert_memory_equal(p.events.e[i].digest, digest, SHA256_LEN);
			tags++;
		}
	assert_int_equal(tags, 1);
	chain_free(c);
	calibrated(&t, false, false, &k);
	assert_int_equal(k.verdict, VERDICT_EXACT);
	calibration_free(&k);
	m_write_initrd(&t, &other);
	calibrated(&t, false, false, &k);
	assert_int_equal(k.verdict, VERDICT_INPUTS_CHANGED);
	assert_string_equal(k.reason, "changed since this boot: " M_INITRD);
	calibration_free(&k);
	prediction_free(&p);
	buffer_free(&both);
	buffer_free(&late);
	tree_remove(&t);
}

/* What could not be reproduced at boot, because a file was away, can be when it is back. */
static void mismatch_is_judged_again(void **state)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	const struct calibrate_options o = { .pcrs = pcrs, .record = true }, unasked = { .record = true };
	char path[PATH_MAX], away[PATH_MAX + 5];
	struct error err = ERROR_NONE;
	struct calibration k;
	struct chain *c;
	struct tree t;

	m_make(&t);
	tree_path(&t, M_CFG, path);
	snprintf(away, sizeof(away), "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	c = loaded(&t);
	assert_int_equal(event_list_replay(&c->logged, pcrs), 0);
	assert_int_equal(chain_calibrate(c, &o, &err, &k), 0);
	assert_int_equal(k.verdict, VERDICT_MISMATCH);
	calibration_free(&k);
	chain_free(c);
	assert_int_equal(rename(away, path), 0);
	c = loaded(&t);
	/* without the TPM's values what was recorded counts */
	assert_int_equal(chain_calibrate(c, &unasked, &err, &k), 0);
	assert_int_equal(k.verdict, VERDICT_MISMATCH);
	calibration_free(&k);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(chain_calibrate(c, i == 0 ? &o : &unasked, &err, &k), 0);
		assert_int_equal(k.verdict, VERDICT_EXACT);
		calibration_free(&k);
	}
	chain_free(c);
	tree_remove(&t);
}

/*
 * The shim of this boot is kept: when an update replaces it, what it made of its variables can still be told.
 */
static void shim_of_this_boot_is_kept(void **state)
{
	struct calibration k;
	struct buffer kept = BUFFER_NONE;
	struct chain *c;
	struct tree t;

	m_make(&t);
	calibrated(&t, false, true, &k);
	calibration_free(&k);
	c = loaded(&t);
	assert_int_equal(c->shim_bytes.len, 0);
	assert_int_equal(machine_read(&t.machine, RUNNING_SHIM_PATH, SHIM_MAX_LEN, NULL, &kept), 0);
	assert_int_equal(kept.len, c->image[0].file.left);
	assert_memory_equal(kept.data, c->image[0].file.at, kept.len);
	chain_free(c);
	m_write_image(&t, M_SHIM, "a newer shim", "shim,1,x\n");
	c = loaded(&t);
	assert_int_equal(c->shim_bytes.len, kept.len);
	chain_free(c);
	calibrated(&t, true, true, &k);
	assert_int_equal(k.verdict, VERDICT_INPUTS_CHANGED);
	assert_string_equal(k.reason, "changed since this boot: " M_SHIM);
	calibration_free(&k);
	/* neither the newer one nor any other file there is taken for the one that booted */
	tree_write_text(&t, RUNNING_SHIM_PATH, "something else");
	c = loaded(&t);
	assert_int_equal(c->shim_bytes.len, 0);
	chain_free(c);
	buffer_free(&kept);
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
		cmocka_unit_test(recorded),
		cmocka_unit_test(mismatch_names_the_first_event),
		cmocka_unit_test(screen_is_found_out_from_the_log),
		cmocka_unit_test(stub_of_the_kernel),
		cmocka_unit_test(mismatch_is_judged_again),
		cmocka_unit_test(shim_of_this_boot_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
