/*
 * bootseal attest as a person or a program calls it, about a machine elsewhere: words, JSON, exit codes, and
 * certificates from a metadata service that is a mock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/fetch.h"
#include "attest_sample.h"
#include "base/file.h"
#include "mock_http.h"
#include "root_door.h"
#include "seal/json.h"

static struct door door;
static struct attest_keys keys;
static char dir[] = "/tmp/bootseal-attest-XXXXXX";

static void put(const char *name, const void *data, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* A command with "@" for the folder. */
static void says(const char *command, int code, const char *words)
{
	struct buffer b = BUFFER_NONE;
	int got;

	for (; *command; command++)
		if (*command == '@')
			buffer_add_str(&b, dir);
		else
			buffer_add_u8(&b, (uint8_t)*command);
	got = door_run(&door, NULL, buffer_str(&b));
	if (got != code || !door_said(&door, words))
		fail_msg("%s: %d instead of %d, or not \"%s\":\n%s", buffer_str(&b), got, code, words,
			 buffer_str(&door.said));
	buffer_free(&b);
}

static int make(void **state)
{
	static uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct report_sample report;
	struct statement_sample quote;
	char values[PCR_COUNT * 80] = "";

	attest_keys_make(&keys);
	assert_non_null(mkdtemp(dir));
	chmod(dir, 0755);
	report_sample_make(&keys, &report);
	put("report", report.bytes, sizeof(report.bytes));
	put("short", report.bytes, 900);
	quote_sample(&keys, PCR(0) | PCR(7), (const uint8_t(*)[SHA256_LEN])pcrs, "nonce", &quote);
	put("quote", quote.bytes.data, quote.bytes.len);
	put("signature", quote.signature.data, quote.signature.len);
	statement_sample_free(&quote);
	for (int i = 0; i < PCR_COUNT; i++)
		sprintf(values + strlen(values), "%d %064d\n", i, 0);
	put("pcrs", values, strlen(values));
	values[2] = '1';
	put("other-pcrs", values, strlen(values));
	put("none.pem", "nothing\n", 8);
	return 0;
}

