/* Event logs of firmware: replayed to the TPM's values, read, and cut off anywhere. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "measure/log/eventlog_variable.h"
#include "measure/log/pcr_names.h"
#include "measure/log/tcg.h"
#include "eventlog_start.h"
#include "shared.h"

#define DEBIAN12 "tests/eventlogs/debian12-grub206-sb"
#define DEBIAN13 "tests/eventlogs/debian13-grub212-sb"
#define MADE "tests/eventlogs/made-"

/* Logs of other people's machines. What they show, the logs made by tests/eventlogs/make.py show, too. */
static void open_public_log(const char *name, struct opened *o)
{
	char path[PATH_MAX];

	shared_needed("eventlogs/public");
	snprintf(path, sizeof(path), "%s/%s", shared_path("eventlogs/public"), name);
	open_log(path, o);
}

/* Lines "PCR VALUE" as the capture wrote them; returns the mask. */
static uint32_t read_pcrs(const char *path, uint8_t ret[PCR_COUNT][SHA256_LEN])
{
	struct buffer b = BUFFER_NONE;
	struct reader r, line;
	uint32_t mask = 0;
	char *end;
	long n;

	assert_int_equal(file_read(path, 65536, NULL, &b), 0);
	r = reader_new(b.data, b.len);
	while (reader_line(&r, &line)) {
		n = strtol((const char *)line.at, &end, 10);
		assert_true(n >= 0 && n < PCR_COUNT && *end == ' ');
		assert_int_equal(text_unhex(end + 1, 64, ret[n], SHA256_LEN), 0);
		mask |= 1u << n;
	}
	buffer_free(&b);
	return mask;
}

static void check_against_tpm(const char *name)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN] = { 0 }, replayed[PCR_COUNT][SHA256_LEN];
	struct error err = ERROR_NONE;
	char path[128];
	struct opened o;
	unsigned bad = 99;
	uint32_t mask;

	snprintf(path, sizeof(path), "%s.bin", name);
	open_log(path, &o);
	snprintf(path, sizeof(path), "%s.pcrs", name);
	mask = read_pcrs(path, pcrs);
	assert_int_equal(mask, 0x43ff);
	assert_int_equal(eventlog_check(&o.log, mask, pcrs, &err, &bad), 0);
	assert_int_equal(bad, 99);

	assert_int_equal(eventlog_events(&o.log, &err, &o.events), 0);
	assert_int_equal(o.events.n, o.log.n_extended);
	check_start(&o.log, 0);
	assert_int_equal(event_list_replay(&o.events, replayed), 0);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (mask & 1u << i)
			assert_memory_equal(replayed[i], pcrs[i], SHA256_LEN);

	/* a PCR that moved on is named; one that was not asked for is not looked at */
	pcrs[8][3] ^= 1;
	assert_int_equal(eventlog_check(&o.log, mask, pcrs, &err, &bad), -EBADMSG);
	assert_int_equal(bad, 8);
	assert_non_null(strstr(err.text, "PCR 8 "));
	assert_int_equal(eventlog_check(&o.log, mask & ~(1u << 8), pcrs, &err, &bad), 0);
	close_log(&o);
}

static void test_against_tpm(void **state)
{
	check_against_tpm(DEBIAN12);
	check_against_tpm(DEBIAN13);
}

static bool has(const struct event_list *l, uint32_t pcr, const char *what)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].pcr == pcr && strcmp(l->e[i].what, what) == 0)
			return true;
	return false;
}

