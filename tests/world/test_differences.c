/*
 * A boot that the TPM did not unlock: what differs from what was sealed, who is told, and what settles it.
 */
#include "machine/chain/sealed.h"
#include "machine/record/notice.h"
#include "steps.h"

/* The first difference of this boot from what was sealed. */
static void differs_in(struct world *w, uint32_t pcr, const char *what, const char *file, enum sealed_now now)
{
	struct sealed_comparison c = SEALED_COMPARISON_NONE;
	struct event_pair first;
	const struct event *e;
	char path[PATH_MAX];

	ok(sealed_compare(&w->machine, boot_loader_grub.pcrs, &w->err, &c));
	assert_true(comparison_first(&c.comparison, &first));
	e = &c.logged.e[first.logged];
	if (e->pcr != pcr || !strstr(e->what, what))
		fail_msg("the first difference is in PCR %u: %s", e->pcr, e->what);
	assert_int_equal(sealed_file(&w->machine, e, &c.sealed.path[c.path].events.e[first.predicted], path),
			 now);
	assert_string_equal(path, file);
	sealed_comparison_free(&c);
	sealed_comparison_free(&c);
}

static void differs_in_nothing(struct world *w, const char *label)
{
	struct sealed_comparison c = SEALED_COMPARISON_NONE;
	struct event_pair first;

	ok(sealed_compare(&w->machine, boot_loader_grub.pcrs, &w->err, &c));
	assert_false(comparison_first(&c.comparison, &first));
	assert_non_null(strstr(c.sealed.path[c.path].label, label));
	sealed_comparison_free(&c);
}

static void told(const struct world *w, const char *words)
{
	char *text;

	if (!words) {
		assert_false(world_has(w, NOTICE_PATH));
		return;
	}
	text = world_read(w, NOTICE_PATH, NULL);
	if (!strstr(text, words))
		fail_msg("\"%s\" is not in: %s", words, text);
	free(text);
}

/* bootseal-boot.service's part in it */
static void logs_in(struct world *w)
{
	ok(notice_update(&w->machine, &w->err));
}

static void differences_are_named(void **state)
{
	const struct reseal_options accept = { .accept_current = true };
	struct world *w = *state;
	char initrd[64];

	snprintf(initrd, sizeof(initrd), "/boot/initrd.img-%s", WORLD_OLD);
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	differs_in_nothing(w, "(default)");
	logs_in(w);
	told(w, NULL);

	/* an initrd that another machine made */
	world_shell(w,
		    "cp boot/grub/grub.cfg kept && cp .%s kept.initrd && chroot . /usr/sbin/update-initramfs "
		    "-u -k %s",
		    initrd, WORLD_OLD);
	boots(w, NULL, WORLD_ASKS);
	differs_in(w, 9, "initrd.img", initrd, NOW_AS_MEASURED);
	logs_in(w);
	told(w, "THE TPM DID NOT UNLOCK THIS BOOT: PCR 9");
	world_shell(w, "cp kept.initrd .%s", initrd);
	differs_in(w, 9, "initrd.img", initrd, NOW_AS_SEALED);
	world_shell(w, "echo >.%s", initrd);
	differs_in(w, 9, "initrd.img", initrd, NOW_OTHER);
	world_shell(w, "cp kept.initrd .%s", initrd);

	/* another grub.cfg: the file comes before its commands */
	world_shell(w, "sed -i 's/ ro quiet/ ro quiet init=\\/bin\\/sh/' boot/grub/grub.cfg");
	boots(w, NULL, WORLD_ASKS);
	differs_in(w, 9, "grub.cfg", "/boot/grub/grub.cfg", NOW_AS_MEASURED);

	/* refused, and told; settled by the administrator's word */
	assert_int_equal(world_reseal(w), -ECANCELED);
	told(w, "THE TPM DID NOT UNLOCK THIS BOOT: PCR 8");
	told(w, "THE LAST RESEAL REFUSED OR FAILED");
	world_shell(w, "cp kept boot/grub/grub.cfg");
	ok(world_reseal_with(w, &accept));
	told(w, NULL);
	boots(w, NULL, WORLD_OPENED);
	differs_in_nothing(w, "(default)");
	logs_in(w);
	told(w, NULL);
}

/*
 * A boot that cannot be predicted from keeps reseals from working; the next boot that the TPM opens settles
 * it.
 */
static void failure_is_settled(void **state)
{
	struct world *w = *state;
	struct reseal_report report;
	struct state s;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "cp boot/grub/grub.cfg kept && echo 'set x=y' >>boot/grub/grub.cfg");
	boots(w, NULL, WORLD_ASKS);
	assert_int_equal(world_reseal(w), -ECANCELED);
	world_shell(w, "cp kept boot/grub/grub.cfg");
	/* not in that boot */
	ok(reseal_retry(&w->machine, w->swtpm.tcti, &w->err, &report));
	reseal_report_free(&report);
	told(w, "THE LAST RESEAL REFUSED OR FAILED");
	boots(w, NULL, WORLD_OPENED);
	logs_in(w);
	told(w, "THE LAST RESEAL REFUSED OR FAILED");
	assert_int_equal(reseal_retry(&w->machine, w->swtpm.tcti, &w->err, &report), 1);
	assert_true(report.default_covered);
	reseal_report_free(&report);
	ok(state_load(&w->machine, &w->err, &s));
	assert_false(s.failed);
	told(w, NULL);
}

/* Only another entry was chosen: no file is behind it. */
static void menu_entry_is_named(void **state)
{
	struct world *w = *state;
	char entry[256];

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	snprintf(entry, sizeof(entry), "%s", world_entry(WORLD_OLD));
	memcpy(strstr(strchr(entry, '>'), "advanced"), "recovery", 8);
	assert_int_equal(world_boot(w, entry), WORLD_ASKS);
	differs_in(w, 8, "recovery mode", "", NOW_UNKNOWN);
}

static void comparison_needs_both(void **state)
{
	struct sealed_comparison c = SEALED_COMPARISON_NONE;
	struct world *w = *state;

	assert_int_equal(sealed_compare(&w->machine, boot_loader_grub.pcrs, &w->err, &c), -ENODATA);
	ok(world_enroll(w));
	world_shell(w, "cp var/lib/bootseal/predicted kept && echo x >>var/lib/bootseal/predicted");
	assert_int_equal(sealed_compare(&w->machine, boot_loader_grub.pcrs, &w->err, &c), -EBADMSG);
	err_names(w, "/var/lib/bootseal/predicted, line");
	/* made again by the next reseal, although the policy stays */
	boots(w, NULL, WORLD_OPENED);
	ok(world_reseal(w));
	assert_false(w->report.changed);
	world_shell(w, "cmp kept var/lib/bootseal/predicted");
	/* and follows the policy */
	world_shell(w, "! grep -q '^path Linux %s' var/lib/bootseal/predicted", WORLD_NEW);
	ok(world_install_kernel(w, WORLD_NEW));
	world_shell(w, "grep -q '^path Linux %s' var/lib/bootseal/predicted", WORLD_NEW);
	world_shell(w, "rm sys/kernel/security/tpm0/*");
	assert_int_equal(sealed_compare(&w->machine, boot_loader_grub.pcrs, &w->err, &c), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(differences_are_named),
		world_test(failure_is_settled),
		world_test(menu_entry_is_named),
		world_test(comparison_needs_both),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
