/*
 * A TPM with what Azure's has: an attestation key, a storage key, and a report in an NV index; the report and
 * its certificates are those of unit/attest_sample.h. And TPMs that lack one of them, or have another.
 */
#include "esys.h"

#include "../unit/attest_sample.h"
#include "attest/attest_tpm.h"
#include "seal/tpm_attest.h"
#include "seal/tpm_srk_ensure.h"

#define INDEX_LEN 2048 /* bytes; as large as swtpm's can be, and as some of Azure's are */

static struct attest_keys keys;
static struct swtpm swtpm;
static struct tpm *t;

static const TPM2B_PUBLIC attestation_key = { .publicArea = {
	.type = TPM2_ALG_RSA,
	.nameAlg = TPM2_ALG_SHA256,
	.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
			    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |
			    TPMA_OBJECT_SIGN_ENCRYPT,
	.parameters.rsaDetail = {
		.symmetric.algorithm = TPM2_ALG_NULL,
		.scheme = { .scheme = TPM2_ALG_RSASSA, .details.rsassa.hashAlg = TPM2_ALG_SHA256 },
		.keyBits = 2048,
	},
} };

static void persist(const TPM2B_PUBLIC *template, uint32_t handle)
{
	const TPM2B_SENSITIVE_CREATE no_auth = { .size = 0 };
	const TPM2B_DATA no_info = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	ESYS_TR key, persistent;
	struct esys s;

	esys_open(&swtpm, &s);
	good(Esys_CreatePrimary(s.e, ESYS_TR_RH_OWNER, PASSWORD, &no_auth, template, &no_info, &no_pcrs, &key,
				NULL, NULL, NULL, NULL));
	good(Esys_EvictControl(s.e, ESYS_TR_RH_OWNER, key, PASSWORD, handle, &persistent));
	good(Esys_FlushContext(s.e, key));
	esys_close(&s);
}

static void evict(uint32_t handle)
{
	ESYS_TR none;
	struct esys s;

	esys_open(&swtpm, &s);
	good(Esys_EvictControl(s.e, ESYS_TR_RH_OWNER, esys_find(&s, handle), PASSWORD, handle, &none));
	esys_close(&s);
}

/* As much of it as there is; n: bytes of the index. */
static void define_report(const void *bytes, size_t n, TPMA_NV attributes)
{
	const TPM2B_AUTH no_auth = { .size = 0 };
	const TPM2B_NV_PUBLIC area = { .nvPublic = { .nvIndex = HCL_REPORT_INDEX,
						     .nameAlg = TPM2_ALG_SHA256,
						     .attributes = attributes | TPMA_NV_OWNERWRITE,
						     .dataSize = (UINT16)n } };
	TPM2B_MAX_NV_BUFFER data;
	struct esys s;
	ESYS_TR index;

	esys_open(&swtpm, &s);
	good(Esys_NV_DefineSpace(s.e, ESYS_TR_RH_OWNER, PASSWORD, &no_auth, &area, &index));
	for (size_t at = 0; bytes && at < n; at += data.size) {
		data.size = n - at < 700 ? (UINT16)(n - at) : 700;
		memcpy(data.buffer, (const uint8_t *)bytes + at, data.size);
		good(Esys_NV_Write(s.e, ESYS_TR_RH_OWNER, index, PASSWORD, &data, (UINT16)at));
	}
	esys_close(&s);
}

static void undefine_report(void)
{
	struct esys s;

	esys_open(&swtpm, &s);
	good(Esys_NV_UndefineSpace(s.e, ESYS_TR_RH_OWNER, esys_find(&s, HCL_REPORT_INDEX), PASSWORD));
	esys_close(&s);
}

/* The report of a CPU whose paravisor made this TPM. */
static void make_report(const struct rsa_public *ak, struct report_sample *ret)
{
	struct buffer json = BUFFER_NONE;

	report_sample_make(&keys, ret);
	claims_sample(ak, &json);
	report_sample_claims(ret, buffer_str(&json));
	report_sample_sign(&keys, ret);
	buffer_free(&json);
}

static int setup(void **state)
{
	struct report_sample report;
	struct rsa_public ak;
	struct tpm_name srk;

	swtpm_start(&swtpm);
	persist(&attestation_key, ATTEST_AK_HANDLE);
	check_ok(tpm_open(swtpm.tcti, &err, &t));
	check_ok(tpm_srk_ensure(t, &err, &srk, NULL));
	check_ok(tpm_attestation_key(t, ATTEST_AK_HANDLE, &err, &ak));
	make_report(&ak, &report);
	define_report(report.bytes, INDEX_LEN, TPMA_NV_OWNERREAD);
	return 0;
}

static int teardown(void **state)
{
	tpm_close(t);
	/* nothing of ours stays in it */
	assert_int_equal(swtpm_handles(&swtpm, 0x80), 0);
	assert_int_equal(swtpm_handles(&swtpm, 0x02), 0);
	swtpm_stop(&swtpm);
	return 0;
}

