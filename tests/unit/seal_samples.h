/* Good tokens for the tests of src/seal; included after cmocka.h. */
#ifndef TESTS_SEAL_SAMPLES_H
#define TESTS_SEAL_SAMPLES_H

#include <string.h>

#include "seal/token.h"
#include "../sample_pcrs.h"

/* Any bytes, but the same every time and different for each seed. */
static inline void sample_fill(void *p, size_t n, unsigned seed)
{
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245u + 12345u;
		b[i] = seed >> 16 & 0xff;
	}
}

static inline void sample_name(struct tpm_name *n, unsigned seed)
{
	sample_fill(n->bytes, sizeof(n->bytes), seed);
	n->bytes[0] = 0x00;
	n->bytes[1] = 0x0b;
}

static inline void sample_token(struct token *t, int keyslot, size_t generations, size_t branches,
				size_t object_len)
{
	assert_true(generations <= GENERATION_MAX && branches <= BRANCH_MAX &&
		    object_len <= TOKEN_OBJECT_MAX);
	memset(t, 0, sizeof(*t));
	t->keyslot = keyslot;
	sample_name(&t->srk, 1);
	sample_name(&t->index, 2);
	t->index_handle = 0x0180b007;
	t->mask = SAMPLE_PCRS;
	t->object_len = object_len;
	sample_fill(t->object, object_len, 3);
	t->generation_count = generations;
	for (size_t g = 0; g < generations; g++) {
		t->generation[g].number = 7 + g;
		t->generation[g].branch_count = branches;
		for (size_t i = 0; i < branches; i++) {
			struct branch *b = &t->generation[g].branch[i];

			b->id = 100 * g + i;
			sample_fill(b->composite, SHA256_LEN, 1000 * g + i);
			for (unsigned p = 0; p < PCR_COUNT; p++)
				if (t->mask & ~(1u << WINDOW_PCR) & 1u << p)
					sample_fill(b->prefix[p], BRANCH_PREFIX_LEN, 5000 + 100 * i + p);
		}
	}
}

#endif
