#include "fault.h"

const struct fault faults[] = {
	{ "RC_RETRY", FAULT_CODE, TPM2_RC_RETRY, true },
	{ "RC_YIELDED", FAULT_CODE, TPM2_RC_YIELDED, true },
	{ "RC_TESTING", FAULT_CODE, TPM2_RC_TESTING, true },
	{ "RC_NV_RATE", FAULT_CODE, TPM2_RC_NV_RATE, true },
	{ "RC_PCR_CHANGED", FAULT_CODE, TPM2_RC_PCR_CHANGED, false },
	{ "RC_LOCKOUT", FAULT_CODE, TPM2_RC_LOCKOUT, false },
	{ "RC_MEMORY", FAULT_CODE, TPM2_RC_MEMORY, false },
	{ "RC_OBJECT_MEMORY", FAULT_CODE, TPM2_RC_OBJECT_MEMORY, false },
	{ "RC_SESSION_MEMORY", FAULT_CODE, TPM2_RC_SESSION_MEMORY, false },
	{ "RC_OBJECT_HANDLES", FAULT_CODE, TPM2_RC_OBJECT_HANDLES, false },
	{ "RC_SESSION_HANDLES", FAULT_CODE, TPM2_RC_SESSION_HANDLES, false },
	{ "RC_CONTEXT_GAP", FAULT_CODE, TPM2_RC_CONTEXT_GAP, false },
	{ "RC_COMMAND_CODE", FAULT_CODE, TPM2_RC_COMMAND_CODE, false },
	{ "RC_FAILURE", FAULT_CODE, TPM2_RC_FAILURE, false },
	{ "RC_INITIALIZE", FAULT_CODE, TPM2_RC_INITIALIZE, false },
	{ "RC_REBOOT", FAULT_CODE, TPM2_RC_REBOOT, false },
	{ "RC_CANCELED", FAULT_CODE, TPM2_RC_CANCELED, false },
	{ "RC_NV_SPACE", FAULT_CODE, TPM2_RC_NV_SPACE, false },
	{ "RC_NV_UNAVAILABLE", FAULT_CODE, TPM2_RC_NV_UNAVAILABLE, false },
	{ "RC_AUTH_FAIL", FAULT_CODE, TPM2_RC_AUTH_FAIL | TPM2_RC_S | TPM2_RC_1, false },
	{ "RC_HANDLE", FAULT_CODE, TPM2_RC_HANDLE | TPM2_RC_1, false },
	{ "RC_VALUE", FAULT_CODE, TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1, false },
	/*
	 * response codes that tpm2-tss gives a meaning of its own: "try again" and "too little memory" of its
	 * layers
	 */
	{ "code of a layer: again", FAULT_CODE, 0x000a0009, false },
	{ "code of a layer: buffer", FAULT_CODE, 0x00080006, false },
	{ "RC_FAILURE after", FAULT_CODE_AFTER, TPM2_RC_FAILURE, false },
	{ "PCR 10 extended", FAULT_PCR, 10, true },
	{ "PCR 9 extended", FAULT_PCR, 9, false },
	{ "silent", FAULT_SILENT, 0, false },
	{ "closed", FAULT_CLOSED, 0, false },
	{ "closed when done", FAULT_CLOSED_DONE, 0, false },
	{ "gone", FAULT_GONE, 0, false },
	{ "swallowed", FAULT_SWALLOWED, 0, false },
	{ "empty", FAULT_EMPTY, 0, false },
	{ "half a header", FAULT_SHORT, 0, false },
	{ "first parameter cut", FAULT_CUT_FIRST, 0, false },
	{ "cut in half", FAULT_CUT_HALF, 0, false },
	{ "last byte cut", FAULT_CUT_LAST, 0, false },
	{ "cut, size says not", FAULT_CUT_LYING, 0, false },
	{ "too long", FAULT_LONGER, 0, false },
	{ "size too small", FAULT_SIZE_LESS, 0, false },
	{ "size too large", FAULT_SIZE_MORE, 0, false },
	{ "size 4 GiB", FAULT_SIZE_HUGE, 0, false },
	{ "size 4", FAULT_SIZE_TINY, 0, false },
	{ "other tag", FAULT_TAG, 0, false },
	{ "wild tag", FAULT_TAG_WILD, 0, false },
	{ "zeros", FAULT_ZEROS, 0, false },
	{ "ones", FAULT_ONES, 0, false },
	{ "garbage", FAULT_GARBAGE, 0, false },
	{ "random", FAULT_RANDOM, 0, false },
	{ "random and short", FAULT_RANDOM_SHORT, 0, false },
	{ "random and long", FAULT_RANDOM_LONG, 0, false },
	{ "a bit flipped", FAULT_FLIP, 0, false },
	{ "answer before", FAULT_PREVIOUS, 0, false },
	{ "answer replayed", FAULT_REPLAY, 0, false },
};

