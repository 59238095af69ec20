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
#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/secureboot_vars.h"
#include "measure/efi/shim.h"
#include "measure/efi/uefi.h"
#include "pe_sample.h"

#define ORIGINAL "sbat,1,2021030218\n"
#define AUTOMATIC "sbat,1,2025021800\nshim,4\ngrub,5\n"
#define LATEST "sbat,1,2025051000\nshim,4\ngrub,5\ngrub.proxmox,2\n"

static struct reader text(const char *s)
{
	return reader_new(s, strlen(s));
}

static struct reader bytes_of(const struct buffer *b)
{
	return reader_new(b->data, b->len);
}

/* A .vendor_cert section of these two parts, for another file each time: `salt` goes to .text. */
static void make_shim(const struct reader *cert, const struct reader *dbx, const char *salt,
		      struct buffer *file, struct shim *ret)
{
	static const char debian[] = "sbat,1,S,sbat,1,u\nshim,4,U,shim,1,u\nshim.debian,1,D,shim,15.8,u\n";
	static const char ubuntu[] = "sbat,1,S,sbat,1,u\nshim,4,U,shim,1,u\nshim.ubuntu,1,U,shim,15.8-0,u\n";
	const char *sbat = strcmp(salt, "ubuntu") == 0 ? ubuntu : debian;
	struct sample_section sections[3] = { { ".text", salt, strlen(salt) } };
	struct buffer vendor = BUFFER_NONE;
	struct reader r;
	struct pe pe;

	buffer_add_le32(&vendor, cert->left);
	buffer_add_le32(&vendor, dbx->left);
	buffer_add_le32(&vendor, 16);
	buffer_add_le32(&vendor, 16 + cert->left);
	buffer_add(&vendor, cert->at, cert->left);
	buffer_add(&vendor, dbx->at, dbx->left);
	sections[1] = (struct sample_section){ ".vendor_cert", vendor.data, vendor.len };
	sections[2] = (struct sample_section){ ".sbat", sbat, strlen(sbat) };
	sample_pe(sections, 3, NULL, file);
	buffer_free(&vendor);
	r = bytes_of(file);
	assert_int_equal(pe_parse(&r, NULL, &pe), 0);
	assert_true(shim_is(&pe));
	assert_int_equal(shim_parse(&pe, NULL, ret), 0);
}

static void add_own(struct buffer *b, const uint8_t type[16], const void *data, size_t n)
{
	buffer_add(b, type, 16);
	buffer_add_le32(b, 28 + 16 + n);
	buffer_add_le32(b, 0);
	buffer_add_le32(b, 16 + n);
	buffer_add(b, uefi_guid_shim_lock, 16);
	buffer_add(b, data, n);
}

static void assert_bytes(const struct buffer *got, const struct buffer *want)
{
	assert_int_equal(got->len, want->len);
	assert_memory_equal(got->data, want->data, want->len);
}

static void test_real(void **state)
{
	struct buffer vendor = BUFFER_NONE, sbat = BUFFER_NONE, file = BUFFER_NONE;
	struct sample_section sections[2];
	struct reader r, cert;
	struct shim s;
	struct pe pe;

	assert_int_equal(file_read("tests/secureboot/debian12-shim.vendor_cert", 65536, NULL, &vendor), 0);
	assert_int_equal(file_read("tests/secureboot/debian12-shim.sbatlevel", 65536, NULL, &sbat), 0);
	sections[0] = (struct sample_section){ ".vendor_cert", vendor.data, vendor.len };
	sections[1] = (struct sample_section){ ".sbatlevel", sbat.data, sbat.len };
	sample_pe(sections, 2, NULL, &file);
	r = bytes_of(&file);
	assert_int_equal(pe_parse(&r, NULL, &pe), 0);
	assert_int_equal(shim_parse(&pe, NULL, &s), 0);
	assert_true(reader_equals(&s.sbat_automatic, AUTOMATIC));
	assert_true(reader_equals(&s.sbat_latest, LATEST));
	assert_true(shim_vendor_cert(&s, &cert));
	assert_int_equal(cert.left, 930);
	assert_int_equal(s.deauthorized.left, 8664);
	buffer_free(&file);
	buffer_free(&vendor);
	buffer_free(&sbat);
}

