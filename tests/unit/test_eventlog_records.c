/* Event logs made record by record: evil ones, a startup locality, what stands behind the last event. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "measure/log/tcg.h"
#include "eventlog_start.h"

/* Logs made by hand: two banks, then records. */
static void add_le16(struct buffer *b, uint16_t v)
{
	buffer_add_u8(b, v & 0xff);
	buffer_add_u8(b, v >> 8);
}

static void add_first(struct buffer *b, const char *signature, uint32_t count, const uint16_t *algs)
{
	static const uint8_t zeros[32];

	buffer_add_le32(b, 0);
	buffer_add_le32(b, EV_NO_ACTION);
	buffer_add(b, zeros, 20);
	buffer_add_le32(b, 16 + 12 + 4 * count + 1);
	buffer_add(b, signature, 16);
	buffer_add(b, zeros, 8);
	buffer_add_le32(b, count);
	for (size_t i = 0; i < count; i++) {
		add_le16(b, algs[2 * i]);
		add_le16(b, algs[2 * i + 1]);
	}
	buffer_add_u8(b, 0);
}

static void add_record(struct buffer *b, uint32_t pcr, uint32_t type, const uint16_t *algs, size_t n,
		       const char *data, size_t len)
{
	static const uint8_t digest[64] = { 1, 2, 3 };

	buffer_add_le32(b, pcr);
	buffer_add_le32(b, type);
	buffer_add_le32(b, n);
	for (size_t i = 0; i < n; i++) {
		add_le16(b, algs[2 * i]);
		buffer_add(b, digest, algs[2 * i + 1]);
	}
	buffer_add_le32(b, len);
	buffer_add(b, data, len);
}

static const uint16_t two_banks[] = { HASH_SHA1, 20, HASH_SHA256, 32 };

static void refuse(struct buffer *b, const char *word)
{
	const struct reader r = reader_new(b->data, b->len);
	struct error err = ERROR_NONE;
	struct eventlog log = { .locality = 77 };

	assert_int_equal(eventlog_parse(&r, &err, &log), -EBADMSG);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not say \"%s\"", err.text, word);
	assert_int_equal(log.locality, 77);
	buffer_free(b);
}

static void test_evil(void **state)
{
	static const uint16_t twice[] = { HASH_SHA256, 32, HASH_SHA256, 32 }, wrong[] = { HASH_SHA256, 20 },
			      huge[] = { 0x1234, 65 }, empty[] = { 0x1234, 0 }, other[] = { HASH_SHA384, 48 },
			      three[] = { HASH_SHA1, 20, HASH_SHA256, 32, HASH_SHA384, 48 };
	static const uint16_t many[2 * 9] = {
		1, 20, 2, 20, 3, 20, 6, 20, 7, 20, 8, 20, 9, 20, 10, 20, 20, 20
	};
	const char *id = "Spec ID Event03";
	struct buffer b = BUFFER_NONE;

	refuse(&b, "empty");
	add_first(&b, id, 0, NULL);
	refuse(&b, "no or too many banks");
	add_first(&b, id, 9, many);
	refuse(&b, "no or too many banks");
	add_first(&b, id, 2, twice);
	refuse(&b, "a bank twice");
	add_first(&b, id, 1, wrong);
	refuse(&b, "wrong digest size");
	add_first(&b, id, 1, huge);
	refuse(&b, "wrong digest size");
	add_first(&b, id, 1, empty);
	refuse(&b, "wrong digest size");

	add_first(&b, id, 2, two_banks);
	add_record(&b, 1, EV_IPL, three, 3, "x", 1);
	refuse(&b, "more digests than");
	add_first(&b, id, 2, two_banks);
	add_record(&b, 1, EV_IPL, twice, 2, "x", 1);
	refuse(&b, "two digests for one bank");
	add_first(&b, id, 2, two_banks);
	add_record(&b, 1, EV_IPL, other, 1, "x", 1);
	refuse(&b, "did not announce");
	add_first(&b, id, 2, two_banks);
	add_record(&b, 24, EV_IPL, two_banks, 2, "x", 1);
	refuse(&b, "no such PCR");
	add_first(&b, id, 2, two_banks);
	add_record(&b, 1, EV_IPL, two_banks, 2, "x", 1);
	b.data[b.len - 2] = 0xff;
	refuse(&b, "ends past the log");
}

static void test_locality(void **state)
{
	uint8_t pcrs[PCR_COUNT][HASH_MAX_LEN];
	struct buffer b = BUFFER_NONE;
	struct eventlog log;
	struct reader r;

	add_first(&b, "Spec ID Event03", 2, two_banks);
	add_record(&b, 0, EV_NO_ACTION, two_banks, 2, "StartupLocality\0\3", 17);
	/* records that are not extended may name any PCR */
	add_record(&b, 0xffffffff, EV_NO_ACTION, two_banks, 2, "x", 1);
	r = reader_new(b.data, b.len);
	assert_int_equal(eventlog_parse(&r, NULL, &log), 0);
	assert_int_equal(log.n_records, 3);
	assert_int_equal(log.n_extended, 0);
	assert_int_equal(eventlog_replay(&log, 1, pcrs), 0);
	assert_int_equal(pcrs[0][31], 3);
	assert_int_equal(pcrs[1][31], 0);
	assert_int_equal(pcrs[17][31], 0xff);
	check_start(&log, 3);
	eventlog_free(&log);
	add_record(&b, 0, EV_NO_ACTION, two_banks, 2, "StartupLocality\0\4", 17);
	refuse(&b, "second startup locality");
	add_first(&b, "Spec ID Event03", 2, two_banks);
	add_record(&b, 0, EV_NO_ACTION, two_banks, 2, "StartupLocality\0\5", 17);
	refuse(&b, "invalid startup locality");
	add_first(&b, "Spec ID Event03", 2, two_banks);
	add_record(&b, 0, EV_NO_ACTION, two_banks, 2, "StartupLocality\0\3\3", 18);
	refuse(&b, "wrong size");
}