static enum attest_verdict judge(struct attest_result *ret)
{
	const struct attest_options o = { .now = SAMPLE_NOW, .lines = keys.lines };
	struct tpm_name srk, found;

	check_ok(attest_tpm(t, keys.certificate, 3, &o, &err, &srk, ret));
	if (tpm_srk(t, NULL, &found) == 0 && attest_find(ret, "storage key")->verdict == ATTEST_PASSED)
		assert_memory_equal(&srk, &found, sizeof(srk));
	return attest_conclusion(ret);
}

static void proven(void **state)
{
	static const uint8_t extended[SHA256_LEN] = { 1 };
	struct attest_result r;

	if (judge(&r) != ATTEST_PASSED)
		for (size_t i = 0; i < r.n; i++)
			print_message("%s: %s\n", r.check[i].name, r.check[i].text);
	assert_int_equal(attest_conclusion(&r), ATTEST_PASSED);
	attest_expect(&r, "nonce", ATTEST_PASSED, "so it is new");
	swtpm_extend(&swtpm, 7, extended);
	assert_int_equal(judge(&r), ATTEST_PASSED);
	assert_int_equal(swtpm_handles(&swtpm, 0x81), 2);
}

static void another_tpm(void **state)
{
	TPM2B_PUBLIC other = attestation_key;
	struct attest_result r;
	struct rsa_public ak;

	/* the report of one machine in the TPM of another */
	evict(ATTEST_AK_HANDLE);
	other.publicArea.unique.rsa.size = 256;
	other.publicArea.unique.rsa.buffer[0] = 1;
	persist(&other, ATTEST_AK_HANDLE);
	assert_int_equal(judge(&r), ATTEST_FAILED);
	attest_expect(&r, "attestation key", ATTEST_FAILED, "not the report's");
	attest_expect(&r, "quote", ATTEST_FAILED, "did not sign it");
	attest_expect(&r, "storage key", ATTEST_FAILED, "did not sign it");
	/* a key that signs whatever it is given is no attestation key */
	evict(ATTEST_AK_HANDLE);
	other.publicArea.objectAttributes &= ~(TPMA_OBJECT)TPMA_OBJECT_RESTRICTED;
	persist(&other, ATTEST_AK_HANDLE);
	check_fails(tpm_attestation_key(t, ATTEST_AK_HANDLE, &err, &ak), -EOPNOTSUPP);
	assert_int_equal(judge(&r), ATTEST_NOT_CHECKED);
	attest_expect(&r, "attestation key", ATTEST_NOT_CHECKED, "is no attestation key");
	evict(ATTEST_AK_HANDLE);
	assert_int_equal(judge(&r), ATTEST_NOT_CHECKED);
	attest_expect(&r, "quote", ATTEST_NOT_CHECKED, "no attestation key 0x81000003");
}

static void no_storage_key(void **state)
{
	struct attest_result r;

	evict(SRK_HANDLE);
	tpm_close(t);
	check_ok(tpm_open(swtpm.tcti, &err, &t));
	assert_int_equal(judge(&r), ATTEST_NOT_CHECKED);
	attest_expect(&r, "storage key", ATTEST_NOT_CHECKED, "TPM: ");
	attest_expect(&r, "quote", ATTEST_PASSED, "");
}

static void the_index(void **state)
{
	const struct attest_options o = { .now = SAMPLE_NOW, .lines = keys.lines };
	struct report_sample report;
	struct attest_result r;
	struct rsa_public ak;
	struct tpm_name srk;

	undefine_report();
	check_fails(attest_tpm(t, keys.certificate, 3, &o, &err, &srk, &r), -ENOENT);
	assert_non_null(strstr(err.text, "no report of a Confidential VM"));
	define_report(NULL, 700, TPMA_NV_OWNERREAD);
	check_fails(attest_tpm(t, keys.certificate, 3, &o, &err, &srk, &r), -ENODATA);
	undefine_report();
	/* read by its own, empty password; a size that is no multiple of anything */
	check_ok(tpm_attestation_key(t, ATTEST_AK_HANDLE, &err, &ak));
	make_report(&ak, &report);
	define_report(report.bytes, INDEX_LEN - 3, TPMA_NV_AUTHREAD);
	assert_int_equal(judge(&r), ATTEST_PASSED);
	undefine_report();
	define_report(report.bytes, INDEX_LEN, TPMA_NV_PPREAD | TPMA_NV_AUTHREAD);
	assert_int_equal(judge(&r), ATTEST_PASSED);
}

static int make_keys(void **state)
{
	attest_keys_make(&keys);
	return 0;
}

static int free_keys(void **state)
{
	attest_keys_free(&keys);
	return 0;
}

#define attest_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		attest_test(proven),
		attest_test(another_tpm),
		attest_test(no_storage_key),
		attest_test(the_index),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
