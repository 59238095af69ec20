/*
 * Any bytes as the JSON area of a LUKS2 header whose checksums are right: what the unlock program, reseal and
 * status ask of a header. Layout: docs/on-disk-format-luks2.pdf of cryptsetup, 2.1.
 */
#include <dlfcn.h>
#include <json-c/json.h>
#include <libcryptsetup.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hash/hash.h"
#include "seal/volume.h"
#include "seal/volume_ways.h"
#include "seal/volume_token.h"

#define BINARY_LEN 4096
#define AREA_LEN 16384 /* of one copy, binary part included */
#define CHECKSUM_AT 448
#define VOLUME_LEN (32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint8_t *volume;
static char path[64];

/* libcryptsetup asks for its hash at each use, and OpenSSL searches long */
EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties)
{
	static EVP_MD *(*fetch)(OSSL_LIB_CTX *, const char *, const char *);
	static char last_name[32];
	static EVP_MD *last;
	EVP_MD *md;

	if (!fetch)
		*(void **)&fetch = dlsym(RTLD_NEXT, "EVP_MD_fetch");
	if (last && name && strcmp(name, last_name) == 0 && EVP_MD_up_ref(last))
		return last;
	md = fetch(context, name, properties);
	if (md && strlen(name) < sizeof(last_name) && EVP_MD_up_ref(md)) {
		EVP_MD_free(last);
		last = md;
		strcpy(last_name, name);
	}
	return md;
}

static void make_volume(void)
{
	int fd = memfd_create("volume", 0);

	if (fd < 0 || ftruncate(fd, VOLUME_LEN) < 0)
		abort();
	volume = mmap(NULL, VOLUME_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (volume == MAP_FAILED)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* there is no other process */
	crypt_metadata_locking(NULL, 0);
}

static void make_copy(size_t at, const char *magic, const uint8_t *json, size_t n)
{
	uint8_t *h = volume + at;

	memset(h, 0, AREA_LEN);
	memcpy(h, magic, 6);
	h[7] = 2;                       /* version */
	h[14] = AREA_LEN >> 8;          /* hdr_size, big endian of 8 bytes */
	h[23] = 1;                      /* seqid */
	strcpy((char *)h + 72, "sha256");
	memset(h + 104, at ? 1 : 2, 64); /* salt */
	strcpy((char *)h + 168, "01234567-89ab-cdef-0123-456789abcdef");
	h[262] = at >> 8;               /* hdr_offset */
	memcpy(h + BINARY_LEN, json, n);
	if (hash_once(HASH_SHA256, h, AREA_LEN, h + CHECKSUM_AT) < 0)
		abort();
}

static bool is_object(const uint8_t *data, size_t n)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o = json_tokener_parse_ex(t, (const char *)data, n);
	bool yes = json_object_is_type(o, json_type_object);

	json_object_put(o);
	json_tokener_free(t);
	return yes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct token token;
	uint8_t pin[SHA256_LEN], again[SHA256_LEN];
	struct volume *v = NULL;
	struct volume_ways ways;
	struct error err = ERROR_NONE;
	int id;

	if (n >= AREA_LEN - BINARY_LEN)
		return 0;
	/*
	 * libcryptsetup takes its time to refuse what is no JSON object, which is not ours to test: a few of
	 * those are enough
	 */
	if (n % 16 != 0 && !is_object(data, n))
		return 0;
	if (!volume)
		make_volume();
	make_copy(0, "LUKS\xba\xbe", data, n);
	make_copy(AREA_LEN, "SKUL\xba\xbe", data, n);
	if (volume_open(path, &err, &v) < 0) {
		if (!err.text[0] || v)
			abort();
		return 0;
	}
	if (volume_pin(v, -1, &err, pin) == 0 &&
	    (volume_pin(v, -1, &err, again) < 0 || memcmp(pin, again, sizeof(pin)) != 0))
		abort();
	if (volume_token(v, &err, &id, &token) == 0)
		volume_pin(v, token.keyslot, &err, pin);
	volume_ways(v, &ways);
	if ((ways.tpm & ways.recovery) || (ways.tpm & ways.passphrase) || (ways.recovery & ways.passphrase))
		abort();
	volume_close(v);
	return 0;
}
