/* The storage root key: used as found, created where absent, never replaced. */
#include "esys.h"

#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/tpm_name.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_srk.h"
#include "seal/tpm_srk_ensure.h"
#include "seal/tpm_window.h"

static struct swtpm swtpm;
static struct tpm *t;

static int setup(void **state)
{
	swtpm_start(&swtpm);
	check_ok(tpm_open(swtpm.tcti, &err, &t));
	return 0;
}

static int teardown(void **state)
{
	tpm_close(t);
	swtpm_stop(&swtpm);
	return 0;
}

#define STORAGE                                                                             \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED)

/* What firmware or another program may have put at our handle. */
static void persist_with(const TPM2B_PUBLIC *template, const char *password)
{
	TPM2B_SENSITIVE_CREATE auth = { .size = 0 };
	const TPM2B_DATA no_info = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	ESYS_TR key, persistent;
	struct esys s;

	auth.sensitive.userAuth.size = strlen(password);
	memcpy(auth.sensitive.userAuth.buffer, password, strlen(password));
	esys_open(&swtpm, &s);
	good(Esys_CreatePrimary(s.e, ESYS_TR_RH_OWNER, PASSWORD, &auth, template, &no_info, &no_pcrs,
				&key, NULL, NULL, NULL, NULL));
	good(Esys_EvictControl(s.e, ESYS_TR_RH_OWNER, key, PASSWORD, SRK_HANDLE, &persistent));
	good(Esys_FlushContext(s.e, key));
	esys_close(&s);
}

static void persist(const TPM2B_PUBLIC *template)
{
	persist_with(template, "");
}

static void set_owner_password(void)
{
	const TPM2B_AUTH auth = { .size = 6, .buffer = "secret" };
	struct esys s;

	esys_open(&swtpm, &s);
	good(Esys_HierarchyChangeAuth(s.e, ESYS_TR_RH_OWNER, PASSWORD, &auth));
	esys_close(&s);
}

/* As Azure ships it */
static const TPM2B_PUBLIC rsa = { .publicArea = {
	.type = TPM2_ALG_RSA,
	.nameAlg = TPM2_ALG_SHA256,
	.objectAttributes = STORAGE | TPMA_OBJECT_NODA | TPMA_OBJECT_DECRYPT,
	.parameters.rsaDetail = {
		.symmetric = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB },
		.scheme.scheme = TPM2_ALG_NULL, .keyBits = 2048,
	},
} };

static void test_absent(void **state)
{
	struct tpm_name name;

	check_fails(tpm_srk(t, &err, &name), -ENOENT);
	assert_int_equal(swtpm_handles(&swtpm, 0x81), 0);
}

static void test_is_created_once(void **state)
{
	struct tpm_name first, second, found;

	check_ok(tpm_srk_ensure(t, &err, &first, NULL));
	assert_int_equal(swtpm_handles(&swtpm, 0x81), 1);
	check_ok(tpm_srk_ensure(t, &err, &second, NULL));
	assert_memory_equal(&first, &second, sizeof(first));
	swtpm_reboot(&swtpm);
	check_ok(tpm_srk(t, &err, &found));
	assert_memory_equal(&first, &found, sizeof(first));
	assert_int_equal(swtpm_handles(&swtpm, 0x81), 1);
	assert_int_equal(swtpm_handles(&swtpm, 0x80), 0);
}

/* tpm2-tools, asked for the TCG's template in its own words, makes the same key. */
static void test_is_the_tcg_template(void **state)
{
	struct tpm_name name;
	char command[1024], hex[2 * TPM_NAME_LEN + 2] = "";
	FILE *p;

	check_ok(tpm_srk_ensure(t, &err, &name, NULL));
	snprintf(command, sizeof(command),
		 "cd %s && export TPM2TOOLS_TCTI=%s && head -c 64 /dev/zero | "
		 "tpm2_createprimary -Q -C o -g sha256 -G ecc256:null:aes128cfb -u - -c primary "
		 "-a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt' && "
		 "tpm2_readpublic -Q -c primary -n name && od -An -v -tx1 name | tr -d ' \\n'",
		 swtpm.dir, swtpm.tcti);
	p = popen(command, "r");
	assert_non_null(p);
	assert_non_null(fgets(hex, sizeof(hex), p));
	assert_int_equal(pclose(p), 0);
	for (size_t i = 0; i < TPM_NAME_LEN; i++) {
		unsigned int byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		assert_int_equal(byte, name.bytes[i]);
	}
}

static void test_rsa_is_used_as_found(void **state)
{
	struct fixture f = { .swtpm = swtpm, .t = t };
	struct tpm_name before;

	persist(&rsa);
	check_ok(tpm_srk(t, &err, &before));
	check_ok(tpm_srk_ensure(t, &err, &f.srk, NULL));
	assert_memory_equal(&before, &f.srk, sizeof(before));
	assert_int_equal(swtpm_handles(&swtpm, 0x81), 1);
	fixture_authority(&f.key, &f.authority);
	check_ok(index_create(t, &f.authority, &err, &f.handle));
	assert_int_equal(index_name(f.handle, &f.authority, true, &f.index), 0);
	fixture_branches(&f, 2, 1);
	fixture_policy(&f);
	fixture_seal(&f);
	fixture_unseals(&f, 1);
	check_ok(tpm_close_window(t, &f.srk, "bootseal test", false, &err));
	fixture_clean(&f, 0);
	buffer_free(&f.object);
	p256_free(f.key);
}

