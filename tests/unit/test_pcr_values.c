/* PCR values as text: every form that is taken, and every mistake named with its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/file.h"
#include "measure/log/eventlog.h"
#include "measure/log/pcr_values.h"

#define A40 "1111111111111111111111111111111111111111"
#define A64 "1111111111111111111111111111111111111111111111111111111111111111"
#define B64 "ABCDEFabcdef0000000000000000000000000000000000000000000000000099"
#define A96 A64 "11111111111111111111111111111111"

static int parse(const char *text, struct error *err, struct pcr_values *ret)
{
	struct reader r = reader_new(text, strlen(text));

	*err = ERROR_NONE;
	return pcr_values_parse(&r, "FILE", err, ret);
}

static void forms(void **state)
{
	static const char *const good[] = {
		"4 " A64,
		"4 " A64 "\n",
		"4\t" A64 "\n",
		"4:" A64 "\n",
		"4," A64 "\n",
		"  4 : 0x" A64 "  \n",
		"4 , 0X" A64 "\r\n\r\n",
		"# of 2026\n\n4 " A64 " # the loader\n  # end",
		"sha1:\n  4 : 0x" A40 "\n  7 : 0x" A40 "\nsha256:\n  4 : 0x" A64 "\nsha384:\n",
		"sm3_256:\n4 " B64 "\n7 " B64 "\nsha256 :\n4 " A64 "\n",
		"4 " A40 "\n4 " A96 "\n4 " A64 "\n4 " A64 A64 "\n",
	};
	struct pcr_values v;
	struct error err;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (parse(good[i], &err, &v) < 0)
			fail_msg("%zu: %s", i, err.text);
		assert_int_equal(v.mask, PCR(4));
		assert_int_equal(v.value[4][0], 0x11);
		assert_int_equal(v.value[4][31], 0x11);
	}
	assert_int_equal(parse("23 " B64 "\n0 " A64, &err, &v), 0);
	assert_int_equal(v.mask, PCR(23) | PCR(0));
	assert_memory_equal(v.value[23], "\xab\xcd\xef\xab\xcd\xef\0", 7);
	assert_int_equal(v.value[23][31], 0x99);
}

static void mistakes(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "", "FILE: it has no PCR values" },
		{ "# nothing\n", "FILE: it has no PCR values" },
		{ "sha256:\n", "FILE: it has no PCR values" },
		{ "4 " A40, "FILE: it has no value of the SHA-256 bank, only of others" },
		{ "sha3_256:\n4 " A64, "FILE: it has no value of the SHA-256 bank, only of others" },
		{ "4 " A64 "\n\n4 " B64, "FILE:3: PCR 4 has a value already" },
		{ "4 " A64 "\nsha256:\n4 " A64, "FILE:3: PCR 4 has a value already" },
		{ "4 " A40 "\n4 " A40, "FILE:2: PCR 4 has a value already" },
		{ "24 " A64, "FILE:1: PCR 24: a TPM has PCRs 0 to 23" },
		{ "99999999999 " A64, "FILE:1: it does not begin with the number of a PCR" },
		{ "-1 " A64, "FILE:1: it does not begin with the number of a PCR" },
		{ "04 " A64, "FILE:1: it does not begin with the number of a PCR" },
		{ "PCR4 " A64, "FILE:1: it does not begin with the number of a PCR" },
		{ "sha255:", "FILE:1: it does not begin with the number of a PCR" },
		{ "4" A64, "FILE:1: neither the number of a PCR with its value nor the name of a bank" },
		{ ": " A64, "FILE:1: neither the number of a PCR with its value nor the name of a bank" },
		{ "4", "FILE:1: neither the number of a PCR with its value nor the name of a bank" },
		{ "4 0x", "FILE:1: PCR 4: 0 characters are not a value of any bank" },
		{ "4 " A64 "1", "FILE:1: PCR 4: 65 characters are not a value of any bank" },
		{ "4 " A64 " " A64, "FILE:1: PCR 4: 129 characters are not a value of any bank" },
		{ "sha256:\n4 " A40, "FILE:2: PCR 4: 40 characters are not a value of sha256" },
		{ "4 G" A64, "FILE:1: PCR 4: 65 characters" },
		{ "4 0g" "11111111111111111111111111111111111111111111111111111111111111",
		  "FILE:1: PCR 4: not a hexadecimal value" },
		{ "4 00x" "1111111111111111111111111111111111111111111111111111111111111",
		  "FILE:1: PCR 4: not a hexadecimal value" },
	};
	struct pcr_values v = { .mask = 77 };
	struct error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i].text, &err, &v), -EBADMSG);
		if (strncmp(err.text, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("%s\n  instead of %s", err.text, bad[i].says);
		assert_int_equal(v.mask, 77);
	}
}

/* A NUL is not the end of anything. */
static void binary(void **state)
{
	static const char text[] = "4 " A64 "\0\n7 " A64 "\n";
	struct reader r = reader_new(text, sizeof(text) - 1);
	struct error err = ERROR_NONE;
	struct pcr_values v;

	assert_int_equal(pcr_values_parse(&r, "FILE", &err, &v), -EBADMSG);
	assert_non_null(strstr(err.text, "FILE:1: PCR 4: 65 characters"));
	r = reader_new("\0", 1);
	assert_int_equal(pcr_values_parse(&r, "FILE", &err, &v), -EBADMSG);
	assert_non_null(strstr(err.text, "FILE:1:"));
}

static void needed(void **state)
{
	struct pcr_values v;
	struct error err;

	assert_int_equal(parse("4 " A64 "\n7 " A64 "\n8 " A40, &err, &v), 0);
	assert_int_equal(pcr_values_require(&v, PCR(4) | PCR(7), "FILE", &err), 0);
	assert_int_equal(pcr_values_require(&v, PCR(4) | PCR(8) | PCR(9), "FILE", &err), -ENODATA);
	assert_string_equal(err.text, "FILE: it has no SHA-256 value of PCR 8, which is needed");
}

/* What the TPM held after a recorded boot, as it was written down then. */
static void recorded(void **state)
{
	struct eventlog log = EVENTLOG_NONE;
	struct buffer text = BUFFER_NONE, bytes = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct pcr_values v;
	struct reader r;

	assert_int_equal(file_read("tests/eventlogs/debian12-grub206-sb.pcrs", PCR_VALUES_MAX_LEN, &err,
				   &text), 0);
	assert_int_equal(file_read("tests/eventlogs/debian12-grub206-sb.bin", EVENTLOG_MAX_LEN, &err,
				   &bytes), 0);
	r = reader_new(text.data, text.len);
	assert_int_equal(pcr_values_parse(&r, "FILE", &err, &v), 0);
	r = reader_new(bytes.data, bytes.len);
	assert_int_equal(eventlog_parse(&r, &err, &log), 0);
	assert_int_equal(eventlog_check(&log, v.mask & 0x3ff, v.value, &err, NULL), 0);
	eventlog_free(&log);
	buffer_free(&text);
	buffer_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),  cmocka_unit_test(mistakes), cmocka_unit_test(binary),
		cmocka_unit_test(needed), cmocka_unit_test(recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