/* coreboot's event has zeros behind its 17 bytes, and ends in the middle of nothing. */
static void test_padded_locality(void **state)
{
	static const char padded[64] = "StartupLocality\0\3";
	struct buffer b = BUFFER_NONE;
	struct eventlog log;
	struct reader r;

	add_first(&b, "Spec ID Event03", 2, two_banks);
	add_record(&b, 0, EV_NO_ACTION, two_banks, 2, padded, sizeof(padded));
	add_record(&b, 1, EV_IPL, two_banks, 2, "x", 1);
	r = reader_new(b.data, b.len);
	assert_int_equal(eventlog_parse(&r, NULL, &log), 0);
	assert_int_equal(log.locality, 3);
	assert_int_equal(log.n_records, 3);
	eventlog_free(&log);
	buffer_free(&b);
	add_first(&b, "Spec ID Event03", 2, two_banks);
	add_record(&b, 0, EV_NO_ACTION, two_banks, 2, padded, 16);
	refuse(&b, "wrong size");
}

/* Firmware that hands over its whole log area; an event that ends like the filling is still an event. */
static void test_filling(void **state)
{
	static const uint8_t fillings[] = { 0, 0xff };
	struct buffer b = BUFFER_NONE;
	struct eventlog log;
	struct reader r;
	size_t end;

	for (size_t i = 0; i < sizeof(fillings); i++)
		for (size_t n = 0; n < 100; n++) {
			add_first(&b, "Spec ID Event03", 2, two_banks);
			add_record(&b, 1, EV_SEPARATOR, two_banks, 2, "\0\0\0\0", 4);
			add_record(&b, 4, EV_IPL, two_banks, 2, "\xff\xff\0\0\xff\xff\xff\xff",
				   i ? 8 : 4);
			end = b.len;
			for (size_t k = 0; k < n; k++)
				buffer_add_u8(&b, fillings[i]);
			r = reader_new(b.data, b.len);
			assert_int_equal(eventlog_parse(&r, NULL, &log), 0);
			assert_int_equal(log.n_extended, 2);
			assert_int_equal(log.len, end);
			eventlog_free(&log);
			buffer_free(&b);
		}
	for (size_t k = 0; k < 4096; k++)
		buffer_add_u8(&b, 0xff);
	refuse(&b, "event log: empty: ");
}

/* A log that ends between two events says nothing itself: its length does, when the TPM differs. */
static void test_full(void **state)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN] = { 0 };
	static char data[4096];
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct eventlog log;
	struct reader r;

	add_first(&b, "Spec ID Event03", 2, two_banks);
	for (int i = 0; i < 15; i++) {
		add_record(&b, 4, EV_IPL, two_banks, 2, data, sizeof(data));
		r = reader_new(b.data, b.len);
		assert_int_equal(eventlog_parse(&r, NULL, &log), 0);
		assert_int_equal(eventlog_check(&log, PCR(4), pcrs, &err, NULL), -EBADMSG);
		assert_int_equal(strstr(err.text, "PCR 4 of the TPM") && strstr(err.text, "area is full"),
				 i == 14);
		eventlog_free(&log);
	}
	buffer_free(&b);
}

static void test_missing_digest(void **state)
{
	uint8_t pcrs[PCR_COUNT][HASH_MAX_LEN], tpm[PCR_COUNT][SHA256_LEN] = { 0 };
	struct error err = ERROR_NONE;
	struct event_list events;
	struct buffer b = BUFFER_NONE;
	struct eventlog log;
	struct reader r;

	add_first(&b, "Spec ID Event03", 2, two_banks);
	add_record(&b, 1, EV_IPL, two_banks, 1, "x", 1);
	r = reader_new(b.data, b.len);
	assert_int_equal(eventlog_parse(&r, NULL, &log), 0);
	assert_int_equal(eventlog_replay(&log, 0, pcrs), 0);
	assert_int_equal(eventlog_replay(&log, 1, pcrs), -ENODATA);
	assert_int_equal(eventlog_events(&log, &err, &events), -EBADMSG);
	assert_non_null(strstr(err.text, "no SHA-256 digest"));
	assert_int_equal(eventlog_check(&log, 2, tpm, &err, NULL), -ENODATA);
	eventlog_free(&log);
	buffer_free(&b);
}

static void test_too_many(void **state)
{
	static const uint16_t banks[] = { HASH_SHA1, 20 };
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct eventlog log;
	struct reader r;

	add_first(&b, "Spec ID Event03", 1, banks);
	for (size_t i = 0; i < EVENT_LIST_MAX; i++)
		add_record(&b, 1, EV_IPL, banks, 0, "", 0);
	r = reader_new(b.data, b.len);
	assert_int_equal(eventlog_parse(&r, &err, &log), -E2BIG);
	r.left = EVENTLOG_MAX_LEN + 1;
	assert_int_equal(eventlog_parse(&r, &err, &log), -EFBIG);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evil),
		cmocka_unit_test(test_locality),
		cmocka_unit_test(test_padded_locality),
		cmocka_unit_test(test_filling),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_missing_digest),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