static void test_another_kind_of_key_is_refused(void **state)
{
	static const TPM2B_PUBLIC signing = { .publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = STORAGE | TPMA_OBJECT_SIGN_ENCRYPT,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = { .scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
			.curveID = TPM2_ECC_NIST_P256, .kdf.scheme = TPM2_ALG_NULL,
		},
	} };
	struct tpm_name name;

	persist(&signing);
	check_fails(tpm_srk_ensure(t, &err, &name, NULL), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "it is ECC on curve 0x0003, no storage key; it must be"));
	assert_non_null(strstr(err.text, "'tpm2_evictcontrol -C o -c 0x81000001' removes it"));
	assert_int_equal(swtpm_handles(&swtpm, 0x81), 1);
}

static void test_longer_key_is_refused(void **state)
{
	TPM2B_PUBLIC longer = rsa;
	struct tpm_name name;

	longer.publicArea.parameters.rsaDetail.keyBits = 3072;
	persist(&longer);
	check_fails(tpm_srk_ensure(t, &err, &name, NULL), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "it is RSA-3072; it must be"));
}

/* Before anything else is written: an index for a key that cannot be sealed would stay behind. */
static void test_password_is_noticed(void **state)
{
	struct tpm_name name;

	persist_with(&rsa, "foo");
	check_fails(tpm_srk_ensure(t, &err, &name, NULL), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "the key at 0x81000001 has a password"));
	assert_int_equal(swtpm_handles(&swtpm, 0x01), 0);
	assert_int_equal(swtpm_handles(&swtpm, 0x80), 0);
}

static void test_sha384_name_is_refused(void **state)
{
	TPM2B_PUBLIC other = rsa;
	struct tpm_name name;

	other.publicArea.nameAlg = TPM2_ALG_SHA384;
	persist(&other);
	check_fails(tpm_srk_ensure(t, &err, &name, NULL), -EOPNOTSUPP);
	assert_int_equal(swtpm_handles(&swtpm, 0x81), 1);
}

/* It is looked up again each time: the TPM may have been cleared meanwhile. */
static void test_goes_away(void **state)
{
	struct tpm_name name;
	struct esys s;
	ESYS_TR srk, none;

	check_ok(tpm_srk_ensure(t, &err, &name, NULL));
	esys_open(&swtpm, &s);
	srk = esys_find(&s, SRK_HANDLE);
	good(Esys_EvictControl(s.e, ESYS_TR_RH_OWNER, srk, PASSWORD, 0, &none));
	esys_close(&s);
	check_fails(tpm_srk(t, &err, &name), -ENOENT);
}

static void test_owner_password(void **state)
{
	struct tpm_name name;
	struct p256 *key;
	struct authority a;
	uint32_t handle;

	fixture_authority(&key, &a);
	set_owner_password();
	check_fails(tpm_srk_ensure(t, &err, &name, NULL), -EPERM);
	assert_non_null(strstr(err.text, "owner password"));
	check_fails(index_create(t, &a, &err, &handle), -EPERM);
	assert_int_equal(swtpm_handles(&swtpm, 0x80), 0);
	p256_free(key);
}

static void test_no_tpm(void **state)
{
	struct tpm *none = NULL;

	check_fails(tpm_open("device:/dev/no-such-tpm", &err, &none), -ENODEV);
	check_fails(tpm_open("swtpm:path=/nowhere/tpm", &err, &none), -ENODEV);
	check_fails(tpm_open("mssim:", &err, &none), -EINVAL);
	assert_null(none);
	tpm_close(none);
}

static void test_tpm_12(void **state)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct tpm *old = NULL;
	struct swtpm s;

	swtpm_start_12(&s);
	check_ok(tpm_open(s.tcti, &err, &old));
	check_fails(tpm_pcrs(old, SAMPLE_PCRS, &err, pcrs), -ENODEV);
	assert_non_null(strstr(err.text, "this is a TPM 1.2, and bootseal needs a TPM 2.0"));
	tpm_close(old);
	swtpm_stop(&s);
}

static void test_tpm_goes_away(void **state)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	int r;

	check_ok(tpm_pcrs(t, SAMPLE_PCRS, &err, pcrs));
	swtpm_end(&swtpm);
	r = tpm_pcrs(t, SAMPLE_PCRS, &err, pcrs);
	assert_true(r == -EIO || r == -ENODEV);
	assert_true(err.text[0]);
	swtpm_run(&swtpm);
	check_ok(tpm_pcrs(t, SAMPLE_PCRS, &err, pcrs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_is_created_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_is_the_tcg_template, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rsa_is_used_as_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_kind_of_key_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_longer_key_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_password_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sha384_name_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_goes_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner_password, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_tpm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tpm_12, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tpm_goes_away, setup, teardown),
	};

	return cmocka_run_group_tests_name("srk", tests, NULL, NULL);
}
