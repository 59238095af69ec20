/* What is taken for the storage root key of another machine. Two files of tpm2_readpublic, and their changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "seal/tpm_storage_key.h"

struct file {
	uint8_t bytes[STORAGE_KEY_FILE_MAX + 8];
	size_t len;
};

static struct file rsa, ecc;

static void read_sample(const char *name, struct file *ret)
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "tests/corpus/storage_key/%s", name);
	f = fopen(path, "re");
	assert_non_null(f);
	ret->len = fread(ret->bytes, 1, sizeof(ret->bytes), f);
	fclose(f);
	assert_in_range(ret->len, 1, STORAGE_KEY_FILE_MAX);
}

static int setup(void **state)
{
	read_sample("rsa", &rsa);
	read_sample("ecc", &ecc);
	return 0;
}

static void refuse(const struct file *f, int expected, const char *words)
{
	struct storage_key k = { .x_len = 77 };
	struct error err = ERROR_NONE;

	assert_int_equal(storage_key_parse(f->bytes, f->len, &err, &k), expected);
	assert_int_equal(k.x_len, 77);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void good_ones(void **state)
{
	uint8_t digest[SHA256_LEN];
	struct error err = ERROR_NONE;
	struct storage_key k;

	assert_int_equal(storage_key_parse(rsa.bytes, rsa.len, &err, &k), 0);
	assert_true(k.is_rsa);
	assert_int_equal(k.rsa.n_len, 256);
	assert_memory_equal(k.rsa.n, rsa.bytes + 28, 256);
	assert_int_equal(k.rsa.e, 65537);
	assert_int_equal(storage_key_parse(ecc.bytes, ecc.len, &err, &k), 0);
	assert_false(k.is_rsa);
	assert_int_equal(k.x_len, 32);
	assert_memory_equal(k.x, ecc.bytes + 26, 32);
	assert_memory_equal(k.y, ecc.bytes + 60, 32);
	assert_int_equal(hash_sha256(ecc.bytes + 2, ecc.len - 2, digest), 0);
	assert_memory_equal(k.name.bytes, "\x00\x0b", 2);
	assert_memory_equal(k.name.bytes + 2, digest, SHA256_LEN);
}

/* noDA set, the exponent in full, a coordinate without its zeros in front */
static void other_spellings(void **state)
{
	struct error err = ERROR_NONE;
	struct storage_key k;
	struct file f = rsa;

	f.bytes[8] |= 0x04;
	memcpy(f.bytes + 22, "\x00\x01\x00\x01", 4);
	assert_int_equal(storage_key_parse(f.bytes, f.len, &err, &k), 0);
	assert_int_equal(k.rsa.e, 65537);
	f = ecc;
	f.bytes[1]--;
	f.bytes[25]--;
	memmove(f.bytes + 26, f.bytes + 27, f.len - 27);
	f.len--;
	assert_int_equal(storage_key_parse(f.bytes, f.len, &err, &k), 0);
	assert_int_equal(k.x_len, 31);
	assert_int_equal(k.x[0], 0);
	assert_memory_equal(k.x + 1, ecc.bytes + 27, 31);
}

static void others_are_refused(void **state)
{
	static const struct {
		const struct file *of;
		size_t at;
		uint8_t with; /* XOR */
		const char *words;
	} changes[] = {
		{ &rsa, 5, 0x07, "Name is not of SHA-256" },
		{ &rsa, 9, 0x02, "not fixed to its TPM" },
		{ &rsa, 9, 0x10, "not fixed to its parent" },
		{ &rsa, 9, 0x20, "its TPM did not make it" },
		{ &rsa, 9, 0x40, "not by a password" },
		{ &rsa, 9, 0x80, "a policy administrates it" },
		{ &rsa, 9, 0x04, "ends with the next start" },
		{ &rsa, 8, 0x08, "it can be duplicated" },
		{ &rsa, 7, 0x01, "it is not restricted" },
		{ &rsa, 7, 0x02, "it does not decrypt" },
		{ &rsa, 7, 0x04, "it signs" },
		{ &rsa, 6, 0x80, "an attribute that is not known" },
		{ &rsa, 15, 0x80, "not AES-128-CFB" },
		{ &rsa, 17, 0x01, "not AES-128-CFB" },
		{ &rsa, 20, 0x04, "not RSA-2048" },
		{ &rsa, 25, 0x03, "exponent is not 65537" },
		{ &ecc, 5, 0x07, "Name is not of SHA-256" },
		{ &ecc, 7, 0x01, "it is not restricted" },
		{ &ecc, 15, 0x80, "not AES-128-CFB" },
		{ &ecc, 21, 0x07, "not on the curve P-256" },
	};
	struct file f;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		f = *changes[i].of;
		f.bytes[changes[i].at] ^= changes[i].with;
		refuse(&f, -EOPNOTSUPP, changes[i].words);
	}
	f = rsa;
	f.bytes[28] &= 0x7f;
	refuse(&f, -EOPNOTSUPP, "not RSA-2048");
	read_sample("ecc384", &f);
	refuse(&f, -EOPNOTSUPP, "not on the curve P-256");
	read_sample("keyedhash", &f);
	refuse(&f, -EOPNOTSUPP, "neither RSA nor ECC");
	read_sample("ek", &f);
	refuse(&f, -EOPNOTSUPP, "not by a password");
}

static void what_is_none(void **state)
{
	struct file f;

	read_sample("pem", &f);
	refuse(&f, -EBADMSG, "'tpm2_readpublic -c 0x81000001 -o FILE'");
	f = rsa;
	for (f.len = 0; f.len < rsa.len; f.len++)
		refuse(&f, -EBADMSG, "not a TPM's public area");
	f.len = rsa.len + 1;
	refuse(&f, -EBADMSG, "not a TPM's public area");
	f.bytes[1]++;
	refuse(&f, -EBADMSG, "not a TPM's public area");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones),
		cmocka_unit_test(other_spellings),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(what_is_none),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
