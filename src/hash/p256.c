#include "hash/p256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define PEM_MAX_LEN 4096

struct p256 {
	EVP_PKEY *key;
};

static int wrap(EVP_PKEY *key, struct p256 **ret)
{
	struct p256 *k = calloc(1, sizeof(*k));

	if (!k) {
		EVP_PKEY_free(key);
		return -ENOMEM;
	}
	k->key = key;
	*ret = k;
	return 0;
}

void p256_free(struct p256 *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	free(k);
}

int p256_generate(struct error *err, struct p256 **ret)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	return key ? wrap(key, ret) : error_set(err, -EIO, "cannot generate a P-256 key");
}

static bool is_p256(const EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) ==
		       1 &&
	       strcmp(group, "prime256v1") == 0;
}

/* Refuses an encrypted file instead of asking for its password: a hook has no one to ask. */
static int no_passphrase(char *buf, int size, int writing, void *data)
{
	return -1;
}

static EVP_PKEY *parse_pem(const struct secret *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->bytes, pem->len);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	if (key && !is_p256(key)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

int p256_load(const char *path, struct error *err, struct p256 **ret)
{
	struct secret pem = SECRET_NONE;
	EVP_PKEY *key;
	struct stat st;
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_set(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0) {
		r = error_set(err, -errno, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077)) {
		r = error_set(err, -EPERM, "%s: readable by users other than its owner", path);
		goto out;
	}
	r = secret_read_fd(fd, PEM_MAX_LEN, &pem);
	if (r < 0) {
		r = error_set(err, r, "%s: cannot read: %s", path, strerror(-r));
		goto out;
	}
	key = parse_pem(&pem);
	r = key ? wrap(key, ret) : error_set(err, -EBADMSG, "%s: not an unencrypted P-256 key", path);
out:
	secret_free(&pem);
	close(fd);
	return r;
}

int p256_save(const struct p256 *k, const char *path, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_secmem()); /* wiped when freed */
	char *pem;
	long n;
	int r;

	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, k->key, NULL, NULL, 0, NULL, NULL) != 1) {
		r = error_set(err, -EIO, "%s: cannot write the key as PEM", path);
		goto out;
	}
	n = BIO_get_mem_data(bio, &pem);
	r = file_replace(path, pem, n, 0600, err);
out:
	BIO_free(bio);
	return r;
}

static int get_coordinate(const struct p256 *k, const char *which, uint8_t ret[static P256_LEN])
{
	BIGNUM *n = NULL;
	int r = EVP_PKEY_get_bn_param(k->key, which, &n) == 1 && BN_bn2binpad(n, ret, P256_LEN) == P256_LEN
			? 0
			: -EIO;

	BN_free(n);
	return r;
}

int p256_public(const struct p256 *k, uint8_t ret_x[static P256_LEN], uint8_t ret_y[static P256_LEN])
{
	uint8_t x[P256_LEN], y[P256_LEN];
	int r = get_coordinate(k, OSSL_PKEY_PARAM_EC_PUB_X, x);

	if (r == 0)
		r = get_coordinate(k, OSSL_PKEY_PARAM_EC_PUB_Y, y);
	if (r == 0) {
		memcpy(ret_x, x, P256_LEN);
		memcpy(ret_y, y, P256_LEN);
	}
	return r;
}

int p256_sign(const struct p256 *k, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static P256_LEN],
	      uint8_t ret_s[static P256_LEN])
{
	uint8_t der[128];
	const uint8_t *at = der;
	size_t n = sizeof(der);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->key, NULL);
	ECDSA_SIG *sig = NULL;
	int r = -EIO;

	if (!ctx || EVP_PKEY_sign_init(ctx) != 1 || EVP_PKEY_sign(ctx, der, &n, digest, SHA256_LEN) != 1)
		goto out;
	sig = d2i_ECDSA_SIG(NULL, &at, n);
	if (sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret_r, P256_LEN) == P256_LEN &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret_s, P256_LEN) == P256_LEN)
		r = 0;
out:
	ECDSA_SIG_free(sig);
	EVP_PKEY_CTX_free(ctx);
	return r;
}

static EVP_PKEY *public_key(const uint8_t x[static P256_LEN], const uint8_t y[static P256_LEN])
{
	uint8_t point[1 + 2 * P256_LEN] = { 4 }; /* uncompressed: SEC 1, 2.3.3 */
	char group[] = "P-256";
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	memcpy(point + 1, x, P256_LEN);
	memcpy(point + 1 + P256_LEN, y, P256_LEN);
	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

int p256_agree(const struct p256 *k, const uint8_t x[static P256_LEN], const uint8_t y[static P256_LEN],
	       struct secret *ret)
{
	EVP_PKEY *other = public_key(x, y);
	EVP_PKEY_CTX *ctx = other ? EVP_PKEY_CTX_new(k->key, NULL) : NULL;
	struct secret s = SECRET_NONE;
	size_t n = P256_LEN;
	int r = other ? secret_new(n, &s) : -EBADMSG;

	if (r == 0 && (!ctx || EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, other) != 1 ||
		       EVP_PKEY_derive(ctx, s.bytes, &n) != 1 || n != P256_LEN))
		r = -EIO;
	if (r == 0) {
		*ret = s;
		s = SECRET_NONE;
	}
	secret_free(&s);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	ERR_clear_error();
	return r;
}
