/*
 * Calibration against real boots, and against boots that the model itself makes with another environment or
 * choice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "chain_sample.h"
#include "measure/boot/calibrate.h"
#include "measure/grub/env.h"
#include "measure/grub/env_before.h"

#define ADVANCED "gnulinux-advanced-dd02a56b-75cc-4d1b-996c-f8b6226d50ac"
#define ADVANCED_55 ADVANCED ">gnulinux-" SAMPLE_RELEASE_12 "-advanced-dd02a56b-75cc-4d1b-996c-f8b6226d50ac"

static void run(struct sample *s, const struct event_list *log, struct calibrated *ret)
{
	struct error err = ERROR_NONE;

	if (calibrate(&s->chain, log, &err, ret) < 0)
		fail_msg("%s", err.text);
}

static void expect_exact(struct sample *s)
{
	struct calibrated c;

	run(s, &s->logged, &c);
	assert_true(c.reproduced);
	assert_true(comparison_exact(&c.comparison));
	assert_true(c.by_itself);
	assert_null(c.before.own);
	calibrated_free(&c);
	sample_close(s);
}

static void real_boots_are_exact(void **state)
{
	expect_exact(sample_debian12());
	expect_exact(sample_debian13());
}

/* An initrd rebuilt since: the model is exact with the digest that was measured, and the file is named. */
static void rebuilt_initrd_is_a_changed_input(void **state)
{
	struct sample *s = sample_debian12();
	struct calibrated c;

	sample_find(s, "hd0,gpt2", "/initrd.img-" SAMPLE_RELEASE_12)->digest[0] ^= 1;
	run(s, &s->logged, &c);
	assert_true(c.reproduced);
	assert_int_equal(c.comparison.input_count, 1);
	assert_string_equal(s->logged.e[c.comparison.input[0].logged].what, "/initrd.img-" SAMPLE_RELEASE_12);
	calibrated_free(&c);
	sample_close(s);
}

/* GRUB 2.12: the kernel's stub measures the initrd once more. */
static void stub_follows_the_initrd(void **state)
{
	struct sample *s = sample_debian13();
	struct calibrated c;

	sample_find(s, "hd0,gpt2", "/initrd.img-" SAMPLE_RELEASE_13)->digest[0] ^= 1;
	run(s, &s->logged, &c);
	assert_true(c.reproduced);
	assert_int_equal(c.comparison.input_count, 2);
	calibrated_free(&c);
	sample_close(s);
}

/* What follows from a file must not differ while every file is the same. */
static void authority_alone_is_a_mismatch(void **state)
{
	struct sample *s = sample_debian12();
	struct calibrated c;

	for (size_t i = 0; i < s->secureboot.n; i++)
		if (s->secureboot.e[i].type == EV_EFI_VARIABLE_AUTHORITY)
			s->secureboot.e[i].digest[0] ^= 1;
	run(s, &s->logged, &c);
	assert_false(c.reproduced);
	assert_int_equal(s->logged.e[c.comparison.first.logged].pcr, 7);
	calibrated_free(&c);
	sample_close(s);
}

static void replace(struct buffer *b, const char *from, const char *to)
{
	char *at = strstr(buffer_str(b), from);
	struct buffer other = BUFFER_NONE;

	assert_non_null(at);
	buffer_add(&other, b->data, at - buffer_str(b));
	buffer_add_str(&other, to);
	buffer_add_str(&other, at + strlen(from));
	buffer_free(b);
	*b = other;
}

/* A comment more in grub.cfg changes its digest and no command. */
static void comment_in_configuration_is_a_changed_input(void **state)
{
	struct sample *s = sample_debian12();
	struct calibrated c;

	replace(&sample_find(s, "hd0,gpt2", "/grub/grub.cfg")->bytes, "# DO NOT EDIT",
		"# edited; DO NOT EDIT");
	run(s, &s->logged, &c);
	assert_true(c.reproduced);
	assert_int_equal(c.comparison.input_count, 1);
	calibrated_free(&c);
	sample_close(s);
}