uint32_t fault_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void fault_put_be32(uint8_t *p, uint32_t v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

static void fault_fit(struct answer *a, size_t n)
{
	a->n = n < 10 ? 10 : n;
	fault_put_be32(a->b + 2, a->n);
}

void fault_code(struct answer *a, uint32_t code)
{
	*a = (struct answer){ .b = { 0x80, 0x01 } };
	fault_put_be32(a->b + 6, code);
	fault_fit(a, 10);
}

/* The same bytes at every run. */
static void fault_fill(struct answer *a, size_t from, size_t n, unsigned int seed)
{
	for (size_t i = from; i < n; i++)
		a->b[i] = rand_r(&seed) >> 7;
	a->n = n;
}

/* Cuts the answer, or adds to it. */
static bool fault_length(enum fault_kind kind, unsigned int seed, struct answer *a)
{
	size_t n = a->n;

	switch (kind) {
	case FAULT_EMPTY:
		fault_fit(a, 10);
		return true;
	case FAULT_SHORT:
		a->n = 6;
		return true;
	case FAULT_CUT_FIRST:
		fault_fit(a, n > 12 ? 12 : 10);
		return true;
	case FAULT_CUT_HALF:
		fault_fit(a, 10 + (n - 10) / 2);
		return true;
	case FAULT_CUT_LAST:
		fault_fit(a, n - 1);
		return true;
	case FAULT_CUT_LYING:
		a->n = 10 + (n - 10) / 2;
		return true;
	case FAULT_LONGER:
		fault_fill(a, n, n + 16, seed);
		fault_fit(a, n + 16);
		return true;
	default:
		return false;
	}
}

/* Changes the header only. */
static bool fault_header(enum fault_kind kind, struct answer *a)
{
	size_t n = a->n;

	switch (kind) {
	case FAULT_SIZE_LESS:
		fault_put_be32(a->b + 2, n > 14 ? n - 4 : 10);
		return true;
	case FAULT_SIZE_MORE:
		fault_put_be32(a->b + 2, n + 64);
		return true;
	case FAULT_SIZE_HUGE:
		fault_put_be32(a->b + 2, UINT32_MAX);
		return true;
	case FAULT_SIZE_TINY:
		fault_put_be32(a->b + 2, 4);
		return true;
	case FAULT_TAG:
		a->b[1] ^= 3;
		return true;
	case FAULT_TAG_WILD:
		a->b[0] = 0x12;
		return true;
	default:
		return false;
	}
}

/* Changes what is behind the header, or everything. */
static bool fault_bytes(enum fault_kind kind, unsigned int seed, struct answer *a)
{
	size_t n = a->n;

	switch (kind) {
	case FAULT_ZEROS:
	case FAULT_ONES:
		memset(a->b + 10, kind == FAULT_ONES ? 0xff : 0, n - 10);
		return true;
	case FAULT_GARBAGE:
		fault_fill(a, 10, n, seed);
		return true;
	case FAULT_RANDOM:
		fault_fill(a, 0, n, seed);
		return true;
	case FAULT_RANDOM_SHORT:
		fault_fill(a, 0, 7, seed);
		return true;
	case FAULT_RANDOM_LONG:
		fault_fill(a, 0, 1400, seed);
		return true;
	case FAULT_FLIP:
		a->b[10 + (n - 10) / 2] ^= 1u << seed % 8;
		return true;
	default:
		return false;
	}
}

bool fault_shape(enum fault_kind kind, unsigned int seed, const struct answer *previous,
		 const struct answer *earlier, struct answer *a)
{
	switch (kind) {
	case FAULT_PREVIOUS:
		*a = *previous;
		return true;
	case FAULT_SWALLOWED:
	case FAULT_REPLAY:
		*a = *earlier;
		return true;
	default:
		return fault_length(kind, seed, a) || fault_header(kind, a) || fault_bytes(kind, seed, a);
	}
}
