/*
 * enrol TCTI IMAGE BRANCHES DIR: seals a key for the volume in the file IMAGE, whose passphrase is "secret",
 * to the TPM as it is now, as the last of that many branches, and writes DIR/anchor and DIR/crypttab for
 * bootseal-unlock.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash/p256.h"
#include "seal/anchor.h"
#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "seal/tpm_index_write.h"
#include "seal/tpm_name.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_seal.h"
#include "seal/tpm_srk.h"
#include "seal/tpm_srk_ensure.h"
#include "seal/volume.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"
#include "../sample_pcrs.h"

static struct error error;

static void must(int r, const char *what)
{
	if (r < 0)
		errx(1, "%s: %s (%s)", what, error.text, strerror(-r));
}

static int sign(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
		uint8_t ret_s[static 32])
{
	return p256_sign(key, digest, ret_r, ret_s);
}

/* The others are boot paths that differ in PCR 9. */
static void make_branches(struct tpm *t, struct generation *g)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	size_t i;

	must(tpm_pcrs(t, SAMPLE_PCRS, &error, pcrs), "PCRs");
	for (i = g->branch_count; i-- > 0;) {
		must(branch_from_pcrs(i + 1, SAMPLE_PCRS, pcrs, &g->branch[i]), "branch");
		memset(pcrs[9], i, SHA256_LEN);
	}
}

static void make_index(struct tpm *t, struct token *token)
{
	struct p256 *key = NULL;
	struct authority authority = { .sign = sign };
	uint8_t root[SHA256_LEN];
	const struct generation *g = &token->generation[0];

	must(p256_generate(&error, &key), "authority key");
	authority.key = key;
	must(p256_public(key, authority.x, authority.y), "authority key");
	must(tpm_srk_ensure(t, &error, &token->srk, NULL), "storage root key");
	must(index_create(t, &authority, &error, &token->index_handle), "index");
	must(index_name(token->index_handle, &authority, true, &token->index), "index");
	must(policy_root(token->mask, g->branch, g->branch_count, root), "policy");
	must(index_write(t, token->index_handle, &authority, root, &error), "index");
	p256_free(key);
}

static void make_token(struct tpm *t, struct volume *volume, struct token *token)
{
	struct secret passphrase = SECRET_NONE, key = SECRET_NONE;
	struct buffer object = BUFFER_NONE;
	int id;

	must(secret_new(6, &passphrase), "memory");
	memcpy(passphrase.bytes, "secret", 6);
	must(secret_random(32, &key), "random key");
	must(volume_keyslot_add(volume, &passphrase, &key, &error, &token->keyslot), "keyslot");
	must(tpm_seal(t, &key, &token->index, &error, &object), "seal");
	if (object.len > sizeof(token->object))
		errx(1, "a sealed object of %zu bytes", object.len);
	memcpy(token->object, object.data, object.len);
	token->object_len = object.len;
	must(volume_token_write(volume, -1, token, &error, &id), "token");
	buffer_free(&object);
	secret_free(&key);
	secret_free(&passphrase);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) == EOF || fclose(f) == EOF)
		err(1, "%s", path);
}

static void write_files(const struct volume *volume, const struct token *token, const char *image,
			const char *dir)
{
	struct anchor anchor = { .srk = token->srk,
				 .index = token->index,
				 .index_handle = token->index_handle,
				 .target_count = 1,
				 .target[0].name = "bench" };
	struct buffer text = BUFFER_NONE;
	char crypttab[4200];

	strcpy(anchor.target[0].uuid, volume_uuid(volume));
	must(volume_pin(volume, token->keyslot, &error, anchor.target[0].volume_pin), "pin");
	must(anchor_format(&anchor, &text), "anchor");
	write_file(dir, "anchor", buffer_str(&text));
	snprintf(crypttab, sizeof(crypttab), "bench %s none luks\n", image);
	write_file(dir, "crypttab", crypttab);
	buffer_free(&text);
}

int main(int argc, char **argv)
{
	struct token token = { .mask = SAMPLE_PCRS, .generation_count = 1, .generation[0].number = 1 };
	struct volume *volume = NULL;
	struct tpm *t = NULL;

	if (argc != 5)
		errx(2, "usage: enrol TCTI IMAGE BRANCHES DIR");
	token.generation[0].branch_count = atoi(argv[3]);
	must(volume_open(argv[2], &error, &volume), argv[2]);
	must(tpm_open(argv[1], &error, &t), argv[1]);
	make_branches(t, &token.generation[0]);
	make_index(t, &token);
	make_token(t, volume, &token);
	write_files(volume, &token, argv[2], argv[4]);
	tpm_close(t);
	volume_close(volume);
	return 0;
}