static void other_command_line_is_a_mismatch(void **state)
{
	struct sample *s = sample_debian12();
	struct buffer text = BUFFER_NONE;
	struct calibrated c;

	replace(&sample_find(s, "hd0,gpt2", "/grub/grub.cfg")->bytes, "set timeout=0\n", "set timeout=5\n");
	run(s, &s->logged, &c);
	assert_false(c.reproduced);
	comparison_describe(&c.comparison, &s->logged, &c.prediction.events, &text);
	assert_string_equal(buffer_str(&text), "PCR 8, event 63: predicted `grub_cmd: set timeout=5', "
					       "measured `grub_cmd: set timeout=0'");
	buffer_free(&text);
	calibrated_free(&c);
	sample_close(s);
}

/* An entry of the menu is one event, and what was changed stands far behind in it. */
static void difference_in_a_long_text_is_shown(void **state)
{
	struct sample *s = sample_debian12();
	struct buffer text = BUFFER_NONE;
	struct calibrated c;

	replace(&sample_find(s, "hd0,gpt2", "/grub/grub.cfg")->bytes, " ro ", " rw ");
	run(s, &s->logged, &c);
	assert_false(c.reproduced);
	comparison_describe(&c.comparison, &s->logged, &c.prediction.events, &text);
	assert_non_null(strstr(buffer_str(&text), "predicted `..."));
	assert_non_null(strstr(buffer_str(&text), " rw "));
	assert_non_null(strstr(strstr(buffer_str(&text), "measured `..."), " ro "));
	buffer_free(&text);
	calibrated_free(&c);
	sample_close(s);
}

/* A file more or a command less. */
static void shorter_log_is_a_mismatch(void **state)
{
	struct sample *s = sample_debian12();
	size_t initrd = sample_event(s, 9, "/initrd.img-" SAMPLE_RELEASE_12);
	struct buffer text = BUFFER_NONE;
	struct calibrated c;

	s->logged.e[initrd].pcr = 10;
	run(s, &s->logged, &c);
	assert_false(c.reproduced);
	assert_true(c.comparison.first.logged == COMPARE_NO_EVENT);
	comparison_describe(&c.comparison, &s->logged, &c.prediction.events, &text);
	assert_string_equal(buffer_str(&text),
			    "PCR 9, after the last event: predicted `/initrd.img-" SAMPLE_RELEASE_12
			    "', measured nothing");
	buffer_free(&text);
	calibrated_free(&c);
	sample_close(s);
}

/* Two files of other names are not one file that changed. */
static void other_file_is_a_mismatch(void **state)
{
	struct sample *s = sample_debian12();
	size_t initrd = sample_event(s, 9, "/initrd.img-" SAMPLE_RELEASE_12);
	struct calibrated c;

	s->logged.e[initrd].what[1] = 'I';
	s->logged.e[initrd].digest[0] ^= 1;
	run(s, &s->logged, &c);
	assert_false(c.reproduced);
	assert_int_equal(c.comparison.first.logged, initrd);
	calibrated_free(&c);
	sample_close(s);
}

static void model_that_cannot_is_a_mismatch(void **state)
{
	struct sample *s = sample_debian12();
	struct calibrated c;

	replace(&sample_find(s, "hd0,gpt2", "/grub/grub.cfg")->bytes, "set timeout=0\n", "videoinfo\n");
	s->devices[2].fs_uuid = "no such uuid";
	run(s, &s->logged, &c);
	assert_false(c.reproduced);
	calibrated_free(&c);
	sample_close(s);
}

/* A boot of another entry, chosen by hand, is found. */
static void entry_from_the_menu_is_found(void **state)
{
	struct sample *s = sample_debian12();
	const struct boot_choice by_hand = { .path = ADVANCED_55, .force_menu = true };
	struct prediction boot = PREDICTION_NONE;
	struct calibrated c;

	assert_int_equal(predict(&s->chain, &by_hand, NULL, &boot), 0);
	run(s, &boot.events, &c);
	assert_true(c.reproduced);
	assert_false(c.by_itself);
	assert_string_equal(c.prediction.trace.entry, ADVANCED_55);
	calibrated_free(&c);
	prediction_free(&boot);
	sample_close(s);
}

