#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "measure/efi/pe.h"
#include "pe_sample.h"

/* pesign -h, sbverify and osslsigncode all give this for tiny.efi and its signed copies */
#define TINY "e6ad898e53b86642cc16c29f4f89d3ea602183497a69c86238742fd875ba1872"
/* pesign -h; the tail's length is no multiple of 8, and nothing is padded */
#define TINY_TAIL "59c47312280819614c387c428b00db543a6f3f80b80c83260c9808cd66273b79"

static void assert_digest(const struct reader *file, const char *want)
{
	struct error err = ERROR_NONE;
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	assert_int_equal(pe_digest(file, &err, digest), 0);
	text_hex(digest, sizeof(digest), hex);
	assert_string_equal(hex, want);
}

static void refuse(const struct buffer *b, const char *word)
{
	const struct reader file = reader_new(b->data, b->len);
	struct error err = ERROR_NONE;
	struct pe pe = { .machine = 7 };

	assert_int_equal(pe_parse(&file, &err, &pe), -EBADMSG);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not say \"%s\"", err.text, word);
	assert_int_equal(pe.machine, 7);
}

static void test_digests(void **state)
{
	static const char *const same[] = { "tiny.efi", "tiny-leaf.efi", "tiny-twice.efi" };
	struct buffer b = BUFFER_NONE;
	struct reader file;
	char path[64];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "tests/secureboot/%s", same[i]);
		assert_int_equal(file_read(path, PE_FILE_MAX, NULL, &b), 0);
		file = reader_new(b.data, b.len);
		assert_digest(&file, TINY);
		/* the checksum is not part of it, every other byte before the certificates is */
		b.data[SAMPLE_CHECKSUM_AT] ^= 1;
		assert_digest(&file, TINY);
		buffer_free(&b);
	}
	assert_int_equal(file_read("tests/secureboot/tiny-tail.efi", PE_FILE_MAX, NULL, &b), 0);
	file = reader_new(b.data, b.len);
	assert_digest(&file, TINY_TAIL);
	buffer_free(&b);
}

static void test_each_byte_counts(void **state)
{
	struct buffer b = BUFFER_NONE;
	uint8_t before[SHA256_LEN], after[SHA256_LEN];
	struct reader file;
	size_t certs_at = 2048, hashed = 0;

	assert_int_equal(file_read("tests/secureboot/tiny-leaf.efi", PE_FILE_MAX, NULL, &b), 0);
	file = reader_new(b.data, b.len);
	assert_int_equal(pe_digest(&file, NULL, before), 0);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 0x80;
		if (pe_digest(&file, NULL, after) == 0) {
			bool outside =
				i >= certs_at || (i >= SAMPLE_CHECKSUM_AT && i < SAMPLE_CHECKSUM_AT + 4);

			assert_int_equal(memcmp(before, after, SHA256_LEN) == 0, outside);
			hashed += !outside;
		}
		b.data[i] ^= 0x80;
	}
	assert_true(hashed > 1500);
	buffer_free(&b);
}

static void make(struct buffer *b, const char *certs, size_t certs_len)
{
	static const struct sample_section sections[] = {
		{ ".text", "code", 4 }, { ".a_long_name", "long", 4 }, { "/99", "number", 6 },
	};
	const struct reader c = reader_new(certs, certs_len);

	sample_pe(sections, 3, &c, b);
}

static void test_sections(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct reader file, part;
	struct pe pe;

	make(&b, "", 0);
	file = reader_new(b.data, b.len);
	assert_int_equal(pe_parse(&file, NULL, &pe), 0);
	assert_int_equal(pe.n_sections, 3);
	assert_true(pe_section(&pe, ".text", &part));
	assert_true(reader_equals(&part, "code"));
	assert_int_equal(pe.section[0].raw.left, 0x200);
	assert_true(pe_section(&pe, ".a_long_name", &part));
	assert_true(reader_equals(&part, "long"));
	/* a number past the string table is just a name */
	assert_true(pe_section(&pe, "/99", &part));
	assert_false(pe_section(&pe, ".none", &part));
	buffer_free(&b);
}

static void test_signatures(void **state)
{
	static const char two[] = "\x0a\0\0\0\x00\x02\x02\0ab\0\0\0\0\0\0" /* padded to 16 */
				  "\x09\0\0\0\x00\x01\x01\0x\0\0\0\0\0\0\0" /* X.509: not for us */
				  "\x09\0\0\0\x00\x02\x02\0c";
	struct buffer b = BUFFER_NONE;
	struct reader file;
	struct pe pe;

	make(&b, two, sizeof(two) - 1);
	file = reader_new(b.data, b.len);
	assert_int_equal(pe_parse(&file, NULL, &pe), 0);
	assert_int_equal(pe.n_signatures, 2);
	assert_true(reader_equals(&pe.signature[0], "ab"));
	assert_true(reader_equals(&pe.signature[1], "c"));
	buffer_free(&b);
	make(&b, "\x0b\0\0\0\x00\x02\x02\0ab", 10);
	refuse(&b, "ends past the certificate table");
	buffer_free(&b);
	make(&b, "\x07\0\0\0\x00\x02\x02\0ab", 10);
	refuse(&b, "shorter than its header");
	buffer_free(&b);
	make(&b, "\x0a\0\0\0\x00\x03\x02\0ab", 10);
	refuse(&b, "revision");
	buffer_free(&b);
}