static void test_evil_sections(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
	} evil[] = {
		{ ".vendor_cert", "\0\0\0", 3 },
		{ ".vendor_cert", "\1\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0", 16 },
		{ ".vendor_cert", "\xff\xff\xff\xff\0\0\0\0\x10\0\0\0\x10\0\0\0", 16 },
		{ ".vendor_cert", "\1\0\0\0\0\0\0\0\xff\xff\xff\xff\x10\0\0\0", 16 },
		{ ".vendor_cert", "\0\0\0\0\1\0\0\0\x10\0\0\0\x10\0\0\0", 16 },
		{ ".sbatlevel", "\0\0\0", 3 },
		{ ".sbatlevel", "\0\0\0\0\x08\0\0\0", 8 },
		{ ".sbatlevel", "\0\0\0\0\x08\0\0\0\x08\0\0\0x", 13 },
		{ ".sbatlevel", "\0\0\0\0\xff\xff\xff\xff\x08\0\0\0x", 14 },
	};
	static const char good[16] = "\0\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0";
	struct sample_section sections[2];
	struct error err = ERROR_NONE;
	struct buffer file;
	struct reader r;
	struct shim s;
	struct pe pe;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		sections[0] = (struct sample_section){ ".vendor_cert", good, sizeof(good) };
		sections[1] = (struct sample_section){ ".text", "x", 1 };
		sections[strcmp(evil[i].name, ".sbatlevel") == 0] =
			(struct sample_section){ evil[i].name, evil[i].bytes, evil[i].n };
		sample_pe(sections, 2, NULL, &file);
		r = bytes_of(&file);
		assert_int_equal(pe_parse(&r, NULL, &pe), 0);
		assert_int_equal(shim_parse(&pe, &err, &s), -EBADMSG);
		assert_non_null(strstr(err.text, evil[i].name));
		buffer_free(&file);
	}
	sections[0] = (struct sample_section){ ".vendor_cert", good, sizeof(good) };
	sections[1] = (struct sample_section){ ".sbatlevel", "\1\0\0\0", 4 };
	sample_pe(sections, 2, NULL, &file);
	r = bytes_of(&file);
	assert_int_equal(pe_parse(&r, NULL, &pe), 0);
	assert_int_equal(shim_parse(&pe, &err, &s), -EOPNOTSUPP);
	buffer_free(&file);
}

static void assert_level(const struct shim *s, const char *current, const char *policy, bool secure,
			 const char *want)
{
	/* a variable that was not looked for, and one that is known not to exist */
	const struct reader none[] = { { NULL, 0 }, sb_absent() };
	struct shim_sbat before = { .secure = secure };
	struct reader got;

	for (size_t i = 0; i < 2; i++) {
		before.level = current ? text(current) : none[i];
		before.policy = policy ? text(policy) : none[i];
		assert_int_equal(shim_sbat_level(s, &before, NULL, &got), 0);
		assert_int_equal(got.left, strlen(want));
		assert_memory_equal(got.at, want, got.left);
	}
}

/* sbat.c, set_sbat_uefi_variable() */
static void test_sbat_level(void **state)
{
	const struct shim s = { .sbat_automatic = text(AUTOMATIC), .sbat_latest = text(LATEST) };
	const struct shim odd = { .sbat_automatic = text("sbat,1,2025021809\n") };
	const struct shim old = { .sbat_automatic = { NULL, 0 } };
	const struct shim_sbat before = { text(ORIGINAL), { NULL, 0 }, true };
	struct error err = ERROR_NONE;
	struct reader got;

	assert_level(&s, NULL, NULL, true, AUTOMATIC);
	assert_level(&s, "", NULL, true, AUTOMATIC);
	assert_level(&s, ORIGINAL, NULL, true, AUTOMATIC);
	assert_level(&s, AUTOMATIC, NULL, true, AUTOMATIC);
	/* the same date with another text stays, as does a newer one */
	assert_level(&s, "sbat,1,2025021800\nshim,9\n", NULL, true, "sbat,1,2025021800\nshim,9\n");
	assert_level(&s, LATEST, NULL, true, LATEST);
	/* dates that differ in their last digit */
	assert_level(&odd, "sbat,1,2025021808\n", NULL, true, "sbat,1,2025021809\n");
	assert_level(&s, "sbat,2,2021030218\n", NULL, true, "sbat,2,2021030218\n");
	assert_level(&s, "sbat,10,2021030218\n", NULL, true, "sbat,10,2021030218\n");
	assert_level(&s, "sbut,2,2026030218\n", NULL, true, AUTOMATIC);
	assert_level(&s, "sbat,1,20", NULL, true, AUTOMATIC);
	/* mokutil --set-sbat-policy latest, previous, delete */
	assert_level(&s, AUTOMATIC, "\1", true, LATEST);
	assert_level(&s, AUTOMATIC, "\2", true, AUTOMATIC);
	assert_level(&s, LATEST, "\3", true, LATEST);
	assert_level(&s, LATEST, "\3", false, ORIGINAL);
	assert_level(&s, LATEST, NULL, false, ORIGINAL);
	/* a shim from before .sbatlevel */
	assert_int_equal(shim_sbat_level(&old, &before, &err, &got), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "older than 15.6"));
}

