/* Who lets an image run: small images signed by a CA's leaf and by another key (tests/secureboot/make.py). */
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
#include "hash/authenticode.h"
#include "measure/efi/pe.h"
#include "measure/efi/secureboot_authority.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/uefi.h"
#include "siglist_sample.h"

static struct buffer ca, leaf, other, third, module, plain, signed_by_leaf, signed_twice, signed_by_module;
static const uint8_t owner[16] = { 0x77 };

static void read_part(const char *name, struct buffer *ret)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/secureboot/tiny%s", name);
	assert_int_equal(file_read(path, 1 << 20, NULL, ret), 0);
}

static int setup(void **state)
{
	read_part("-ca.der", &ca);
	read_part("-leaf.der", &leaf);
	read_part("-other.der", &other);
	read_part("-third.der", &third);
	read_part("-module.der", &module);
	read_part(".efi", &plain);
	read_part("-leaf.efi", &signed_by_leaf);
	read_part("-twice.efi", &signed_twice);
	read_part("-module.efi", &signed_by_module);
	return 0;
}

static int teardown(void **state)
{
	struct buffer *all[] = { &ca, &leaf, &other, &third, &module, &plain, &signed_by_leaf, &signed_twice,
				 &signed_by_module };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buffer_free(all[i]);
	return 0;
}

static void add_cert(struct buffer *b, const struct buffer *cert)
{
	siglist_add_one(b, siglist_type_x509, owner, cert->data, cert->len);
}

static void add_digest(struct buffer *b, const uint8_t type[16], const uint8_t digest[32])
{
	siglist_add_one(b, type, owner, digest, 32);
}

static struct sb_image image_of(const struct buffer *file)
{
	struct sb_image image = { .name = "image", .file = bytes_of(file) };

	assert_int_equal(pe_digest(&image.file, NULL, image.digest), 0);
	return image;
}

static int firmware(const struct buffer *file, const struct buffer *db, const struct buffer *dbx,
		    struct sb_authorities *ret)
{
	const struct sb_image image = image_of(file);
	const struct sb_vars vars = { .db = bytes_of(db), .dbx = bytes_of(dbx) };

	ret->n = 0;
	return sb_firmware_verify(&image, &vars, NULL, ret);
}

static int shim(const struct buffer *file, const struct sb_shim_lists *lists, struct sb_authorities *ret)
{
	const struct sb_image image = image_of(file);

	ret->n = 0;
	return sb_shim_verify(&image, lists, NULL, ret);
}

static void assert_authority(const struct sb_authorities *got, size_t i, const char *name,
			     const struct buffer *data, bool with_owner)
{
	struct reader r = got->a[i].data;

	assert_true(i < got->n);
	assert_string_equal(got->a[i].name, name);
	if (with_owner) {
		assert_memory_equal(r.at, owner, 16);
		assert_true(reader_skip(&r, 16));
	}
	assert_int_equal(r.left, data->len);
	assert_memory_equal(r.at, data->data, data->len);
}

static void test_firmware_order(void **state)
{
	struct buffer db = BUFFER_NONE, none = BUFFER_NONE;
	struct sb_authorities got;

	/*
	 * the first entry of db that fits the first signature that any fits; chains may end at a CA or at the
	 * leaf
	 */
	add_cert(&db, &other);
	assert_int_equal(firmware(&signed_by_leaf, &db, &none, &got), -EKEYREJECTED);
	assert_int_equal(got.n, 0);
	add_cert(&db, &ca);
	add_cert(&db, &leaf);
	assert_int_equal(firmware(&signed_by_leaf, &db, &none, &got), 0);
	assert_int_equal(got.n, 1);
	assert_authority(&got, 0, "db", &ca, true);
	assert_int_equal(firmware(&signed_twice, &db, &none, &got), 0);
	assert_int_equal(got.n, 1);
	assert_authority(&got, 0, "db", &ca, true);
	buffer_free(&db);
	add_cert(&db, &leaf);
	assert_int_equal(firmware(&signed_twice, &db, &none, &got), 0);
	assert_authority(&got, 0, "db", &leaf, true);
	buffer_free(&db);
	/* the image's own digest is looked for as soon as a signature was not good */
	add_digest(&db, siglist_type_sha256, image_of(&plain).digest);
	add_cert(&db, &other);
	assert_int_equal(firmware(&signed_twice, &db, &none, &got), 0);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.a[0].data.left, 16 + 32);
	buffer_free(&db);
	/* the second signature counts when the first does not */
	add_cert(&db, &other);
	assert_int_equal(firmware(&signed_twice, &db, &none, &got), 0);
	assert_authority(&got, 0, "db", &other, true);
	buffer_free(&db);
}

