/* Keys of a machine that is elsewhere, in both forms. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "machine/uefi_config.h"
#include "measure/efi/secureboot_siglist.h"
#include "siglist_sample.h"
#include "tree.h"

static const uint8_t microsoft[16] = { 0xbd, 0x9a, 0xfa, 0x77, 0x59, 0x03, 0x32, 0x4d,
				       0xbd, 0x60, 0x28, 0xf4, 0xe7, 0x8f, 0x78, 0x4b };
static const uint8_t one[] = "a certificate", two[] = "another certificate";
static const uint8_t sum[32] = { 1 }, other[32] = { 2 };

static int read_text(const char *text, enum uefi_config_form form, struct error *err, struct uefi_config *ret)
{
	struct tree t;
	char path[PATH_MAX];
	int r;

	tree_make(&t);
	tree_write_text(&t, "/keys.json", text);
	assert_int_equal(machine_path(&t.machine, "/keys.json", path), 0);
	*err = ERROR_NONE;
	r = uefi_config_read(path, form, err, ret);
	tree_remove(&t);
	return r;
}

static void add_base64(struct buffer *b, const struct buffer *data)
{
	buffer_add_str(b, "\"");
	text_add_base64(b, data->data, data->len);
	buffer_add_str(b, "\"");
}

static void variables(void **state)
{
	struct buffer pk = BUFFER_NONE, db = BUFFER_NONE, text = BUFFER_NONE, file = BUFFER_NONE;
	struct uefi_config c;
	struct error err;

	siglist_add_one(&pk, siglist_type_x509, microsoft, one, sizeof(one));
	siglist_add_one(&db, siglist_type_x509, microsoft, two, sizeof(two));
	siglist_add_one(&db, siglist_type_sha256, microsoft, sum, sizeof(sum));
	/* as Go writes it: an absent variable is null; and what it says of the log is the log's business */
	buffer_add_str(&text, "{\n  \"PK\": ");
	add_base64(&text, &pk);
	buffer_add_str(&text, ",\n  \"KEK\": \"\",\n  \"db\": ");
	add_base64(&text, &db);
	buffer_add_str(&text, ",\n  \"dbx\": null,\n  \"omitsReadyToBootEvent\": false\n}\n");
	if (read_text(buffer_str(&text), UEFI_CONFIG_VARIABLES, &err, &c) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(c.content[0].len, pk.len);
	assert_memory_equal(c.content[0].data, pk.data, pk.len);
	assert_int_equal(c.content[1].len, 0);
	assert_int_equal(c.content[2].len, db.len);
	assert_memory_equal(c.content[2].data, db.data, db.len);
	assert_int_equal(c.content[3].len, 0);
	assert_int_equal(uefi_config_file(&c, 0, &file), 0);
	assert_int_equal(file.len, 4 + pk.len);
	assert_memory_equal(file.data, "\x27\0\0\0", 4);
	assert_memory_equal(file.data + 4, pk.data, pk.len);
	assert_string_equal(uefi_config_path(3),
			    "/sys/firmware/efi/efivars/dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
	uefi_config_free(&c);
	buffer_free(&file);
	buffer_free(&text);
	buffer_free(&pk);
	buffer_free(&db);
}

#define ONE "YSBjZXJ0aWZpY2F0ZQA="
#define TWO "YW5vdGhlciBjZXJ0aWZpY2F0ZQA="
#define SUM "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define OTHER "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define DISK(mode, signatures)                                                                          \
	"{\"type\": \"Microsoft.Compute/disks\", \"name\": \"\\u00fc\", \"properties\": "                 \
	"{\"uefiSettings\": {\"signatureMode\": \"" mode "\", \"signatures\": {" signatures "}}}}\r\n"
#define X509(values) "{\"type\": \"x509\", \"value\": [" values "]}"
#define SHA256(values) "{\"type\": \"sha256\", \"value\": [" values "]}"
#define REST ", \"KEK\": [], \"db\": [], \"dbx\": []"

/* A list for each certificate, one of all digests. */
static void azure_disk(void **state)
{
	static const char text[] = DISK("Replace", "\"PK\": " X509("\"" ONE "\"") ", \"KEK\": [" X509(
		"\"" ONE "\", \"" TWO "\"") "], \"db\": [" X509("\"" TWO "\"") ", " X509("\"" ONE "\"") "], "
				       "\"dbx\": [" SHA256("\"" SUM "\", \"" OTHER "\"") "]");
	const struct buffer a = { .data = (uint8_t *)sum, .len = sizeof(sum) };
	const struct buffer b = { .data = (uint8_t *)other, .len = sizeof(other) };
	const struct buffer *const sums[] = { &a, &b };
	struct buffer want[UEFI_CONFIG_KEYS] = { BUFFER_NONE };
	struct uefi_config c;
	struct error err;

	siglist_add_one(&want[0], siglist_type_x509, microsoft, one, sizeof(one));
	siglist_add_one(&want[1], siglist_type_x509, microsoft, one, sizeof(one));
	siglist_add_one(&want[1], siglist_type_x509, microsoft, two, sizeof(two));
	siglist_add_one(&want[2], siglist_type_x509, microsoft, two, sizeof(two));
	siglist_add_one(&want[2], siglist_type_x509, microsoft, one, sizeof(one));
	siglist_add(&want[3], siglist_type_sha256, microsoft, sums, 2);
	if (read_text(text, UEFI_CONFIG_AZURE_DISK, &err, &c) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < UEFI_CONFIG_KEYS; i++) {
		assert_int_equal(c.content[i].len, want[i].len);
		assert_memory_equal(c.content[i].data, want[i].data, want[i].len);
		buffer_free(&want[i]);
	}
	uefi_config_free(&c);
}

static void refused(void **state)
{
	static const struct {
		enum uefi_config_form form;
		const char *text, *says;
		int r;
	} samples[] = {
		{ UEFI_CONFIG_VARIABLES, "{", "keys.json: JSON: ", -EBADMSG },
		{ UEFI_CONFIG_VARIABLES, "[]", "keys.json: JSON: not an object", -EBADMSG },
		{ UEFI_CONFIG_VARIABLES, "{\"PK\": null, \"KEK\": null, \"db\": null}",
		  "keys.json: dbx: missing; write null", -EBADMSG },
		{ UEFI_CONFIG_VARIABLES, "{\"PK\": \"AAA\", \"KEK\": null, \"db\": null, \"dbx\": null}",
		  "PK: not base64", -EBADMSG },
		{ UEFI_CONFIG_VARIABLES, "{\"PK\": \"AAAA\", \"KEK\": null, \"db\": null, \"dbx\": null}",
		  "PK: not the content of that variable", -EBADMSG },
		{ UEFI_CONFIG_VARIABLES, "{\"PK\": [], \"KEK\": null, \"db\": null, \"dbx\": null}",
		  "PK: not a text", -EBADMSG },
		{ UEFI_CONFIG_VARIABLES, "{\"PK\": null, \"KEK\": null, \"db\": null, \"dbx\": null}",
		  "PK: empty: without it Secure Boot would be off", -EBADMSG },
		{ UEFI_CONFIG_VARIABLES, DISK("Replace", ""), "give it to --azure-disk", -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK, "{\"PK\": null}", "its type is not \"Microsoft.Compute/disks\"",
		  -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK, "{\"type\": \"Microsoft.Compute/disks\", \"properties\": {}}",
		  "uefiSettings.signatureMode: missing", -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK, DISK("Append", "\"PK\": " X509("\"" ONE "\"") REST),
		  "signatureMode \"Append\": what these signatures are added to is not in it", -EOPNOTSUPP },
		{ UEFI_CONFIG_AZURE_DISK, DISK("Replace", "\"PK\": []" REST), "PK: empty", -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK, DISK("Replace", "\"PK\": " X509("\"" ONE "\"")), "KEK: missing",
		  -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK, DISK("Replace", "\"PK\": " X509("") REST), "PK: no list of values",
		  -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK, DISK("Replace", "\"PK\": " X509("\"%\"") REST),
		  "PK: a value that is not base64", -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK, DISK("Replace", "\"PK\": " SHA256("\"" ONE "\"") REST),
		  "PK: a sha256 that does not have 32 bytes", -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK,
		  DISK("Replace", "\"PK\": {\"type\": \"sha1\", \"value\": [\"" ONE "\"]}" REST),
		  "PK: its type is neither", -EBADMSG },
		{ UEFI_CONFIG_AZURE_DISK,
		  DISK("Replace", "\"PK\": [\"" ONE "\"]" REST), "PK: not a list of {type, value}",
		  -EBADMSG },
	};
	struct uefi_config c;
	struct error err;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		assert_int_equal(read_text(samples[i].text, samples[i].form, &err, &c), samples[i].r);
		if (!strstr(err.text, samples[i].says))
			fail_msg("`%s' does not say `%s'", err.text, samples[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables),
		cmocka_unit_test(azure_disk),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("uefi_config", tests, NULL, NULL);
}