static int clean(void **state)
{
	char command[64];

	attest_keys_free(&keys);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void words_and_codes(void **state)
{
	says("attest --report @/report", 7, "Not checked  certificates: none given");
	assert_true(door_said(&door, "Passed       claims: their SHA-256"));
	assert_true(door_said(&door, "VM " SAMPLE_VM_ID));
	assert_true(door_said(&door, "not everything could be checked"));
	says("attest --report @/short", 5, "FAILED       report: it ends within its report of the hardware");
	says("attest --report @/quote", 5, "does not begin with 'HCLA'");
	says("attest --report @/absent", 1, "/absent: cannot open");
	says("attest --report @/report --certificates @/none.pem", 1, "none.pem: no certificate in it");
	says("attest --report @/report --quote @/quote --signature @/signature --nonce 6e6f6e6365 --pcrs "
	     "@/pcrs",
	     7, "Passed       PCRs: the quote is of these values");
	assert_true(door_said(&door, "Passed       nonce: the quote is the answer to it"));
	says("attest --report @/report --quote @/quote --signature @/signature --nonce 6e6f6e6366", 5,
	     "FAILED       nonce: ");
	says("attest --report @/report --quote @/quote --signature @/signature --pcrs @/other-pcrs", 5,
	     "FAILED       PCRs: ");
	says("attest --report @/report --quote @/quote --signature @/quote", 5, "FAILED       quote: ");
	says("attest --report @/report --least-tcb 4,0,24,220", 5, "FAILED       firmware: ");
	says("attest --report @/report --least-tcb 4,0,24,219", 7, "Passed       firmware: ");
	says("attest --help", 0, "usage: bootseal attest");
}

static void misuse(void **state)
{
	static const char *const commands[][2] = {
		{ "attest --quote @/quote", "go with --report" },
		{ "attest --report @/report --quote @/quote", "go together" },
		{ "attest --report @/report --nonce 00", "go with --quote" },
		{ "attest --report @/report --tcti x", "no --tcti" },
		{ "attest --report @/report --vmpl 4", "--vmpl: a number from 0 to 3" },
		{ "attest --report @/report --vmpl -1", "--vmpl: a number from 0 to 3" },
		{ "attest --report @/report --least-tcb 1,2,3", "--least-tcb: four numbers" },
		{ "attest --report @/report --least-tcb 1,2,3,4,5", "--least-tcb: four numbers" },
		{ "attest --report @/report --least-tcb 1,2,3,256", "--least-tcb: four numbers" },
		{ "attest --report @/report word", "word" },
		{ "attest --certificates a --certificates b --certificates c --certificates d --certificates "
		  "e",
		  "more than four" },
		{ "enroll --vmpl 1", "--vmpl goes with --require-confidential" },
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		says(commands[i][0], 2, commands[i][1]);
	says("attest --report @/report --quote @/quote --signature @/signature --nonce 0", 1,
	     "--nonce: 1 to 64");
	says("attest", 1, "root");
}

/* What was said last, by the schema. */
static void fits_the_schema(void)
{
	const char *text = strchr(buffer_str(&door.said), '{');
	char command[160];

	put("said.json", text, strlen(text));
	snprintf(command, sizeof(command),
		 "python3 -B tests/schema.py doc/fleet/attest.schema.json %s/said.json", dir);
	assert_int_equal(system(command), 0);
}

static void as_json(void **state)
{
	struct json_object *o, *list;
	const char *text;
	size_t n;

	says("attest --json --report @/report", 7, "\"conclusion\": \"incomplete\"");
	fits_the_schema();
	text = strchr(buffer_str(&door.said), '{');
	assert_int_equal(json_read(text, strlen(text), NULL, &o), 0);
	assert_string_equal(json_member_word(o, "vm", 64), SAMPLE_VM_ID);
	assert_string_equal(json_member_word(o, "conclusion", 64), "incomplete");
	assert_int_equal(strlen(json_member_word(o, "measurement", 96)), 96);
	assert_true(json_member_array(o, "checks", 20, &list, &n));
	assert_int_equal(n, 14);
	assert_string_equal(json_member_word(json_list_at(list, 0), "name", 64), "report");
	assert_string_equal(json_member_word(json_list_at(list, 0), "verdict", 64), "passed");
	json_free(o);
	says("attest --json --report @/short", 5, "\"conclusion\": \"failed\"");
	fits_the_schema();
	assert_false(door_said(&door, "\"kind\""));
}

/* PEM in JSON, as the service has it: line breaks as \n. */
static void metadata_service(void **state)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n";
	struct buffer json = BUFFER_NONE, got = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct mock_http mock;
	char command[256];

	buffer_addf(&json,
		    "{\"vcekCert\":\"%s\",\"tcbm\":\"DB18000000000004\",\"certificateChain\":\"%s%s\"}", pem,
		    pem, pem);
	mock_http_start(&mock, buffer_str(&json), json.len);
	assert_int_equal(fetch_certificates(mock.url, &err, &got), 0);
	assert_int_equal(strncmp(buffer_str(&got), "-----BEGIN CERTIFICATE-----\nAAAA\n", 33), 0);
	/* what it sends is read as any other certificate: this one is none */
	snprintf(command, sizeof(command), "attest --report @/report --fetch=%s", mock.url);
	says(command, 1, "certificate 1 of it is damaged");
	mock_http_stop(&mock);
	says(command, 1, "curl");
	mock_http_start(&mock, "{\"error\":\"no\"}", 14);
	snprintf(command, sizeof(command), "attest --report @/report --fetch=%s", mock.url);
	says(command, 1, "the answer has no text 'vcekCert'");
	mock_http_stop(&mock);
	mock_http_start(&mock, "<html>", 6);
	snprintf(command, sizeof(command), "attest --report @/report --fetch=%s", mock.url);
	says(command, 1, mock.url);
	mock_http_stop(&mock);
	/* nothing but HTTP: a file of this machine is none */
	says("attest --report @/report --fetch=file://@/pcrs", 1, "curl");
	buffer_free(&json);
	buffer_free(&got);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_codes),
		cmocka_unit_test(misuse),
		cmocka_unit_test(as_json),
		cmocka_unit_test(metadata_service),
	};

	door_open(&door, argv[0]);
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, make, clean);
}