static void test_words(void **state)
{
	struct opened o;

	open_log(DEBIAN13 ".bin", &o);
	assert_int_equal(eventlog_events(&o.log, NULL, &o.events), 0);
	assert_true(has(&o.events, 7, "SecureBoot"));
	assert_true(has(&o.events, 7, "MokListRT"));
	assert_true(has(&o.events, 7, "separator"));
	assert_true(has(&o.events, 1, "Boot0000 UiApp"));
	assert_true(has(&o.events, 4, "Calling EFI Application from Boot Option"));
	assert_true(has(&o.events, 4, "\\EFI\\BOOT\\grubx64.efi"));
	assert_true(has(&o.events, 4,
			"partition 1 (78cd8e4d-0616-463f-93bf-7418abd988b9) \\EFI\\BOOT\\BOOTX64.EFI"));
	assert_true(has(&o.events, 5, "GPT of disk e6182064-92aa-4696-922d-447776dc7104, 3 partitions"));
	assert_true(has(&o.events, 8, "grub_cmd: set prefix=(hd0,gpt2)/grub"));
	assert_true(has(&o.events, 9, "(hd0,gpt2)/grub/grub.cfg"));
	assert_true(has(&o.events, 9, "LOADED_IMAGE::LoadOptions"));
	assert_true(has(&o.events, 9, "Linux initrd"));
	assert_true(has(&o.events, 14, "MokListTrusted"));
	close_log(&o);
}

/* systemd-boot writes UTF-16; no Secure Boot there */
static void check_sd_boot(struct opened *o, const char *command_line)
{
	assert_int_equal(eventlog_events(&o->log, NULL, &o->events), 0);
	assert_true(has(&o->events, 12, command_line));
	assert_true(has(&o->events, 7, "PK (empty)"));
	close_log(o);
}

static void test_words_of_sd_boot(void **state)
{
	struct opened o;

	open_log(MADE "sd-boot.bin", &o);
	check_sd_boot(&o, " root=LABEL=made console=ttyS0 ");
}

static void test_words_of_a_public_sd_boot(void **state)
{
	struct opened o;

	open_public_log("sd-boot-fedora37.bin", &o);
	check_sd_boot(&o, " console=ttyS0 console=tty0 efi=debug ");
}

static void test_words_of_other_machines(void **state)
{
	struct opened o;

	open_log(MADE "mok-list-trusted.bin", &o);
	assert_int_equal(eventlog_events(&o.log, NULL, &o.events), 0);
	assert_true(has(&o.events, 7, "MokListTrusted"));
	assert_true(has(&o.events, 14, "MokListTrusted"));
	assert_true(has(&o.events, 2, "image from a device"));
	close_log(&o);
	open_log(MADE "network-boot.bin", &o);
	assert_int_equal(eventlog_events(&o.log, NULL, &o.events), 0);
	assert_true(has(&o.events, 4, "network "));
	assert_true(has(&o.events, 4, "image without a path"));
	assert_true(has(&o.events, 1, "Boot000F UEFI: PXE IP6 port 7"));
	close_log(&o);
	open_log(MADE "cmdline-pcr8.bin", &o);
	assert_int_equal(eventlog_events(&o.log, NULL, &o.events), 0);
	assert_true(has(&o.events, 8, "initrd=\\initramfs-linux.img root=LABEL=made rw"));
	assert_true(has(&o.events, 7, "SecureBoot (empty)"));
	close_log(&o);
}

static void test_data(void **state)
{
	struct eventlog_variable v;
	struct reader data;
	struct opened o;
	size_t seen = 0;

	open_log(DEBIAN12 ".bin", &o);
	assert_int_equal(eventlog_events(&o.log, NULL, &o.events), 0);
	for (size_t i = 0; i < o.events.n; i++) {
		data = eventlog_data(&o.log, i);
		if (strcmp(o.events.e[i].what, "SbatLevel") != 0)
			continue;
		assert_true(eventlog_variable(&data, &v));
		assert_true(reader_equals(&v.data, "sbat,1,2025021800\nshim,4\ngrub,5\n"));
		assert_int_equal(v.name.left, 18);
		data.left--;
		assert_false(eventlog_variable(&data, &v));
		data.left += 2;
		assert_false(eventlog_variable(&data, &v));
		seen++;
	}
	assert_int_equal(seen, 1);
	close_log(&o);
}

