/*
 * enrol TCTI BRANCHES DIR IMAGE...: seals a key for the volumes in these files, whose passphrase is "secret",
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

static void make_key(struct tpm *t, struct token *token, struct secret *ret)
{
	struct buffer object = BUFFER_NONE;

	must(secret_random(32, ret), "random key");
	must(tpm_seal(t, ret, &token->index, &error, &object), "seal");
	if (object.len > sizeof(token->object))
		errx(1, "a sealed object of %zu bytes", object.len);
	memcpy(token->object, object.data, object.len);
	token->object_len = object.len;
	buffer_free(&object);
}

static void make_token(struct volume *volume, const struct secret *key, struct token *token)
{
	struct secret passphrase = SECRET_NONE;
	int id;

	must(secret_new(6, &passphrase), "memory");
	memcpy(passphrase.bytes, "secret", 6);
	must(volume_keyslot_add(volume, &passphrase, key, &error, &token->keyslot), "keyslot");
	must(volume_token_write(volume, -1, token, &error, &id), "token");
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

/* One key for all, as bootseal does. */
static void enrol(struct token *token, const struct secret *key, const char *image, struct anchor *anchor,
		  struct buffer *crypttab)
{
	struct anchor_target *target = &anchor->target[anchor->target_count];
	struct volume *volume = NULL;

	must(volume_open(image, &error, &volume), image);
	make_token(volume, key, token);
	snprintf(target->name, sizeof(target->name), "bench%zu", anchor->target_count++);
	strcpy(target->uuid, volume_uuid(volume));
	must(volume_pin(volume, token->keyslot, &error, target->volume_pin), "pin");
	buffer_addf(crypttab, "%s %s none luks\n", target->name, image);
	volume_close(volume);
}

int main(int argc, char **argv)
{
	struct token token = { .mask = SAMPLE_PCRS, .generation_count = 1, .generation[0].number = 1 };
	struct buffer text = BUFFER_NONE, crypttab = BUFFER_NONE;
	struct anchor anchor = { .target_count = 0 };
	struct secret key = SECRET_NONE;
	struct tpm *t = NULL;

	if (argc < 5 || argc > 4 + TARGET_MAX)
		errx(2, "usage: enrol TCTI BRANCHES DIR IMAGE...");
	token.generation[0].branch_count = atoi(argv[2]);
	must(tpm_open(argv[1], &error, &t), argv[1]);
	make_branches(t, &token.generation[0]);
	make_index(t, &token);
	make_key(t, &token, &key);
	anchor.srk = token.srk;
	anchor.index = token.index;
	anchor.index_handle = token.index_handle;
	for (int i = 4; i < argc; i++)
		enrol(&token, &key, argv[i], &anchor, &crypttab);
	must(anchor_format(&anchor, &text), "anchor");
	write_file(argv[3], "anchor", buffer_str(&text));
	write_file(argv[3], "crypttab", buffer_str(&crypttab));
	buffer_free(&text);
	buffer_free(&crypttab);
	secret_free(&key);
	tpm_close(t);
	return 0;
}