static void test_lists(void **state)
{
	static const char certificate[] = "0\x82\x00\x01x", renewed[] = "0\x82\x00\x02yz";
	const struct reader cert = reader_new(certificate, 5), cert2 = reader_new(renewed, 6),
			    none = { NULL, 0 };
	const struct reader *const no_mirror = &none;
	struct buffer f1, f2, f3, mirror = BUFFER_NONE, want = BUFFER_NONE, got, dbx = BUFFER_NONE;
	const uint8_t users[32] = { 7 }, zeros[32] = { 0 };
	struct shim s, newer, keyless;
	struct reader m, x;

	add_own(&dbx, siglist_type_sha256, users, 32);
	x = bytes_of(&dbx);
	make_shim(&cert, &x, "one", &f1, &s);
	make_shim(&cert2, &none, "two", &f2, &newer);
	make_shim(&none, &none, "three", &f3, &keyless);

	/* MokList: the certificate as a list, then the user's */
	add_own(&mirror, siglist_type_x509, certificate, 5);
	add_own(&want, siglist_type_x509, renewed, 6);
	assert_int_equal(shim_mok_list(&s, &s, no_mirror, NULL, &got), 0);
	assert_bytes(&got, &mirror);
	buffer_free(&got);
	add_own(&mirror, siglist_type_sha256, users, 32);
	add_own(&want, siglist_type_sha256, users, 32);
	m = bytes_of(&mirror);
	assert_int_equal(shim_mok_list(&s, &s, &m, NULL, &got), 0);
	assert_bytes(&got, &mirror);
	buffer_free(&got);
	assert_int_equal(shim_mok_list(&newer, &s, &m, NULL, &got), 0);
	assert_bytes(&got, &want);
	buffer_free(&got);
	/* the mirror of another shim */
	assert_int_equal(shim_mok_list(&s, &newer, &m, NULL, &got), -EOPNOTSUPP);
	m.left = 10;
	assert_int_equal(shim_mok_list(&s, &s, &m, NULL, &got), -EOPNOTSUPP);

	/* MokListX: the unchanged database, or one digest of zeros when there is none */
	m = bytes_of(&dbx);
	buffer_free(&want);
	add_own(&want, siglist_type_sha256, zeros, 32);
	assert_int_equal(shim_mok_list_x(&s, &s, &m, NULL, &got), 0);
	assert_bytes(&got, &dbx);
	buffer_free(&got);
	assert_int_equal(shim_mok_list_x(&newer, &s, &m, NULL, &got), 0);
	assert_bytes(&got, &want);
	buffer_free(&got);
	m = bytes_of(&want);
	assert_int_equal(shim_mok_list_x(&s, &keyless, &m, NULL, &got), 0);
	assert_bytes(&got, &dbx);
	buffer_free(&got);
	buffer_free(&f1);
	buffer_free(&f2);
	buffer_free(&f3);
	buffer_free(&dbx);
	buffer_free(&want);
	buffer_free(&mirror);
}

/* Ubuntu's shim has a list of its own and leaves it out of MokListX; one shim may take the other's place. */
static void test_hidden_list(void **state)
{
	static const char certificate[] = "0\x82\x00\x01x";
	const struct reader cert = reader_new(certificate, 5);
	struct buffer f1, f2, none = BUFFER_NONE, got, dbx = BUFFER_NONE;
	const uint8_t digest[32] = { 7 }, zeros[32] = { 0 };
	struct shim debian, ubuntu;
	struct reader m, x;

	add_own(&dbx, siglist_type_sha256, digest, 32);
	add_own(&none, siglist_type_sha256, zeros, 32);
	x = bytes_of(&dbx);
	make_shim(&cert, &x, "one", &f1, &debian);
	make_shim(&cert, &x, "ubuntu", &f2, &ubuntu);
	m = bytes_of(&none);
	assert_int_equal(shim_mok_list_x(&ubuntu, &ubuntu, &m, NULL, &got), 0);
	assert_bytes(&got, &none);
	buffer_free(&got);
	assert_int_equal(shim_mok_list_x(&debian, &ubuntu, &m, NULL, &got), 0);
	assert_bytes(&got, &dbx);
	buffer_free(&got);
	m = bytes_of(&dbx);
	assert_int_equal(shim_mok_list_x(&ubuntu, &debian, &m, NULL, &got), 0);
	assert_bytes(&got, &none);
	buffer_free(&got);
	buffer_free(&f1);
	buffer_free(&f2);
	buffer_free(&dbx);
	buffer_free(&none);
}

/* Ubuntu's shim has the key of its own build in its data: the next build's is not to be found. */
static void test_build_key(void **state)
{
	static const char certificate[] = "0\x82\x00\x01x";
	const struct reader cert = reader_new(certificate, 5), none = { NULL, 0 };
	struct buffer f1, f2, mirror = BUFFER_NONE, got;
	struct error err = ERROR_NONE;
	struct shim s, newer;
	struct reader m;

	make_shim(&cert, &none, "code and the key of this build", &f1, &s);
	make_shim(&cert, &none, "code and another key", &f2, &newer);
	add_own(&mirror, siglist_type_x509, certificate, 5);
	add_own(&mirror, siglist_type_x509, "the key of this build", 21);
	m = bytes_of(&mirror);
	assert_int_equal(shim_mok_list(&s, &s, &m, &err, &got), 0);
	assert_bytes(&got, &mirror);
	buffer_free(&got);
	assert_int_equal(shim_mok_list(&newer, &s, &m, &err, &got), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "key of its own"));
	buffer_free(&f1);
	buffer_free(&f2);
	buffer_free(&mirror);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_evil_sections),
		cmocka_unit_test(test_sbat_level),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_hidden_list),
		cmocka_unit_test(test_build_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