/* One field of a good image at a time. */
static void test_lies(void **state)
{
	static const struct {
		size_t at, n;
		uint32_t value;
		const char *word;
	} lies[] = {
		{ 0, 2, 0x4d4d, "MZ" },
		{ 0x3c, 4, 0xfffffff0, "no PE signature" },
		{ SAMPLE_PE_AT, 4, 0x4550ff, "no PE signature" },
		{ SAMPLE_PE_AT + 6, 2, 0, "no sections" },
		{ SAMPLE_PE_AT + 6, 2, 97, "too many" },
		{ SAMPLE_PE_AT + 6, 2, 30, "headers" },
		{ SAMPLE_PE_AT + 20, 2, 0xffff, "optional header ends past" },
		{ SAMPLE_PE_AT + 20, 2, 40, "too short" },
		{ SAMPLE_PE_AT + 20, 2, 130, "too short for its data directories" },
		{ SAMPLE_OPTIONAL_AT, 2, 0x10c, "unknown kind of optional header" },
		{ SAMPLE_OPTIONAL_AT + 60, 4, 0x100, "size of the headers" },
		{ SAMPLE_OPTIONAL_AT + 60, 4, 0x10000, "size of the headers" },
		{ SAMPLE_OPTIONAL_AT + 60, 4, 0x600, "overlaps the headers" },
		{ SAMPLE_OPTIONAL_AT + 108, 4, 17, "data directories" },
		{ SAMPLE_CERT_DIR_AT, 4, 0x200, "certificate table" },
		{ SAMPLE_CERT_DIR_AT, 4, 0xfffffff8, "certificate table" },
		{ SAMPLE_CERT_DIR_AT + 4, 4, 0, "without a size" },
		{ SAMPLE_CERT_DIR_AT + 4, 4, 8, "not the end of the file" },
		{ SAMPLE_CERT_DIR_AT + 4, 4, 0xffffffff, "not the end of the file" },
		{ SAMPLE_SECTIONS_AT + 16, 4, 0xfffff000, "ends past the file" },
		{ SAMPLE_SECTIONS_AT + 16, 4, 0x201, "overlap" },
		{ SAMPLE_SECTIONS_AT + 20, 4, 0xfffff000, "ends past the file" },
		{ SAMPLE_SECTIONS_AT + 20, 4, 0x600, "overlap" },
		{ SAMPLE_SECTIONS_AT + 20, 4, 0x10, "overlaps the headers" },
		{ SAMPLE_SECTIONS_AT + 80 + 16, 4, 0x220, "reaches into the certificate table" },
	};
	static const char cert[] = "\x0a\0\0\0\x00\x02\x02\0ab";
	struct buffer b = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		make(&b, cert, sizeof(cert) - 1);
		sample_put(&b, lies[i].at, lies[i].value, lies[i].n);
		refuse(&b, lies[i].word);
		buffer_free(&b);
	}
}

/* The table may be moved to the front only where its bytes would be hashed: never. */
static void test_certs_over_sections(void **state)
{
	static const char cert[] = "\x0a\0\0\0\x00\x02\x02\0ab";
	struct buffer b = BUFFER_NONE;
	size_t at = 0x600;

	make(&b, cert, sizeof(cert) - 1);
	sample_put(&b, SAMPLE_CERT_DIR_AT, at, 4);
	sample_put(&b, SAMPLE_CERT_DIR_AT + 4, b.len - at, 4);
	refuse(&b, "reaches into the certificate table");
	sample_put(&b, SAMPLE_CERT_DIR_AT, 8, 4);
	sample_put(&b, SAMPLE_CERT_DIR_AT + 4, b.len - 8, 4);
	refuse(&b, "overlaps the headers");
	/* it starts at a multiple of 8 */
	sample_put(&b, SAMPLE_CERT_DIR_AT, b.len - 9, 4);
	sample_put(&b, SAMPLE_CERT_DIR_AT + 4, 9, 4);
	refuse(&b, "not the end of the file");
	buffer_free(&b);
}

static void test_cut_off(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct reader file;
	struct pe pe;
	size_t full;

	make(&b, "\x0a\0\0\0\x00\x02\x02\0ab", 10);
	full = b.len;
	for (size_t n = 0; n < full; n++) {
		file = reader_new(b.data, n);
		assert_int_equal(pe_parse(&file, NULL, &pe), -EBADMSG);
	}
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_each_byte_counts),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_certs_over_sections),
		cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