/* grub-reboot: GRUB read next_entry, measured it and took it back. What it read comes out again. */
static void one_shot_is_put_back(void **state)
{
	struct sample *s = sample_debian12();
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	const struct boot_choice untouched = { .path = NULL };
	struct prediction boot = PREDICTION_NONE;
	const struct grub_machine *then;
	uint8_t read[SAMPLE_ENV_LEN];
	const uint8_t *bytes;
	struct calibrated c;
	size_t len;

	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "next_entry", ADVANCED_55), 0);
	memcpy(read, env->bytes.data, sizeof(read));
	assert_int_equal(predict(&s->chain, &untouched, NULL, &boot), 0);
	assert_string_equal(boot.trace.entry, ADVANCED_55);
	assert_int_equal(boot.trace.write_count, 1);
	memcpy(env->bytes.data, boot.trace.writes[0].bytes, SAMPLE_ENV_LEN);
	assert_memory_not_equal(read, env->bytes.data, sizeof(read));
	run(s, &boot.events, &c);
	assert_true(c.reproduced);
	assert_true(comparison_exact(&c.comparison));
	assert_true(c.by_itself);
	then = c.before.own;
	assert_non_null(then);
	assert_int_equal(then->files->read(then->files->context, &s->devices[2], "/grub/grubenv", &bytes,
					   &len),
			 0);
	assert_int_equal(len, sizeof(read));
	assert_memory_equal(bytes, read, sizeof(read));
	calibrated_free(&c);
	prediction_free(&boot);
	sample_close(s);
}

static void measured_before(const uint8_t *then, const uint8_t *now, int expected)
{
	const struct event_list nothing = EVENT_LIST_NONE;
	uint8_t digest[SHA256_LEN], found[SAMPLE_ENV_LEN];

	assert_int_equal(hash_sha256(then, SAMPLE_ENV_LEN, digest), 0);
	assert_int_equal(grubenv_before(now, SAMPLE_ENV_LEN, digest, &nothing, found), expected);
	if (expected == 0)
		assert_memory_equal(found, then, SAMPLE_ENV_LEN);
}

static void recordfail_is_undone_both_ways(void **state)
{
	uint8_t without[SAMPLE_ENV_LEN], with[SAMPLE_ENV_LEN];

	sample_make_env(without);
	sample_make_env(with);
	assert_int_equal(grub_env_set(with, sizeof(with), "recordfail", "1"), 0);
	measured_before(without, with, 0);
	measured_before(with, without, 0);
	measured_before(with, with, 0);
}

/* Ubuntu, after a boot without initrd that ended in a panic: GRUB adds its flags, services take them back. */
static void fallback_flags_are_undone(void **state)
{
	uint8_t then[SAMPLE_ENV_LEN], now[SAMPLE_ENV_LEN];

	sample_make_env(then);
	assert_int_equal(grub_env_set(then, sizeof(then), "recordfail", "1"), 0);
	assert_int_equal(grub_env_set(then, sizeof(then), "initrdfail", "1"), 0);
	memcpy(now, then, sizeof(now));
	assert_int_equal(grub_env_set(now, sizeof(now), "initrdless_boot_fallback_triggered", "1"), 0);
	assert_int_equal(grub_env_set(now, sizeof(now), "prev_entry", ""), 0);
	measured_before(then, now, 0);
	grub_env_unset(now, sizeof(now), "recordfail");
	grub_env_unset(now, sizeof(now), "initrdfail");
	grub_env_unset(now, sizeof(now), "prev_entry");
	measured_before(then, now, 0);
}

static void foreign_environment_is_not_found(void **state)
{
	uint8_t now[SAMPLE_ENV_LEN], then[SAMPLE_ENV_LEN];

	sample_make_env(now);
	sample_make_env(then);
	assert_int_equal(grub_env_set(then, sizeof(then), "something_else", "1"), 0);
	measured_before(then, now, -ENOENT);
	memset(now, 'x', sizeof(now));
	measured_before(then, now, -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_boots_are_exact),
		cmocka_unit_test(rebuilt_initrd_is_a_changed_input),
		cmocka_unit_test(stub_follows_the_initrd),
		cmocka_unit_test(authority_alone_is_a_mismatch),
		cmocka_unit_test(comment_in_configuration_is_a_changed_input),
		cmocka_unit_test(other_command_line_is_a_mismatch),
		cmocka_unit_test(difference_in_a_long_text_is_shown),
		cmocka_unit_test(shorter_log_is_a_mismatch),
		cmocka_unit_test(other_file_is_a_mismatch),
		cmocka_unit_test(model_that_cannot_is_a_mismatch),
		cmocka_unit_test(entry_from_the_menu_is_found),
		cmocka_unit_test(one_shot_is_put_back),
		cmocka_unit_test(recordfail_is_undone_both_ways),
		cmocka_unit_test(fallback_flags_are_undone),
		cmocka_unit_test(foreign_environment_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
