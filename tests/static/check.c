/*
 * What is in the static program and nowhere else: mbedTLS and nettle under the hashes and libcryptsetup, our
 * patch to tpm2-tss, our glue. Linked as bootseal-unlock is. Prints TAP; `check open IMAGE KEYSLOT
 * PASSPHRASE` instead says by its exit code whether libcryptsetup opens that keyslot, `check sessions ADDRESS
 * N` whether N salted sessions with an swtpm work, and `check pbkdf2 ITERATIONS` prints how many microseconds
 * that takes.
 */
#include <libcryptsetup.h>

#include <errno.h>
#include <link.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/entropy.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tcti_swtpm.h>
#include <unistd.h>

#include "hash/mac.h"

/* not in any installed header of their libraries */
int crypt_pbkdf(const char *kdf, const char *hash, const char *password, size_t password_length,
		const char *salt, size_t salt_length, char *key, size_t key_length, uint32_t iterations,
		uint32_t memory, uint32_t parallel);
int mbedtls_hardware_poll(void *data, unsigned char *ret, size_t len, size_t *ret_len);
TSS2_RC iesys_cryptmbed_get_ecdh_point(TPM2B_PUBLIC *key, size_t max_out_size, TPM2B_ECC_PARAMETER *z,
				       TPMS_ECC_POINT *q, BYTE *out, size_t *out_size, void *user);
extern ElfW(Dyn) _DYNAMIC[]; /* by the linker; in the part that becomes read-only */
typedef const uint8_t *compress(uint32_t *state, const uint32_t *k, size_t blocks, const uint8_t *data);
compress _nettle_sha256_compress_n_x86_64, _nettle_sha256_compress_n;
void uuid_unparse(const unsigned char uuid[16], char *ret);
int uuid_parse(const char *text, unsigned char ret[16]);

static int count, failures;

static void ok(bool good, const char *what)
{
	count++;
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", count, what);
}

