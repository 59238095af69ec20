#include "seal/policy.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* TPM 2.0 Library Part 2, TPM_CC */
enum {
	CC_ACTIVATE_CREDENTIAL = 0x147,
	CC_POLICY_SIGNED = 0x160,
	CC_POLICY_AUTH_VALUE = 0x16b,
	CC_POLICY_COMMAND_CODE = 0x16c,
	CC_POLICY_COUNTER_TIMER = 0x16d,
	CC_POLICY_OR = 0x171,
	CC_POLICY_PCR = 0x17f,
	CC_POLICY_AUTHORIZE_NV = 0x192,
};

/* the longest input of one policy step: old digest, command code, eight digests */
#define STEP_MAX (SHA256_LEN + 4 + POLICY_OR_MAX * SHA256_LEN)

struct step {
	uint8_t bytes[STEP_MAX];
	size_t len;
};

static void step_add(struct step *s, const void *data, size_t n)
{
	memcpy(s->bytes + s->len, data, n);
	s->len += n;
}

static void step_add_be32(struct step *s, uint32_t v)
{
	step_add(s, (uint8_t[]){ v >> 24, v >> 16, v >> 8, v }, 4);
}

static void step_continue(struct step *s, const uint8_t before[static SHA256_LEN], uint32_t command)
{
	memcpy(s->bytes, before, SHA256_LEN);
	s->len = SHA256_LEN;
	step_add_be32(s, command);
}

/* From the digest of a fresh session: 32 zero bytes. */
static void step_begin(struct step *s, uint32_t command)
{
	static const uint8_t fresh[SHA256_LEN];

	step_continue(s, fresh, command);
}

static int step_end(const struct step *s, uint8_t ret[static SHA256_LEN])
{
	return hash_sha256(s->bytes, s->len, ret);
}

int policy_composite(pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		     uint8_t ret[static SHA256_LEN])
{
	uint8_t all[PCR_COUNT * SHA256_LEN];
	size_t n = 0;

	for (unsigned int i = 0; i < PCR_COUNT; i++) {
		if (!(mask >> i & 1))
			continue;
		memcpy(all + n, pcrs[i], SHA256_LEN);
		n += SHA256_LEN;
	}
	return hash_sha256(all, n, ret);
}

int branch_from_pcrs(uint32_t id, pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		     struct branch *ret)
{
	uint8_t values[PCR_COUNT][SHA256_LEN];
	struct branch b = { .id = id };
	int r;

	memcpy(values, pcrs, sizeof(values));
	memset(values[WINDOW_PCR], 0, SHA256_LEN);
	r = policy_composite(mask | PCR(WINDOW_PCR), values, b.composite);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < PCR_COUNT; i++)
		if (mask >> i & 1)
			memcpy(b.prefix[i], values[i], BRANCH_PREFIX_LEN);
	*ret = b;
	return 0;
}

size_t branch_find(const struct branch *b, size_t n, const uint8_t composite[static SHA256_LEN])
{
	size_t i;

	for (i = 0; i < n && memcmp(b[i].composite, composite, SHA256_LEN) != 0; i++)
		;
	return i;
}

static pcr_mask differing(const struct branch *b, pcr_mask mask,
			  const uint8_t pcrs[static PCR_COUNT][SHA256_LEN])
{
	static const uint8_t zero[SHA256_LEN];
	pcr_mask d = 0;

	for (unsigned int i = 0; i < PCR_COUNT; i++) {
		bool same = i == WINDOW_PCR ? memcmp(pcrs[i], zero, SHA256_LEN) == 0
					    : memcmp(pcrs[i], b->prefix[i], BRANCH_PREFIX_LEN) == 0;

		if ((mask >> i & 1) && !same)
			d |= PCR(i);
	}
	return d;
}

size_t branch_nearest(const struct branch *b, size_t n, pcr_mask mask,
		      const uint8_t pcrs[static PCR_COUNT][SHA256_LEN], pcr_mask *ret_differing)
{
	size_t best = n;
	pcr_mask best_differing = 0;

	for (size_t i = 0; i < n; i++) {
		pcr_mask d = differing(&b[i], mask, pcrs);

		if (best < n && __builtin_popcount(d) >= __builtin_popcount(best_differing))
			continue;
		best = i;
		best_differing = d;
	}
	*ret_differing = best_differing;
	return best;
}

int policy_pcr(pcr_mask mask, const uint8_t composite[static SHA256_LEN], uint8_t ret[static SHA256_LEN])
{
	/* TPML_PCR_SELECTION: one bank, SHA-256, three bytes of bits (Part 2) */
	const uint8_t selection[] = { 0, 0,    0,	  1,	     HASH_SHA256 >> 8, HASH_SHA256 & 0xff,
				      3, mask, mask >> 8, mask >> 16 };
	struct step s;

	step_begin(&s, CC_POLICY_PCR);
	step_add(&s, selection, sizeof(selection));
	step_add(&s, composite, SHA256_LEN);
	return step_end(&s, ret);
}

