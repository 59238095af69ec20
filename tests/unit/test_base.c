/* src/base and src/hash: what everything else stands on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/reader.h"
#include "base/text.h"
#include "hash/hash.h"

static char dir[] = "/tmp/bootseal-test-base-XXXXXX";

static void test_reader_numbers(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct reader r = reader_new(bytes, 8);
	uint64_t v64 = 0;
	uint32_t v32 = 0;
	uint16_t v16 = 0;
	uint8_t v8 = 0;

	assert_true(reader_le64(&r, &v64) && v64 == 0x0807060504030201);
	assert_false(reader_u8(&r, &v8));
	r = reader_new(bytes, 8);
	assert_true(reader_le16(&r, &v16) && v16 == 0x0201);
	assert_true(reader_be16(&r, &v16) && v16 == 0x0304);
	assert_true(reader_u8(&r, &v8) && v8 == 5);
	/* what does not fit takes nothing and changes nothing */
	assert_false(reader_le32(&r, &v32) || reader_be32(&r, &v32) || reader_le64(&r, &v64));
	assert_true(r.left == 3 && v32 == 0);
	r = reader_new(bytes, 8);
	assert_true(reader_le32(&r, &v32) && v32 == 0x04030201);
	assert_true(reader_be32(&r, &v32) && v32 == 0x05060708);
	assert_false(reader_le16(&r, &v16) || reader_be16(&r, &v16));
}

static void test_reader_parts(void **state)
{
	static const uint8_t bytes[] = "0123456789";
	struct reader r = reader_new(bytes, 10), part = { NULL, 77 };
	char copy[4] = "abc";

	assert_false(reader_take(&r, 11, &part) || reader_skip(&r, SIZE_MAX) || reader_bytes(&r, copy, 11));
	assert_true(part.left == 77 && r.left == 10 && strcmp(copy, "abc") == 0);
	/* products that overflow, and that would wrap to something small */
	assert_false(reader_take_array(&r, UINT64_MAX, 2, &part));
	assert_false(reader_take_array(&r, (uint64_t)1 << 63, 2, &part));
	assert_true(reader_take_array(&r, 2, 3, &part) && part.left == 6 && r.left == 4);
	assert_true(reader_bytes(&r, copy, 3) && memcmp(copy, "678", 3) == 0);
	r = reader_new(bytes, 10);
	assert_true(reader_at(&r, 4, 6, &part) && part.at == bytes + 4 && part.left == 6 && r.left == 10);
	assert_true(reader_at(&r, 10, 0, &part));
	assert_false(reader_at(&r, 4, 7, &part) || reader_at(&r, 11, 0, &part) ||
		     reader_at(&r, UINT64_MAX, 2, &part) || reader_at(&r, 2, UINT64_MAX, &part));
}

static void test_reader_lines(void **state)
{
	struct reader r = reader_new("one\n\nlast", 9), line;

	assert_true(reader_line(&r, &line) && reader_equals(&line, "one"));
	assert_true(reader_line(&r, &line) && reader_equals(&line, ""));
	assert_true(reader_line(&r, &line) && reader_equals(&line, "last"));
	assert_false(reader_equals(&line, "las") || reader_equals(&line, "lasts"));
	assert_false(reader_line(&r, &line));
}

