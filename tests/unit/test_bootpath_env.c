/*
 * What a boot leaves in GRUB's environment, and the boot after it: a one-shot, recordfail, the saved entry.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "measure/grub/env.h"
#include "bootpath_sample.h"

/*
 * grub-reboot: the next boot takes the one-shot and uses it up, the one after that is the ordinary default
 * again.
 */
static void one_shot_and_the_boot_after_it(void **state)
{
	struct sample *s = sample_debian12();
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;
	size_t later = 0;

	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "next_entry", "1>0"), 0);
	find_paths(s, &o, &b);
	assert_true(b.path[0].is_default);
	assert_non_null(strstr(b.path[0].prediction.trace.entry, "-advanced-"));
	for (size_t i = 0; i < b.n; i++)
		if (strcmp(b.path[i].label, "Linux " SAMPLE_RELEASE_12
					    " (default, after GRUB changed its environment)") == 0) {
			assert_non_null(strstr(b.path[i].prediction.trace.entry, "gnulinux-simple-"));
			later++;
		}
	assert_int_equal(later, 1);
	bootpaths_free(&b);
	sample_close(s);
}

/*
 * Ubuntu's recordfail: set before the kernel starts, taken back by a service. A boot that was cut short
 * leaves it.
 */
static void recordfail(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	const struct bootpath *cut;
	struct bootpaths b = BOOTPATHS_NONE;

	replace_in_cfg(s, "\tload_video\n", "\tset recordfail=1\n\tsave_env recordfail\n\tload_video\n");
	find_paths(s, &o, &b);
	cut = labelled(&b, "Linux " SAMPLE_RELEASE_12 " (default, after a boot that was cut short)");
	assert_non_null(cut);
	assert_memory_not_equal(cut->prediction.pcrs[9], b.path[0].prediction.pcrs[9], SHA256_LEN);
	bootpaths_free(&b);
	sample_close(s);
}

/* grub-common.service has taken recordfail back; grub-initrd-fallback.service comes too late. */
static void cut_between_the_services(void **state)
{
	static const char flags[] = "\tset recordfail=1\n\tsave_env recordfail\n"
				    "\tset initrdfail=1\n\tsave_env initrdfail\n\tload_video\n";
	static const char *const labels[] = {
		"Linux " SAMPLE_RELEASE_12 " (default)",
		"Linux " SAMPLE_RELEASE_12 " (default, after a boot that was cut short)",
		"Linux " SAMPLE_RELEASE_12 " (default, after GRUB changed its environment)",
	};
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	replace_in_cfg(s, "\tload_video\n", flags);
	find_paths(s, &o, &b);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(labelled(&b, labels[i]));
	bootpaths_free(&b);
	sample_close(s);
}

/* Where the last boot was cut short, the system may yet take recordfail back before the next one. */
static void recordfail_that_will_be_taken_back(void **state)
{
	struct sample *s = sample_debian12();
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	const struct bootpath *later;
	struct bootpaths b = BOOTPATHS_NONE;

	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "recordfail", "1"), 0);
	replace_in_cfg(s, "\tload_video\n", "\tset recordfail=1\n\tsave_env recordfail\n\tload_video\n");
	find_paths(s, &o, &b);
	later = labelled(&b, "Linux " SAMPLE_RELEASE_12 " (default, after GRUB changed its environment)");
	assert_non_null(later);
	assert_memory_not_equal(later->prediction.pcrs[9], b.path[0].prediction.pcrs[9], SHA256_LEN);
	bootpaths_free(&b);
	sample_close(s);
}

/* GRUB_DEFAULT=saved and GRUB_SAVEDEFAULT=true, with Windows beside it. */
static void make_saving(struct sample *s)
{
	replace_in_cfg(s, "   set default=\"0\"\n", "   set default=\"${saved_entry}\"\n");
	for (int i = 0; i < 3; i++) /* the two normal entries and recovery mode */
		replace_in_cfg(s, "\tload_video\n", "\tsavedefault\n\tinsmod all_video\n");
	replace_in_cfg(s, ENTRY_END,
		       "\nmenuentry 'Windows' --id windows {\n\tsavedefault\n\tchainloader "
		       "(hd0,gpt1)/EFI/debian/grub.cfg\n}" ENTRY_END);
}

/* The boot by hand of `entry` in the state that has saved_entry=saved. */
static void is_covered(const struct bootpaths *b, const char *saved, const char *entry)
{
	const struct boot_choice choice = { .path = entry, .force_menu = true };
	struct sample *s = sample_debian12();
	struct prediction p = PREDICTION_NONE;
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	struct error err = ERROR_NONE;
	bool found = false;

	make_saving(s);
	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "saved_entry", saved), 0);
	if (predict(&s->chain, &choice, &err, &p) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < b->n; i++)
		found |= memcmp(b->path[i].prediction.pcrs, p.pcrs, sizeof(p.pcrs)) == 0;
	if (!found)
		fail_msg("'%s' after '%s' asks", entry, saved);
	prediction_free(&p);
	sample_close(s);
}

#define SIMPLE "gnulinux-simple-dd02a56b-75cc-4d1b-996c-f8b6226d50ac"
#define ADVANCED "gnulinux-advanced-dd02a56b-75cc-4d1b-996c-f8b6226d50ac>gnulinux-" SAMPLE_RELEASE_12
#define SAVING_ID "-dd02a56b-75cc-4d1b-996c-f8b6226d50ac"

/* What Windows and recovery mode leave behind, the next boot finds, though they get no branch themselves. */
static void back_from_entries_without_a_branch(void **state)
{
	struct sample *s = sample_debian12();
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	make_saving(s);
	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "saved_entry", SIMPLE), 0);
	find_paths(s, &o, &b);
	assert_true(b.path[0].is_default);
	is_covered(&b, SIMPLE, SIMPLE);
	is_covered(&b, "windows", SIMPLE);
	is_covered(&b, ADVANCED "-recovery" SAVING_ID, SIMPLE);
	is_covered(&b, ADVANCED "-advanced" SAVING_ID, SIMPLE);
	is_covered(&b, "windows", ADVANCED "-advanced" SAVING_ID);
	bootpaths_free(&b);
	sample_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_shot_and_the_boot_after_it),
		cmocka_unit_test(recordfail),
		cmocka_unit_test(cut_between_the_services),
		cmocka_unit_test(recordfail_that_will_be_taken_back),
		cmocka_unit_test(back_from_entries_without_a_branch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