static void test_firmware_digest(void **state)
{
	struct buffer db = BUFFER_NONE, none = BUFFER_NONE;
	const struct sb_image image = image_of(&plain);
	struct sb_authorities got;

	assert_int_equal(firmware(&plain, &none, &none, &got), -EKEYREJECTED);
	add_digest(&db, siglist_type_sha256, image.digest);
	assert_int_equal(firmware(&plain, &db, &none, &got), 0);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.a[0].data.left, 16 + 32);
	assert_int_equal(firmware(&plain, &db, &db, &got), -EKEYREJECTED);
	buffer_free(&db);
}

static void tbs_digest(size_t i, uint8_t ret[32])
{
	const struct reader file = bytes_of(&signed_by_leaf);
	struct authenticode *sig;
	uint8_t whole[32];
	struct pe pe;

	assert_int_equal(pe_parse(&file, NULL, &pe), 0);
	assert_int_equal(authenticode_parse(&pe.signature[0], &sig), 0);
	assert_int_equal(authenticode_n_certs(sig), 2);
	assert_int_equal(authenticode_cert_digest(sig, i, whole, ret), 0);
	authenticode_free(sig);
}

static void test_firmware_denies(void **state)
{
	struct buffer db = BUFFER_NONE, dbx = BUFFER_NONE;
	struct sb_authorities got;
	uint8_t tbs[32];

	add_cert(&db, &ca);
	/* the CA, the leaf, or the digest of either's to-be-signed part */
	add_cert(&dbx, &leaf);
	assert_int_equal(firmware(&signed_by_leaf, &db, &dbx, &got), -EKEYREJECTED);
	assert_int_equal(got.n, 0);
	buffer_free(&dbx);
	add_cert(&dbx, &other);
	assert_int_equal(firmware(&signed_by_leaf, &db, &dbx, &got), 0);
	/* also when it signed second: every signature is held against dbx */
	assert_int_equal(firmware(&signed_twice, &db, &dbx, &got), -EKEYREJECTED);
	for (size_t i = 0; i < 2; i++) {
		buffer_free(&dbx);
		tbs_digest(i, tbs);
		add_digest(&dbx, siglist_type_x509_sha256, tbs);
		assert_int_equal(firmware(&signed_by_leaf, &db, &dbx, &got), -EKEYREJECTED);
	}
	buffer_free(&db);
	buffer_free(&dbx);
}

static void test_shim_measures_each(void **state)
{
	struct buffer db = BUFFER_NONE, mok = BUFFER_NONE;
	struct sb_vars vars = { .db = { NULL, 0 } };
	struct shim s = { .authorized = bytes_of(&leaf) };
	struct sb_shim_lists lists = { .vars = &vars, .shim = &s };
	struct sb_authorities got;

	/* nothing else fits: the built-in certificate, without an owner */
	assert_int_equal(shim(&signed_by_leaf, &lists, &got), 0);
	assert_int_equal(got.n, 1);
	assert_authority(&got, 0, "Shim", &leaf, false);
	add_cert(&mok, &other);
	add_cert(&mok, &ca);
	lists.mok_list = bytes_of(&mok);
	assert_int_equal(shim(&signed_twice, &lists, &got), 0);
	assert_int_equal(got.n, 2);
	assert_authority(&got, 0, "MokListRT", &ca, true);
	assert_authority(&got, 1, "MokListRT", &other, true);
	/* db comes first, unless the user wanted it ignored */
	add_cert(&db, &other);
	vars.db = bytes_of(&db);
	assert_int_equal(shim(&signed_twice, &lists, &got), 0);
	assert_authority(&got, 0, "MokListRT", &ca, true);
	assert_authority(&got, 1, "db", &other, true);
	vars.mok_ignore_db = reader_new("\1", 1);
	assert_int_equal(shim(&signed_twice, &lists, &got), 0);
	assert_authority(&got, 1, "MokListRT", &other, true);
	/* one signature denied: that is measured, the other still lets it run */
	lists.mok_list_x = bytes_of(&db);
	assert_int_equal(shim(&signed_twice, &lists, &got), 0);
	assert_int_equal(got.n, 2);
	assert_authority(&got, 0, "MokListRT", &ca, true);
	assert_authority(&got, 1, "MokListX", &other, true);
	/* both denied */
	lists.mok_list_x = bytes_of(&mok);
	assert_int_equal(shim(&signed_twice, &lists, &got), -EKEYREJECTED);
	buffer_free(&db);
	buffer_free(&mok);
}

/* Of one list with several certificates shim looks at the first only, the firmware at all. */
static void test_first_of_list(void **state)
{
	const struct buffer *const entries[] = { &third, &other };
	struct buffer db = BUFFER_NONE, none = BUFFER_NONE;
	struct shim s = { .authorized = { NULL, 0 } };
	struct sb_vars vars = { .db = { NULL, 0 } };
	const struct sb_shim_lists lists = { .vars = &vars, .shim = &s };
	struct sb_authorities got;

	assert_int_equal(third.len, other.len);
	siglist_add(&db, siglist_type_x509, owner, entries, 2);
	vars.db = bytes_of(&db);
	assert_int_equal(firmware(&signed_twice, &db, &none, &got), 0);
	assert_authority(&got, 0, "db", &other, true);
	assert_int_equal(shim(&signed_twice, &lists, &got), -EKEYREJECTED);
	buffer_free(&db);
}

