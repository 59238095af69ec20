#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "measure/log/event.h"
#include "measure/log/tcg.h"

static void test_list(void **state)
{
	struct event_list a = EVENT_LIST_NONE, b = EVENT_LIST_NONE;
	uint8_t digest[SHA256_LEN] = { 1, 2 };
	char what[] = "first";

	assert_int_equal(event_list_add(&a, 8, EV_IPL, digest, what), 0);
	/* copied */
	what[0] = 'x';
	digest[0] = 9;
	assert_string_equal(a.e[0].what, "first");
	assert_int_equal(a.e[0].digest[0], 1);
	assert_int_equal(event_list_add(&a, PCR_COUNT, EV_IPL, digest, "no such PCR"), -EINVAL);
	assert_int_equal(event_list_add(&b, 9, EV_EVENT_TAG, digest, "second"), 0);
	assert_int_equal(event_list_append(&a, &b), 0);
	event_list_free(&b);
	event_list_free(&b);
	assert_int_equal(a.n, 2);
	assert_string_equal(a.e[1].what, "second");
	assert_true(a.e[1].pcr == 9 && a.e[1].type == EV_EVENT_TAG && a.e[1].digest[0] == 9);
	event_list_free(&a);
}

static void test_limit(void **state)
{
	struct event_list l = EVENT_LIST_NONE;
	const uint8_t digest[SHA256_LEN] = { 0 };

	for (size_t i = 0; i < EVENT_LIST_MAX; i++)
		assert_int_equal(event_list_add(&l, 0, EV_IPL, digest, ""), 0);
	assert_int_equal(event_list_add(&l, 0, EV_IPL, digest, ""), -E2BIG);
	assert_int_equal(l.n, EVENT_LIST_MAX);
	event_list_free(&l);
}

/* The value of every PCR that saw nothing but one separator: well known from any boot. */
static void test_replay(void **state)
{
	static const uint8_t after_separator[] = { 0x3d, 0x45, 0x8c, 0xfe, 0x55, 0xcc, 0x03, 0xea,
						   0x1f, 0x44, 0x3f, 0x15, 0x62, 0xbe, 0xec, 0x8d };
	uint8_t pcrs[PCR_COUNT][SHA256_LEN], digest[SHA256_LEN];
	struct event_list l = EVENT_LIST_NONE;

	assert_int_equal(hash_sha256(EV_SEPARATOR_DATA, EV_SEPARATOR_LEN, digest), 0);
	assert_int_equal(event_list_add(&l, 3, EV_SEPARATOR, digest, "separator"), 0);
	assert_int_equal(event_list_replay(&l, pcrs), 0);
	assert_memory_equal(pcrs[3], after_separator, sizeof(after_separator));
	assert_memory_equal(pcrs[4], (uint8_t[SHA256_LEN]){ 0 }, SHA256_LEN);
	assert_true(pcrs[16][0] == 0 && pcrs[17][0] == 0xff && pcrs[22][31] == 0xff && pcrs[23][0] == 0);
	event_list_free(&l);
}

/* A TPM that was started from another locality than 0. */
static void test_replay_from_a_value(void **state)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN], want[SHA256_LEN];
	uint8_t start[SHA256_LEN] = { [SHA256_LEN - 1] = 3 }, digest[SHA256_LEN] = { 7 };
	struct event_list l = EVENT_LIST_NONE;

	assert_int_equal(event_list_add(&l, 0, EV_IPL, digest, "x"), 0);
	assert_int_equal(event_list_add(&l, 0, EV_NO_ACTION, start, "startup locality 3"), 0);
	assert_int_equal(event_list_replay(&l, pcrs), 0);
	assert_int_equal(hash_sha256_two(start, SHA256_LEN, digest, SHA256_LEN, want), 0);
	assert_memory_equal(pcrs[0], want, SHA256_LEN);
	event_list_free(&l);
}

/* Where only the beginning of some PCRs differs, the others' values are known. */
static void test_replay_of_some(void **state)
{
	uint8_t all[PCR_COUNT][SHA256_LEN], some[PCR_COUNT][SHA256_LEN], digest[SHA256_LEN] = { 7 };
	struct event_list l = EVENT_LIST_NONE;

	for (uint32_t pcr = 0; pcr < 9; pcr++)
		assert_int_equal(event_list_add(&l, pcr, EV_IPL, digest, "x"), 0);
	assert_int_equal(event_list_replay(&l, all), 0);
	memset(some, 0x5a, sizeof(some));
	assert_int_equal(event_list_replay_some(&l, PCR(4) | PCR(23), some), 0);
	for (size_t i = 0; i < PCR_COUNT; i++)
		for (size_t k = 0; k < SHA256_LEN; k++)
			assert_int_equal(some[i][k], i == 4 || i == 23 ? all[i][k] : 0x5a);
	event_list_free(&l);
}

static void kinds(void **state)
{
	static const struct {
		uint32_t pcr, type;
		const char *what, *text;
		enum event_kind kind;
		bool is_input;
	} want[] = {
		{ 4, EV_EFI_BOOT_SERVICES_APPLICATION, "shim", "shim", EVENT_IMAGE, true },
		{ 2, EV_EFI_BOOT_SERVICES_APPLICATION, "option ROM", "option ROM", EVENT_OTHER, false },
		{ 4, EV_EFI_ACTION, "Calling", "Calling", EVENT_ACTION, false },
		{ 4, EV_SEPARATOR, "separator", "separator", EVENT_SEPARATOR, false },
		{ 7, EV_EFI_VARIABLE_DRIVER_CONFIG, "db", "db", EVENT_VARIABLE, true },
		{ 1, EV_EFI_VARIABLE_DRIVER_CONFIG, "Boot0001", "Boot0001", EVENT_OTHER, false },
		{ 7, EV_EFI_VARIABLE_AUTHORITY, "db", "db", EVENT_AUTHORITY, true },
		{ 14, EV_IPL, "MokList", "MokList", EVENT_VARIABLE, true },
		{ 8, EV_IPL, "grub_cmd: linux /vmlinuz ro", "linux /vmlinuz ro", EVENT_COMMAND, false },
		{ 8, EV_IPL, "kernel_cmdline: /vmlinuz ro", "/vmlinuz ro", EVENT_CMDLINE, false },
		{ 8, EV_IPL, "module_cmdline: x", "module_cmdline: x", EVENT_OTHER, false },
		{ 9, EV_IPL, "grub_cmd: a file", "grub_cmd: a file", EVENT_FILE, true },
		{ 9, EV_EVENT_TAG, "Linux initrd", "Linux initrd", EVENT_TAG, true },
		{ 8, EV_EVENT_TAG, "Linux initrd", "Linux initrd", EVENT_OTHER, false },
	};
	const uint8_t digest[SHA256_LEN] = { 0 };
	struct event_list l = EVENT_LIST_NONE;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(event_list_add(&l, want[i].pcr, want[i].type, digest, want[i].what), 0);
		assert_int_equal(l.e[i].kind, want[i].kind);
		assert_string_equal(event_text(&l.e[i]), want[i].text);
		assert_int_equal(event_is_input(&l.e[i]), want[i].is_input);
	}
	event_list_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(kinds),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_replay_from_a_value),
		cmocka_unit_test(test_replay_of_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