static void check_sha1_only(struct opened *o)
{
	struct error err = ERROR_NONE;
	uint8_t pcrs[PCR_COUNT][HASH_MAX_LEN];

	assert_false(o->log.agile);
	assert_int_equal(o->log.n_banks, 1);
	assert_int_equal(o->log.bank[0].alg, HASH_SHA1);
	assert_int_equal(eventlog_replay(&o->log, 0, pcrs), 0);
	assert_int_equal(eventlog_events(&o->log, &err, &o->events), -ENOENT);
	assert_non_null(strstr(err.text, "no SHA-256 bank"));
	close_log(o);
}

static void test_sha1_only(void **state)
{
	struct opened o;

	open_log(MADE "sha1.bin", &o);
	check_sha1_only(&o);
}

static void test_public_sha1_only(void **state)
{
	struct opened o;

	open_public_log("uefi-sha1-log.bin", &o);
	check_sha1_only(&o);
}

/* A log is good up to the end of each record; zeros with which the next one begins are filling. */
static void check_cut_off(struct opened *o)
{
	struct eventlog log;
	struct reader r;
	size_t good = 0;
	int e;

	for (size_t n = 1; n < o->bytes.len; n++) {
		r = reader_new(o->bytes.data, n);
		e = eventlog_parse(&r, NULL, &log);
		if (e == 0) {
			good += log.len == n;
			for (size_t i = log.len; i < n; i++)
				assert_int_equal(o->bytes.data[i], 0);
			eventlog_free(&log);
		} else {
			assert_int_equal(e, -EBADMSG);
		}
	}
	assert_int_equal(good, o->log.n_records - 1);
	close_log(o);
}

static void test_cut_off(void **state)
{
	struct opened o;

	open_log(MADE "sd-boot.bin", &o);
	check_cut_off(&o);
}

static void test_public_cut_off(void **state)
{
	struct opened o;

	open_public_log("sd-boot-fedora37.bin", &o);
	check_cut_off(&o);
}

/* Wherever the log of a real boot ends, it is whole up to there or the message says that it is not. */
static void test_cut_off_words(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct error err;
	struct eventlog log;
	unsigned whole = 0;
	struct reader r;
	int e;

	assert_int_equal(file_read(DEBIAN12 ".bin", 1 << 20, NULL, &b), 0);
	for (size_t n = 100; n < b.len; n++) {
		err = ERROR_NONE;
		r = reader_new(b.data, n);
		e = eventlog_parse(&r, &err, &log);
		if (e == 0) {
			whole++;
			eventlog_free(&log);
		} else if (!strstr(err.text, "the log was cut off after ") ||
			   !strstr(err.text, "area is full")) {
			fail_msg("%zu bytes: %s", n, err.text);
		}
	}
	assert_in_range(whole, 100, 10000);
	buffer_free(&b);
}

static void test_names(void **state)
{
	uint32_t mask = 77;

	assert_string_equal(pcr_event_name(EV_IPL), "EV_IPL");
	assert_string_equal(pcr_event_name(0x800000e0), "EV_EFI_VARIABLE_AUTHORITY");
	assert_null(pcr_event_name(0x12345678));
	assert_int_equal(pcr_list_parse("4,7-9,14", NULL, &mask), 0);
	assert_int_equal(mask, 1u << 4 | 7u << 7 | 1u << 14);
	assert_int_equal(pcr_list_parse("0-23", NULL, &mask), 0);
	assert_int_equal(mask, 0xffffff);
	for (const char *const *s =
		     (const char *const[]){ "", ",", "4,", "24", "9-7", "-", "1-", "x", "1 2", "01", NULL };
	     *s; s++)
		assert_int_equal(pcr_list_parse(*s, NULL, &mask), -EINVAL);
	assert_int_equal(mask, 0xffffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_tpm),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_of_sd_boot),
		cmocka_unit_test(test_words_of_a_public_sd_boot),
		cmocka_unit_test(test_words_of_other_machines),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_sha1_only),
		cmocka_unit_test(test_public_sha1_only),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_public_cut_off),
		cmocka_unit_test(test_cut_off_words),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
