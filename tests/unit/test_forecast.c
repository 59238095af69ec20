/* What gets a branch on a whole machine, what is left out, and what is remembered of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "machine/branches.h"
#include "machine/chain/calibration.h"
#include "forecast_run.h"

static void first_enrolment_accepts_what_ran(void **state)
{
	struct run r;
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/var/lib/x", "");
	run_start(&r, &t, TRUST_THIS_BOOT);
	assert_true(run_has_default(&r));
	assert_string_equal(r.f.path[0].release, M_RELEASE);
	assert_string_equal(r.f.path[0].kernel, M_KERNEL);
	assert_string_equal(r.f.path[0].initrd, M_INITRD);
	assert_string_equal(r.f.path[0].cmdline,
			    "BOOT_IMAGE=/vmlinuz-" M_RELEASE " root=/dev/mapper/cryptroot ro quiet");
	/* the default and the one by number, on hd0 and on hd1 */
	assert_int_equal(r.f.path_count, 4);
	assert_int_equal(r.f.refused_count, 0);
	assert_string_equal(note_of(r.f.accepted, r.f.accepted_count, M_INITRD), "this boot ran it");
	assert_string_equal(note_of(r.f.accepted, r.f.accepted_count, M_SHIM), "this boot ran it");
	assert_null(note_of(r.f.accepted, r.f.accepted_count, M_ENV));
	run_accept(&t, &r);
	run_end(&r);
	/* from now on nothing is new */
	run_start(&r, &t, TRUST_NOTHING_NEW);
	assert_true(run_has_default(&r));
	assert_int_equal(r.f.accepted_count, 0);
	assert_int_equal(r.f.refused_count, 0);
	assert_int_equal(r.f.warning_count, 0);
	run_end(&r);
	tree_remove(&t);
}

/* That this boot ran a file says nothing where the model cannot explain this boot. */
static void what_ran_counts_only_when_it_is_explained(void **state)
{
	const struct calibrate_options co = { .record = true };
	struct forecast_options o = { .trust = TRUST_THIS_BOOT };
	struct error err = ERROR_NONE;
	struct run r = { .f = FORECAST_NONE };
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/var/lib/x", "");
	assert_int_equal(chain_load(&t.machine, &err, &r.chain), 0);
	assert_int_equal(chain_calibrate(r.chain, &co, &err, &r.calibration), 0);
	assert_int_equal(r.calibration.verdict, VERDICT_EXACT);
	r.calibration.verdict = VERDICT_MISMATCH;
	o.calibration = &r.calibration;
	assert_int_equal(chain_forecast(r.chain, &o, &err, &r.f), 0);
	assert_int_equal(r.f.path_count, 0);
	assert_non_null(note_of(r.f.refused, r.f.refused_count, M_INITRD));
	run_end(&r);
	tree_remove(&t);
}

/* Only enrolment takes this boot's word: a reseal must not accept what it does not know, although it ran. */
static void what_ran_is_not_enough_for_a_reseal(void **state)
{
	struct run r;
	struct tree t;

	m_make(&t);
	run_start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	assert_non_null(strstr(note_of(r.f.refused, r.f.refused_count, M_INITRD), "it is new"));
	assert_non_null(strstr(note_of(r.f.refused, r.f.refused_count, M_SHIM), "it is new"));
	run_end(&r);
	tree_remove(&t);
}

/* The prediction is what was measured, when nothing changed. */
static void default_path_is_this_boot(void **state)
{
	struct run r;
	struct tree t;

	make_enrolled(&t);
	run_start(&r, &t, TRUST_VOUCHED);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (boot_loader_grub.pcrs >> i & 1)
			assert_memory_equal(r.f.path[0].pcrs[i], r.calibration.pcrs[i], SHA256_LEN);
	run_end(&r);
	tree_remove(&t);
}

/* Without a word of the firmware on boot options PCR 4 is as in this boot, and no other form is made up. */
static void firmware_without_actions(void **state)
{
	struct run r;
	struct tree t;

	m_no_actions = true;
	make_enrolled(&t);
	m_no_actions = false;
	run_start(&r, &t, TRUST_VOUCHED);
	assert_true(run_has_default(&r));
	assert_memory_equal(r.f.path[0].pcrs[4], r.calibration.pcrs[4], SHA256_LEN);
	for (size_t i = 0; i < r.f.path_count; i++) {
		if (strstr(r.f.path[i].label, "boot option"))
			fail_msg("%s", r.f.path[i].label);
		for (size_t k = 0; k < r.f.path[i].events.n; k++)
			assert_int_not_equal(r.f.path[i].events.e[k].kind, EVENT_ACTION);
	}
	assert_int_equal(r.f.attempts.n, 0);
	run_end(&r);
	tree_remove(&t);
}

#define SNAPSHOT "menuentry 'snapshot %d' {\n" \
		 " linux /vmlinuz-" M_RELEASE " root=/dev/mapper/x ro strange=%d\n" \
		 " initrd /snapshot.img\n}\n"

/* The state as after a reseal that sealed the path of that key. */
static void sealed_before(const struct tree *t, const char *key)
{
	struct state s = { .mask = boot_loader_grub.pcrs | PCR(WINDOW_PCR), .generation = 1, .sealed_at = 1,
			   .branch_count = 1 };
	struct error err = ERROR_NONE;

	assert_int_equal(branch_id_of(key, &s.branch[0].id), 0);
	assert_int_equal(state_save(&t->machine, &s, &err), 0);
}