static void or_add(struct policy_or *o, const uint8_t digest[static SHA256_LEN])
{
	memcpy(o->digest[o->n++], digest, SHA256_LEN);
}

/* PolicyOR refuses a list of one (Part 3, TPM2_PolicyOR: TPM_RC_VALUE for fewer than two) */
static void or_pad(struct policy_or *o)
{
	if (o->n == 1)
		or_add(o, o->digest[0]);
}

static int or_digest(const struct policy_or *o, uint8_t ret[static SHA256_LEN])
{
	struct step s;

	step_begin(&s, CC_POLICY_OR);
	step_add(&s, o->digest, o->n * SHA256_LEN);
	return step_end(&s, ret);
}

static int group_fill(pcr_mask mask, const struct branch *b, size_t n, size_t group, struct policy_or *ret)
{
	struct policy_or o = { .n = 0 };

	for (size_t i = group * POLICY_OR_MAX; i < n && o.n < POLICY_OR_MAX; i++) {
		uint8_t digest[SHA256_LEN];
		int r = policy_pcr(mask, b[i].composite, digest);

		if (r < 0)
			return r;
		or_add(&o, digest);
	}
	or_pad(&o);
	*ret = o;
	return 0;
}

int policy_path(pcr_mask mask, const struct branch *b, size_t n, size_t which, struct policy_path *ret)
{
	size_t groups = (n + POLICY_OR_MAX - 1) / POLICY_OR_MAX;
	struct policy_path p = { .n = groups > 1 ? 2 : 1 };
	int r;

	if (n < 1 || n > BRANCH_MAX || which >= n)
		return -EINVAL;
	r = group_fill(mask, b, n, which / POLICY_OR_MAX, &p.step[0]);
	for (size_t g = 0; r == 0 && p.n == 2 && g < groups; g++) {
		struct policy_or group;
		uint8_t digest[SHA256_LEN];

		r = group_fill(mask, b, n, g, &group);
		if (r == 0)
			r = or_digest(&group, digest);
		if (r == 0)
			or_add(&p.step[1], digest);
	}
	if (r < 0)
		return r;
	*ret = p;
	return 0;
}

int policy_root(pcr_mask mask, const struct branch *b, size_t n, uint8_t ret[static SHA256_LEN])
{
	struct policy_path p;
	int r = policy_path(mask, b, n, 0, &p);

	return r < 0 ? r : or_digest(&p.step[p.n - 1], ret);
}

int policy_authorize_nv(const struct tpm_name *index, uint8_t ret[static SHA256_LEN])
{
	struct step s;

	step_begin(&s, CC_POLICY_AUTHORIZE_NV);
	step_add(&s, index->bytes, TPM_NAME_LEN);
	return step_end(&s, ret);
}

int policy_signed(const struct tpm_name *key, uint8_t ret[static SHA256_LEN])
{
	uint8_t digest[SHA256_LEN];
	struct step s;
	int r;

	step_begin(&s, CC_POLICY_SIGNED);
	step_add(&s, key->bytes, TPM_NAME_LEN);
	r = step_end(&s, digest);
	/* Part 3, "Policy Digest Update Function": a second round over policyRef, which is empty here */
	return r < 0 ? r : hash_sha256(digest, SHA256_LEN, ret);
}

int policy_counter_timer(const uint8_t before[static SHA256_LEN], uint32_t resets,
			 uint8_t ret[static SHA256_LEN])
{
	/* operandB, offset, operation */
	const uint8_t args[] = {
		resets >> 24,	    resets >> 16, resets >> 8, resets, 0, POLICY_RESETS_OFFSET, 0,
		POLICY_UNSIGNED_LE,
	};
	uint8_t digest[SHA256_LEN];
	struct step s;
	int r = hash_sha256(args, sizeof(args), digest);

	if (r < 0)
		return r;
	step_continue(&s, before, CC_POLICY_COUNTER_TIMER);
	step_add(&s, digest, SHA256_LEN);
	return step_end(&s, ret);
}

int policy_activate(const uint8_t before[static SHA256_LEN], uint8_t ret[static SHA256_LEN])
{
	struct step s;

	step_continue(&s, before, CC_POLICY_COMMAND_CODE);
	step_add_be32(&s, CC_ACTIVATE_CREDENTIAL);
	return step_end(&s, ret);
}

int policy_auth_value(const uint8_t before[static SHA256_LEN], uint8_t ret[static SHA256_LEN])
{
	struct step s;

	step_continue(&s, before, CC_POLICY_AUTH_VALUE);
	return step_end(&s, ret);
}