static bool is_hex(const uint8_t *bytes, size_t n, const char *hex)
{
	char text[2 * HASH_MAX_LEN + 1] = "";
	size_t i;

	for (i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return strcmp(text, hex) == 0;
}

/* FIPS 180's examples */
static void check_hashes(void)
{
	static const struct {
		enum hash_alg alg;
		const char *abc;
	} known[] = {
		{ HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			       "8086072ba1e7cc2358baeca134c825a7" },
		{ HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	uint8_t digest[HASH_MAX_LEN];
	char what[40];
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		snprintf(what, sizeof(what), "%s of abc", hash_name(known[i].alg));
		ok(hash_once(known[i].alg, "abc", 3, digest) == 0 &&
			   is_hex(digest, hash_len(known[i].alg), known[i].abc), what);
	}
	ok(hash_once(HASH_MD5, "abc", 3, digest) == -EOPNOTSUPP, "md5 is the tool's only");
}

/* Nothing is left where the functions that were called before had their variables. */
static __attribute__((noinline)) bool stack_is_wiped(void)
{
	const volatile uint8_t *top = __builtin_frame_address(0);

	for (int at = -3000; at < -256; at++)
		if (top[at])
			return false;
	return true;
}

/* The same and RFC 4231, 4.3, by src/hash/mac_static.c. */
static void check_mac(void)
{
	const struct pbkdf2_input in = { (const uint8_t *)"Password", 8, (const uint8_t *)"NaCl", 4, 80000 };
	uint8_t key[SHA256_LEN];

	ok(pbkdf2_sha256(&in, key) == 0 && stack_is_wiped(), "PBKDF2 leaves nothing on the stack");
	ok(is_hex(key, 32, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"),
	   "PBKDF2-SHA-256 of a PIN");
	ok(hmac_sha256((const uint8_t *)"Jefe", 4, "what do ya want for nothing?", 28, key) == 0 &&
		   is_hex(key, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
	   "HMAC-SHA-256");
}

/*
 * RFC 7914 section 11, and the same sum by mbedTLS's code for SHA-512 (RFC 6070's inputs, value by OpenSSL).
 */
static void check_pbkdf2(void)
{
	uint8_t key[64];

	ok(crypt_pbkdf("pbkdf2", "sha256", "passwd", 6, "salt", 4, (char *)key, 64, 1, 0, 0) == 0 &&
		   is_hex(key, 64, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
				   "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"),
	   "PBKDF2-SHA-256, 1 iteration");
	ok(crypt_pbkdf("pbkdf2", "sha256", "Password", 8, "NaCl", 4, (char *)key, 64, 80000, 0, 0) == 0 &&
		   is_hex(key, 64, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
				   "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"),
	   "PBKDF2-SHA-256, 80000 iterations");
	check_mac();
	ok(crypt_pbkdf("pbkdf2", "sha512", "password", 8, "salt", 4, (char *)key, 64, 2, 0, 0) == 0 &&
		   is_hex(key, 64, "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c"
				   "f76cab2868a39b9f7840edce4fef5a82be67335c77a6068e04112754f27ccf4e"),
	   "PBKDF2-SHA-512, 2 iterations");
	ok(crypt_pbkdf("pbkdf2", "sha256", "a", 1, "b", 1, (char *)key, 32, 0, 0, 0) < 0,
	   "no iterations is an error");
	ok(crypt_pbkdf("argon2id", NULL, "a", 1, "saltsalt", 8, (char *)key, 32, 4, 1024, 1) < 0,
	   "Argon2 is left out");
}

/* The code for processors with and without the SHA instructions must agree; here they may be the same. */
static void check_compression(void)
{
	uint32_t one[8] = { 1, 2, 3 }, two[8] = { 1, 2, 3 }, k[64] __attribute__((aligned(16)));
	uint8_t data[256];
	size_t i;

	for (i = 0; i < 64; i++)
		k[i] = 0x9e3779b9u * i;
	for (i = 0; i < sizeof(data); i++)
		data[i] = i;
	_nettle_sha256_compress_n(one, k, 4, data);
	_nettle_sha256_compress_n_x86_64(two, k, 4, data);
	ok(memcmp(one, two, sizeof(one)) == 0, "SHA-256 with and without SHA instructions agree");
}

static int poll_entropy(void *data, unsigned char *ret, size_t n)
{
	size_t got = 0;

	return mbedtls_hardware_poll(data, ret, n, &got) != 0 || got != n;
}

/*
 * Every number of an ECDH exchange has 32 bytes on P-256 (deps/patches/tpm2-tss-pad-ecdh.patch). Unpatched,
 * each of the three is short once in 256: 500 exchanges without one would be luck of 0.3 %.
 */
static void check_ecdh(void)
{
	TPM2B_PUBLIC key = { .publicArea.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256 };
	TPMS_ECC_POINT *unique = &key.publicArea.unique.ecc;
	mbedtls_ecp_group group;
	mbedtls_mpi d;
	mbedtls_ecp_point public;
	uint8_t point[65];
	size_t n;
	int i, padded = 0;

	mbedtls_ecp_group_init(&group);
	mbedtls_mpi_init(&d);
	mbedtls_ecp_point_init(&public);
	if (mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
	    mbedtls_ecdh_gen_public(&group, &d, &public, poll_entropy, NULL) == 0 &&
	    mbedtls_ecp_point_write_binary(&group, &public, MBEDTLS_ECP_PF_UNCOMPRESSED, &n, point, 65) ==
		    0) {
		memcpy(unique->x.buffer, point + 1, unique->x.size = 32);
		memcpy(unique->y.buffer, point + 33, unique->y.size = 32);
		for (i = 0; i < 500; i++) {
			TPM2B_ECC_PARAMETER z = { 0 };
			TPMS_ECC_POINT q = { 0 };
			BYTE out[sizeof(q)];

			if (iesys_cryptmbed_get_ecdh_point(&key, sizeof(out), &z, &q, out, &n, NULL) != 0)
				break;
			padded += z.size == 32 && q.x.size == 32 && q.y.size == 32;
		}
	}
	mbedtls_ecp_point_free(&public);
	mbedtls_mpi_free(&d);
	mbedtls_ecp_group_free(&group);
	ok(padded == 500, "500 ECDH exchanges are padded to the curve's size");
}

static void check_glue(void)
{
	static const char text[] = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
	unsigned char uuid[16], a[32] = { 0 }, b[32] = { 0 };
	char again[37];

	ok(uuid_parse(text, uuid) == 0 && uuid[0] == 0x0f && uuid[15] == 0xf0, "a UUID is read");
	uuid_unparse(uuid, again);
	ok(strcmp(again, text) == 0, "and written");
	ok(uuid_parse("0f1e2d3c-4b5a-6978-8796+a5b4c3d2e1f0", uuid) < 0, "a plus is no dash");
	ok(uuid_parse("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1fg", uuid) < 0, "g is no digit");
	ok(uuid_parse("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f", uuid) < 0, "35 characters are too few");
	ok(poll_entropy(NULL, a, 32) == 0 && poll_entropy(NULL, b, 32) == 0 && memcmp(a, b, 32) != 0,
	   "entropy differs from one call to the next");
}

/* deps/glue/relro.c: a child that writes where the linker has put relocated constants must die of it. */
static void check_relro(void)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		*(volatile unsigned char *)_DYNAMIC = 0;
		_exit(0);
	}
	ok(child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
		   WTERMSIG(status) == SIGSEGV,
	   "relocated constants cannot be written");
}

static int open_keyslot(const char *image, int keyslot, const char *passphrase)
{
	struct crypt_device *cd = NULL;
	int r;

	r = crypt_init(&cd, image);
	if (r == 0)
		r = crypt_load(cd, CRYPT_LUKS2, NULL);
	if (r == 0)
		r = crypt_activate_by_passphrase(cd, NULL, keyslot, passphrase, strlen(passphrase), 0);
	crypt_free(cd);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", image, strerror(-r));
	return r == keyslot ? 0 : 1;
}

/* n salted, encrypting sessions to the key at 0x81000001 of the swtpm at that address, each used once */
static int use_sessions(const char *address, int n)
{
	static const TPMT_SYM_DEF aes = {
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB,
	};
	uint64_t room[1024] = { 0 }; /* a TCTI's context is its caller's memory */
	TSS2_TCTI_CONTEXT *tcti = (TSS2_TCTI_CONTEXT *)room;
	size_t len = sizeof(room);
	ESYS_CONTEXT *e = NULL;
	ESYS_TR srk, session;
	TSS2_RC rc;

	rc = Tss2_Tcti_Swtpm_Init(tcti, &len, address);
	if (rc != TSS2_RC_SUCCESS)
		goto out;
	rc = Esys_Initialize(&e, tcti, NULL);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_FromTPMPublic(e, 0x81000001, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &srk);
	for (; n > 0 && rc == TSS2_RC_SUCCESS; n--) {
		TPM2B_DIGEST *random = NULL;

		rc = Esys_StartAuthSession(e, srk, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					   NULL, TPM2_SE_HMAC, &aes, TPM2_ALG_SHA256, &session);
		if (rc == TSS2_RC_SUCCESS)
			rc = Esys_TRSess_SetAttributes(e, session, TPMA_SESSION_ENCRYPT, 0xff);
		if (rc == TSS2_RC_SUCCESS)
			rc = Esys_GetRandom(e, session, ESYS_TR_NONE, ESYS_TR_NONE, 16, &random);
		Esys_Free(random);
	}
	Esys_Finalize(&e);
	Tss2_Tcti_Finalize(tcti);
out:
	if (rc != TSS2_RC_SUCCESS)
		fprintf(stderr, "TPM: 0x%x\n", rc);
	return rc == TSS2_RC_SUCCESS ? 0 : 1;
}

static int time_pbkdf2(uint32_t iterations)
{
	struct timespec from, to;
	char key[32];
	int r;

	clock_gettime(CLOCK_MONOTONIC, &from);
	r = crypt_pbkdf("pbkdf2", "sha256", "passphrase", 10, "saltsalt", 8, key, sizeof(key), iterations, 0,
			0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%ld\n", (to.tv_sec - from.tv_sec) * 1000000L + (to.tv_nsec - from.tv_nsec) / 1000);
	return r == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "open") == 0)
		return open_keyslot(argv[2], atoi(argv[3]), argv[4]);
	if (argc == 3 && strcmp(argv[1], "pbkdf2") == 0)
		return time_pbkdf2(strtoul(argv[2], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "sessions") == 0)
		return use_sessions(argv[2], atoi(argv[3]));
	if (argc != 1)
		return 2;
	check_hashes();
	check_pbkdf2();
	check_compression();
	check_ecdh();
	check_glue();
	check_relro();
	printf("1..%d\n", count);
	return failures ? 1 : 0;
}
