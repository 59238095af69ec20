/*
 * nettle's `--enable-fat` for the one function that we take from it: the SHA-256 compression with or without
 * the processor's SHA instructions, chosen at run time (nettle: fat-x86_64.c).
 */
#include <cpuid.h>
#include <stddef.h>
#include <stdint.h>

typedef const uint8_t *compress(uint32_t *state, const uint32_t *k, size_t blocks, const uint8_t *data);

compress _nettle_sha256_compress_n_x86_64, _nettle_sha256_compress_n_sha_ni, _nettle_sha256_compress_n;

/* Intel SDM volume 2, CPUID: leaf 7, EBX bit 29 is SHA; leaf 1, ECX bits 9 and 19 are SSSE3 and SSE4.1. */
static int has_sha_ni(void)
{
	const unsigned int sse = 1u << 9 | 1u << 19;
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & sse) == sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
	       (b & 1u << 29);
}

static compress *chosen;

const uint8_t *_nettle_sha256_compress_n(uint32_t *state, const uint32_t *k, size_t blocks, const uint8_t *data)
{
	if (!chosen)
		chosen = has_sha_ni() ? _nettle_sha256_compress_n_sha_ni : _nettle_sha256_compress_n_x86_64;
	return chosen(state, k, blocks, data);
}