static void test_buffer(void **state)
{
	struct buffer b = BUFFER_NONE;
	char *s;

	assert_string_equal(buffer_str(&b), "");
	buffer_add(&b, NULL, 0);
	for (int i = 0; i < 1000; i++)
		buffer_addf(&b, "%d,", i);
	assert_int_equal(b.len, 3890);
	assert_string_equal(buffer_str(&b) + 3878, "997,998,999,");
	buffer_free(&b);
	buffer_add_be16(&b, 0x0102);
	buffer_add_be32(&b, 0x03040506);
	buffer_add_le32(&b, 0x0a090807);
	buffer_add_u8(&b, 11);
	assert_memory_equal(b.data, "\1\2\3\4\5\6\7\x08\x09\x0a\x0b", 12);
	s = buffer_steal(&b);
	assert_non_null(s);
	assert_null(b.data);
	free(s);
	s = buffer_steal(&b);
	assert_string_equal(s, "");
	free(s);
	/* failure sticks until the buffer is freed */
	buffer_add(&b, "x", 1);
	b.len = SIZE_MAX - 1;
	buffer_add(&b, "y", 1);
	b.len = 1;
	buffer_add_str(&b, "z");
	assert_false(buffer_ok(&b));
	assert_int_equal(b.len, 1);
	assert_null(buffer_steal(&b));
	assert_true(buffer_ok(&b));
	buffer_free(&b);
	buffer_free(&b);
}

static void test_error(void **state)
{
	struct error err = ERROR_NONE;
	char big[2000];

	assert_int_equal(error_set(NULL, -EIO, "nobody listens"), -EIO);
	assert_int_equal(error_set(&err, -EIO, "%s", "a\x1b[2J\nb\x9b"), -EIO);
	assert_string_equal(err.text, "a?[2J?b?");
	assert_int_equal(error_prefix(&err, -EIO, "file\n%d", 1), -EIO);
	assert_string_equal(err.text, "file?1: a?[2J?b?");
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	error_set(&err, -EIO, "%s", big);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	error_prefix(&err, -EIO, "front");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(strncmp(err.text, "front: xxx", 10), 0);
}

static void test_file(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "%s/file", dir);
	assert_false(file_exists(path));
	assert_int_equal(file_read(path, 10, &err, &b), -ENOENT);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(file_replace(path, "old", 3, 0600, &err), 0);
	assert_int_equal(file_replace(path, "newer", 5, 0640, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(file_read(path, 5, &err, &b), 0);
	assert_string_equal(buffer_str(&b), "newer");
	buffer_free(&b);
	assert_int_equal(file_read(path, 4, &err, &b), -EFBIG);
	assert_null(b.data);
	assert_int_equal(file_read(dir, 10, &err, &b), -EISDIR);
	assert_int_equal(file_mkdir(dir, 0700, &err), 0);
	/* a failed replace leaves nothing behind, so that the directory can be removed */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(file_replace(path, "x", 1, 0600, &err), -EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(file_mkdir(dir, 0700, &err), 0);
	assert_int_equal(file_replace("/nonexistent/file", "x", 1, 0600, &err), -ENOENT);
}

static void assert_hash(enum hash_alg alg, const char *want)
{
	uint8_t digest[HASH_MAX_LEN];
	char hex[2 * HASH_MAX_LEN + 1];

	assert_int_equal(hash_once(alg, "abc", 3, digest), 0);
	text_hex(digest, hash_len(alg), hex);
	assert_string_equal(hex, want);
}

static void test_hash(void **state)
{
	uint8_t one[SHA256_LEN], two[SHA256_LEN];
	struct hash *h = NULL;

	/* FIPS 180-4's "abc" and RFC 1321's */
	assert_hash(HASH_MD5, "900150983cd24fb0d6963f7d28e17f72");
	assert_hash(HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_hash(HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash(HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
				 "8086072ba1e7cc2358baeca134c825a7");
	assert_hash(HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
				 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	assert_int_equal(hash_sha256("abc", 3, one), 0);
	assert_int_equal(hash_sha256_two("a", 1, "bc", 2, two), 0);
	assert_memory_equal(one, two, SHA256_LEN);
	assert_int_equal(hash_new(0x1234, &h), -EOPNOTSUPP);
	assert_null(h);
	assert_int_equal(hash_len(0x1234), 0);
	assert_null(hash_name(0x1234));
	assert_string_equal(hash_name(HASH_SHA384), "sha384");
	hash_free(NULL);
}

static int setup(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader_numbers),
		cmocka_unit_test(test_reader_parts),
		cmocka_unit_test(test_reader_lines),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