/* As grub-btrfs makes them. Only what was sealed before is missed. */
static void generated_entries_are_no_refusal(void **state)
{
	struct {
		struct chain *chain;
		struct forecast_options options;
		struct forecast f;
	} w;
	struct buffer changed = BUFFER_NONE;
	struct error err = ERROR_NONE;
	char script[256];
	struct run r;
	struct tree t;

	make_enrolled(&t);
	buffer_add_str(&changed, m_cfg);
	for (int i = 0; i < 3; i++)
		buffer_addf(&changed, SNAPSHOT, i, i);
	tree_write(&t, M_CFG, changed.data, changed.len);
	tree_write_text(&t, "/boot/snapshot.img", "x");
	snprintf(script, sizeof(script), "#!/bin/sh\nexec cat %s" M_CFG "\n", t.root);
	make_mkconfig(&t, script);
	run_start(&r, &t, TRUST_VOUCHED);
	assert_true(run_has_default(&r));
	assert_int_equal(r.f.path_count, 4);
	assert_int_equal(r.f.refused_count, 0);
	assert_int_equal(r.f.left_out_count, 1);
	assert_non_null(strstr(note_of(r.f.left_out, r.f.left_out_count, "3 other menu entries"),
			       "/boot/snapshot.img"));
	run_end(&r);
	sealed_before(&t, "menu snapshot 1");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_true(run_has_default(&r));
	assert_non_null(note_of(r.f.refused, r.f.refused_count, "/boot/snapshot.img"));
	assert_non_null(note_of(r.f.left_out, r.f.left_out_count, "snapshot 1"));
	assert_non_null(note_of(r.f.left_out, r.f.left_out_count, "2 other menu entries"));
	run_end(&r);
	/* check does not go on about them either */
	w.options = (struct forecast_options){ .trust = TRUST_UNJUDGED, .expected_only = true };
	assert_int_equal(chain_load(&t.machine, &err, &w.chain), 0);
	assert_int_equal(chain_forecast(w.chain, &w.options, &err, &w.f), 0);
	for (size_t i = 0; i < w.f.path_count; i++)
		assert_null(strstr(w.f.path[i].cmdline, "strange=0"));
	assert_non_null(note_of(w.f.left_out, w.f.left_out_count, "2 other menu entries"));
	forecast_free(&w.f);
	chain_free(w.chain);
	buffer_free(&changed);
	tree_remove(&t);
}

static void files_that_change_meanwhile(void **state)
{
	struct error err = ERROR_NONE;
	struct run r;
	struct tree t;

	make_enrolled(&t);
	run_start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(chain_still_same(r.chain, &err), 0);
	/* rewritten with the same content: hashed again, and found to be the same */
	tree_write_text(&t, M_CFG, m_cfg);
	assert_int_equal(chain_still_same(r.chain, &err), 0);
	tree_write_text(&t, "/boot/grub/custom.cfg", "");
	m_write_image(&t, M_KERNEL, "another kernel", "linux,1,x\n");
	assert_int_equal(chain_still_same(r.chain, &err), -ESTALE);
	assert_non_null(strstr(err.text, M_KERNEL));
	run_end(&r);
	run_start(&r, &t, TRUST_ALL);
	tree_write_text(&t, "/usr/share/initramfs-tools/hooks/dropbear", "");
	assert_int_equal(chain_still_same(r.chain, &err), -ESTALE);
	assert_non_null(strstr(err.text, "appeared"));
	run_end(&r);
	tree_remove(&t);
}

/* What was accepted and is gone leaves the manifest; another kernel's files that no path uses stay. */
static void manifest_follows_the_files(void **state)
{
	struct manifest m = MANIFEST_NONE;
	struct manifest_file gone = { .path = (char *)"/boot/vmlinuz-gone" },
			     other = { .path = (char *)"/boot/vmlinuz-other" };
	struct error err;
	struct run r;
	struct tree t;

	make_enrolled(&t);
	assert_int_equal(manifest_read(&t.machine, &err, &m), 0);
	assert_int_equal(manifest_set(&m, &gone), 0);
	assert_int_equal(manifest_set(&m, &other), 0);
	assert_int_equal(manifest_write(&t.machine, &m, &err), 0);
	tree_write_text(&t, "/boot/vmlinuz-other", "kernel");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_null(manifest_find(r.f.manifest, "/boot/vmlinuz-gone"));
	assert_non_null(manifest_find(r.f.manifest, "/boot/vmlinuz-other"));
	run_end(&r);
	manifest_free(&m);
	tree_write_text(&t, MANIFEST_PATH, "bootseal-manifest 9\n");
	{
		const struct forecast_options o = { .trust = TRUST_VOUCHED };
		struct forecast f = FORECAST_NONE;
		struct chain *c;

		assert_int_equal(chain_load(&t.machine, &err, &c), 0);
		assert_int_equal(chain_forecast(c, &o, &err, &f), -EBADMSG);
		assert_non_null(strstr(err.text, MANIFEST_PATH));
		chain_free(c);
	}
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_enrolment_accepts_what_ran),
		cmocka_unit_test(what_ran_counts_only_when_it_is_explained),
		cmocka_unit_test(what_ran_is_not_enough_for_a_reseal),
		cmocka_unit_test(default_path_is_this_boot),
		cmocka_unit_test(firmware_without_actions),
		cmocka_unit_test(generated_entries_are_no_refusal),
		cmocka_unit_test(files_that_change_meanwhile),
		cmocka_unit_test(manifest_follows_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
