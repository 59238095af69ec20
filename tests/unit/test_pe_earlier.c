/* Signed images as they were before: what sbsign made of small ones (tests/secureboot/make.py), undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "measure/efi/pe_earlier.h"
#include "pe_sample.h"

/* what `sbattach --remove` writes into tiny-leaf.efi */
#define TINY_CHECKSUM 0x7b63

static void read_image(const char *name, struct buffer *ret)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/secureboot/%s", name);
	assert_int_equal(file_read(path, PE_FILE_MAX, NULL, ret), 0);
}

/* How many forms of the signed image are the earlier one, byte by byte. */
static size_t equal_forms(const struct buffer *now, const struct buffer *was)
{
	const struct reader file = reader_new(now->data, now->len);
	uint8_t want[SHA256_LEN], got[SHA256_LEN];
	struct pe_earlier form[PE_EARLIER_MAX];
	size_t n, equal = 0;
	struct pe pe;

	assert_int_equal(pe_parse(&file, NULL, &pe), 0);
	assert_int_equal(hash_sha256(was->data, was->len, want), 0);
	n = pe_earlier_forms(&pe, form);
	assert_true(n <= PE_EARLIER_MAX);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(pe_earlier_hash(&pe, &form[i], HASH_SHA256, got), 0);
		equal += form[i].len == was->len && memcmp(got, want, SHA256_LEN) == 0;
	}
	return equal;
}

static void what_sbsign_added(void **state)
{
	static const struct {
		const char *now, *was;
	} rows[] = {
		{ "tiny-leaf.efi", "tiny.efi" },
		{ "tiny-module.efi", "tiny.efi" },
		/* the second one; or both */
		{ "tiny-twice.efi", "tiny-leaf.efi" },
		{ "tiny-twice.efi", "tiny.efi" },
		/* three zeros align the table */
		{ "tiny-tail-signed.efi", "tiny-tail.efi" },
	};
	struct buffer now = BUFFER_NONE, was = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_image(rows[i].now, &now);
		read_image(rows[i].was, &was);
		if (equal_forms(&now, &was) == 0)
			fail_msg("%s is not made of %s", rows[i].now, rows[i].was);
		buffer_free(&now);
		buffer_free(&was);
	}
}

/* Tools that leave the checksum as it was, and an image whose checksum was right. */
static void checksums(void **state)
{
	struct buffer now = BUFFER_NONE, was = BUFFER_NONE;

	read_image("tiny-leaf.efi", &now);
	read_image("tiny.efi", &was);
	sample_put(&now, SAMPLE_CHECKSUM_AT, 0x12345678, 4);
	sample_put(&was, SAMPLE_CHECKSUM_AT, 0x12345678, 4);
	assert_true(equal_forms(&now, &was) > 0);
	sample_put(&was, SAMPLE_CHECKSUM_AT, 0x12345679, 4);
	assert_int_equal(equal_forms(&now, &was), 0);
	sample_put(&was, SAMPLE_CHECKSUM_AT, TINY_CHECKSUM, 4);
	assert_true(equal_forms(&now, &was) > 0);
	buffer_free(&now);
	buffer_free(&was);
}

/* Any other byte is an image of its own: also one that the Authenticode digest leaves out. */
static void nothing_else_may_differ(void **state)
{
	struct buffer now = BUFFER_NONE, was = BUFFER_NONE;
	size_t i;

	read_image("tiny-tail-signed.efi", &now);
	read_image("tiny-tail.efi", &was);
	for (i = 0; i < was.len; i++) {
		struct reader file = reader_new(now.data, now.len);
		struct pe pe;

		/* the fields that signing writes; they have no other value afterwards */
		if ((i >= SAMPLE_CHECKSUM_AT && i < SAMPLE_CHECKSUM_AT + 4) ||
		    (i >= SAMPLE_CERT_DIR_AT && i < SAMPLE_CERT_DIR_AT + 8))
			continue;
		now.data[i] ^= 1;
		if (pe_parse(&file, NULL, &pe) == 0 && equal_forms(&now, &was) > 0)
			fail_msg("byte %zu does not count", i);
		now.data[i] ^= 1;
	}
	/* nor may one of the zeros before the table be something else */
	for (; i < 2096; i++) {
		now.data[i] = 1;
		assert_int_equal(equal_forms(&now, &was), 0);
		now.data[i] = 0;
	}
	assert_true(equal_forms(&now, &was) > 0);
	buffer_free(&now);
	buffer_free(&was);
}

static void bounds(void **state)
{
	/* WIN_CERTIFICATE: 16 bytes, revision 2.0, PKCS#7 */
	static const uint8_t one[16] = { 16, 0, 0, 0, 0, 2, 2, 0, 'x' };
	const struct sample_section text = { ".text", "x", 1 };
	struct buffer table = BUFFER_NONE, image = BUFFER_NONE;
	struct pe_earlier form[PE_EARLIER_MAX];
	struct reader certs, file;
	struct pe pe;

	for (size_t n = 0; n <= 6; n++) {
		certs = reader_new(table.data, table.len);
		sample_pe(&text, 1, n > 0 ? &certs : NULL, &image);
		file = reader_new(image.data, image.len);
		assert_int_equal(pe_parse(&file, NULL, &pe), 0);
		/* the image ends in seven zeros, behind the size of the empty string table */
		assert_int_equal(pe_earlier_forms(&pe, form),
				 n == 0 ? 0 : n <= PE_EARLIER_SIGNATURES ? 3 * (n - 1) + 3 * 8 : 12);
		for (size_t i = 1; n > 1 && i < 3 * (n - 1) && i < 12; i++)
			assert_true(form[i].len <= form[i - 1].len && form[i].certs_len > 0);
		buffer_add(&table, one, sizeof(one));
		buffer_free(&image);
	}
	buffer_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_sbsign_added),
		cmocka_unit_test(checksums),
		cmocka_unit_test(nothing_else_may_differ),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