/* A certificate for kernel modules lets no image run in shim's eyes; the firmware does not care. */
static void test_module_key(void **state)
{
	struct buffer db = BUFFER_NONE, none = BUFFER_NONE;
	struct shim s = { .authorized = { NULL, 0 } };
	struct sb_vars vars = { .db = { NULL, 0 } };
	const struct sb_shim_lists lists = { .vars = &vars, .shim = &s };
	struct sb_authorities got;

	add_cert(&db, &module);
	vars.db = bytes_of(&db);
	assert_int_equal(firmware(&signed_by_module, &db, &none, &got), 0);
	assert_int_equal(shim(&signed_by_module, &lists, &got), -EKEYREJECTED);
	buffer_free(&db);
}

/* The right digest, said to be of another algorithm. */
static void test_other_algorithm(void **state)
{
	static const uint8_t oid[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
				       0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
	const struct sb_image image = image_of(&plain);
	struct buffer changed = BUFFER_NONE;
	struct authenticode *sig;
	struct reader file;
	struct pe pe;
	uint8_t *at;

	buffer_add(&changed, signed_by_leaf.data, signed_by_leaf.len);
	at = memmem(changed.data, changed.len, oid, sizeof(oid));
	assert_non_null(at);
	file = bytes_of(&changed);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pe_parse(&file, NULL, &pe), 0);
		assert_int_equal(authenticode_parse(&pe.signature[0], &sig), 0);
		assert_int_equal(authenticode_covers(sig, image.digest), i == 0);
		authenticode_free(sig);
		at[8] = 6;
	}
	buffer_free(&changed);
}

static void test_forged(void **state)
{
	struct buffer db = BUFFER_NONE, none = BUFFER_NONE, forged = BUFFER_NONE;
	struct sb_authorities got;
	size_t wrong = 0;

	add_cert(&db, &leaf);
	buffer_add(&forged, signed_by_leaf.data, signed_by_leaf.len);
	/* the image is another one than was signed */
	forged.data[0x500] ^= 1;
	assert_int_equal(firmware(&forged, &db, &none, &got), -EKEYREJECTED);
	forged.data[0x500] ^= 1;
	/* any bit of the RSA signature at the end of the blob */
	for (size_t i = forged.len - 256; i < forged.len - 16; i += 7) {
		forged.data[i] ^= 1;
		if (firmware(&forged, &db, &none, &got) == -EKEYREJECTED)
			wrong++;
		forged.data[i] ^= 1;
	}
	assert_int_equal(wrong, 35);
	assert_int_equal(firmware(&forged, &db, &none, &got), 0);
	buffer_free(&forged);
	buffer_free(&db);
}

static void test_x509_names(void **state)
{
	const struct reader cert = bytes_of(&ca), for_modules = bytes_of(&module),
			    garbage = reader_new("0\x82\x01\x01x", 5);
	struct buffer name = BUFFER_NONE;

	assert_int_equal(authenticode_cert_add_name(&cert, &name), 0);
	assert_string_equal(buffer_str(&name), "bootseal test ca");
	assert_int_equal(authenticode_cert_add_name(&garbage, &name), -EBADMSG);
	assert_true(authenticode_cert_has_usage(&for_modules, "1.3.6.1.4.1.2312.16.1.2"));
	assert_false(authenticode_cert_has_usage(&cert, "1.3.6.1.4.1.2312.16.1.2"));
	buffer_free(&name);
}

/* A certificate in db with a byte behind it is not guessed at. */
static void test_bytes_behind_a_certificate(void **state)
{
	struct buffer db = BUFFER_NONE, none = BUFFER_NONE, longer = BUFFER_NONE;
	struct sb_authorities got;

	add_cert(&db, &leaf);
	assert_int_equal(firmware(&signed_by_leaf, &db, &none, &got), 0);
	buffer_free(&db);
	buffer_add(&longer, leaf.data, leaf.len);
	buffer_add_u8(&longer, 0);
	add_cert(&db, &longer);
	assert_int_equal(firmware(&signed_by_leaf, &db, &none, &got), -EKEYREJECTED);
	buffer_free(&db);
	buffer_free(&longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_firmware_order),
		cmocka_unit_test(test_firmware_digest),
		cmocka_unit_test(test_firmware_denies),
		cmocka_unit_test(test_shim_measures_each),
		cmocka_unit_test(test_first_of_list),
		cmocka_unit_test(test_module_key),
		cmocka_unit_test(test_other_algorithm),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_x509_names),
		cmocka_unit_test(test_bytes_behind_a_certificate),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
