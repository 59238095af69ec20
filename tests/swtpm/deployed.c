#include "deployed.h"

TPM2B_PUBLIC srk_of(bool is_rsa)
{
	const TPMT_SYM_DEF_OBJECT cipher = { .algorithm = TPM2_ALG_AES,
					     .keyBits.aes = 128,
					     .mode.aes = TPM2_ALG_CFB };
	TPM2B_PUBLIC p = { .publicArea = {
				   .type = is_rsa ? TPM2_ALG_RSA : TPM2_ALG_ECC,
				   .nameAlg = TPM2_ALG_SHA256,
				   .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
						       TPMA_OBJECT_SENSITIVEDATAORIGIN |
						       TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
						       TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
			   } };

	if (is_rsa)
		p.publicArea.parameters.rsaDetail = (TPMS_RSA_PARMS){ .symmetric = cipher,
								      .scheme.scheme = TPM2_ALG_NULL,
								      .keyBits = 2048 };
	else
		p.publicArea.parameters.eccDetail = (TPMS_ECC_PARMS){ .symmetric = cipher,
								      .scheme.scheme = TPM2_ALG_NULL,
								      .curveID = TPM2_ECC_NIST_P256,
								      .kdf.scheme = TPM2_ALG_NULL };
	return p;
}

void deployed_measure(struct swtpm *s)
{
	static const uint8_t pcrs[] = { 4, 7, 8, 9, 14 };
	uint8_t digest[SHA256_LEN];

	for (size_t i = 0; i < sizeof(pcrs); i++) {
		memset(digest, pcrs[i], sizeof(digest));
		swtpm_extend(s, pcrs[i], digest);
	}
}

uint32_t deployed_resets(struct swtpm *swtpm)
{
	TPMS_TIME_INFO *now = NULL;
	struct esys s;
	uint32_t n;

	esys_open(swtpm, &s);
	good(Esys_ReadClock(s.e, NONE, &now));
	n = now->clockInfo.resetCount;
	Esys_Free(now);
	esys_close(&s);
	return n;
}

static void parse(const TPM2B_PUBLIC *public, struct storage_key *ret)
{
	uint8_t bytes[sizeof(*public)];
	size_t n = 0;

	good(Tss2_MU_TPM2B_PUBLIC_Marshal(public, bytes, sizeof(bytes), &n));
	check_ok(storage_key_parse(bytes, n, &err, ret));
}

void deployed_primary(struct swtpm *swtpm, const TPM2B_PUBLIC *template, bool persist,
		      struct storage_key *ret)
{
	const TPM2B_SENSITIVE_CREATE no_auth = { .size = 0 };
	const TPM2B_DATA no_info = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR key, persistent;
	struct esys s;

	esys_open(swtpm, &s);
	good(Esys_CreatePrimary(s.e, ESYS_TR_RH_OWNER, PASSWORD, &no_auth, template, &no_info, &no_pcrs, &key,
				&public, NULL, NULL, NULL));
	if (persist)
		good(Esys_EvictControl(s.e, ESYS_TR_RH_OWNER, key, PASSWORD, SRK_HANDLE, &persistent));
	good(Esys_FlushContext(s.e, key));
	esys_close(&s);
	parse(public, ret);
	Esys_Free(public);
}

void deployed_tools(struct swtpm *s, const char *command, struct storage_key *ret)
{
	uint8_t bytes[STORAGE_KEY_FILE_MAX];
	char line[1024], path[80];
	FILE *file;
	size_t n;

	snprintf(line, sizeof(line), "cd %s && export TPM2TOOLS_TCTI=%s && %s", s->dir, s->tcti, command);
	if (system(line) != 0)
		fail_msg("%s", line);
	snprintf(path, sizeof(path), "%s/srk.pub", s->dir);
	file = fopen(path, "re");
	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	check_ok(storage_key_parse(bytes, n, &err, ret));
}

void deployed_seal(struct deployed *d, size_t n, size_t mine, uint32_t more)
{
	struct secret key = SECRET_NONE;
	struct deploy_request q = { .srk = &d->srk,
				    .key = &key,
				    .mask = SAMPLE_PCRS,
				    .resets = deployed_resets(&d->f.swtpm) + more,
				    .branches = d->f.branch,
				    .branch_count = n };

	fixture_branches(&d->f, n, mine);
	assert_int_equal(secret_new(sizeof(TEST_KEY) - 1, &key), 0);
	memcpy(key.bytes, TEST_KEY, key.len);
	check_ok(tpm_deploy(&q, &err, &d->sealed));
	secret_free(&key);
}

void deployed_start(struct deployed *d)
{
	*d = (struct deployed){ .f.t = NULL };
	swtpm_start(&d->f.swtpm);
	deployed_measure(&d->f.swtpm);
	check_ok(tpm_open(d->f.swtpm.tcti, &err, &d->f.t));
}

void deployed_stop(struct deployed *d)
{
	char path[80];

	tpm_close(d->f.t);
	/* nothing of ours stays in it */
	assert_int_equal(swtpm_handles(&d->f.swtpm, 0x80), 0);
	assert_int_equal(swtpm_handles(&d->f.swtpm, 0x02), 0);
	snprintf(path, sizeof(path), "%s/srk.pub", d->f.swtpm.dir);
	unlink(path);
	swtpm_stop(&d->f.swtpm);
}

void deployed_unlocks(struct deployed *d, unsigned int primaries)
{
	struct secret key = SECRET_NONE;

	check_ok(tpm_first_boot(d->f.t, &d->sealed, &err, &key));
	assert_string_equal(err.text, "");
	assert_int_equal(key.len, sizeof(TEST_KEY) - 1);
	assert_memory_equal(key.bytes, TEST_KEY, key.len);
	secret_free(&key);
	assert_int_equal(swtpm_handles(&d->f.swtpm, 0x80), primaries);
	assert_int_equal(swtpm_handles(&d->f.swtpm, 0x02), 1);
}

void deployed_refused(struct deployed *d, const struct first_boot_sealed *s, int expected, const char *words)
{
	struct secret key = SECRET_NONE;

	check_fails(tpm_first_boot(d->f.t, s, &err, &key), expected);
	assert_null(key.bytes);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
	assert_int_equal(swtpm_handles(&d->f.swtpm, 0x02), 0);
}
