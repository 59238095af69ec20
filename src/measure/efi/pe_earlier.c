#include "measure/efi/pe_earlier.h"

#include <string.h>

/* The file from its first byte to its last one, with what the headers say in that form. */
struct piece {
	const uint8_t *at;
	size_t len;
};

#define PIECES 5

struct form {
	struct piece piece[PIECES];
	uint8_t checksum[4], directory[8];
};

static void put_le32(uint8_t *to, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		to[i] = v >> (8 * i);
}

static void make_form(const struct pe *pe, const struct pe_earlier *e, struct form *f)
{
	const uint8_t *start = pe->file.at;
	size_t after = pe->checksum_at + 4;

	put_le32(f->checksum, e->checksum);
	put_le32(f->directory, e->certs_len > 0 ? pe->certs.at - start : 0);
	put_le32(f->directory + 4, e->certs_len);
	f->piece[0] = (struct piece){ start, pe->checksum_at };
	f->piece[1] = (struct piece){ f->checksum, sizeof(f->checksum) };
	f->piece[2] = (struct piece){ start + after, pe->cert_dir_at - after };
	f->piece[3] = (struct piece){ f->directory, sizeof(f->directory) };
	f->piece[4] = (struct piece){ start + pe->cert_dir_at + 8, e->len - pe->cert_dir_at - 8 };
}

/*
 * ImageHlp's CheckSumMappedFile(), as sbsigntools computes it: the 16-bit words are added with their carry,
 * the checksum itself as zero, and then the length.
 */
static uint32_t checksum_of(const struct pe *pe, struct pe_earlier e)
{
	struct form f;
	uint64_t sum = 0;
	size_t at = 0;

	e.checksum = 0;
	make_form(pe, &e, &f);
	for (size_t i = 0; i < PIECES; i++)
		for (size_t k = 0; k < f.piece[i].len; k++, at++)
			sum += (uint64_t)f.piece[i].at[k] << (at % 2 * 8);
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return sum + e.len;
}

static uint32_t checksum_now(const struct pe *pe)
{
	const uint8_t *at = pe->file.at + pe->checksum_at;

	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static size_t add(const struct pe *pe, struct pe_earlier e, struct pe_earlier *ret)
{
	const uint32_t checksum[] = { 0, checksum_of(pe, e), checksum_now(pe) };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(checksum) / sizeof(checksum[0]); i++) {
		e.checksum = checksum[i];
		ret[n++] = e;
	}
	return n;
}

size_t pe_earlier_forms(const struct pe *pe, struct pe_earlier ret[static PE_EARLIER_MAX])
{
	const uint8_t *start = pe->file.at;
	size_t n = 0, kept = pe->n_signatures, end;
	struct pe_earlier e;

	while (kept > 0 && pe->n_signatures - --kept <= PE_EARLIER_SIGNATURES) {
		/* a signature comes behind the eight bytes of its WIN_CERTIFICATE */
		end = pe->signature[kept].at - 8 - start;
		if (start + end > pe->certs.at) {
			e = (struct pe_earlier){ .len = end, .certs_len = start + end - pe->certs.at };
			n += add(pe, e, ret + n);
			continue;
		}
		for (size_t pad = 0; pad < 8 && end - pad > pe->headers_len; pad++) {
			if (pad > 0 && start[end - pad] != 0)
				break;
			n += add(pe, (struct pe_earlier){ .len = end - pad }, ret + n);
		}
	}
	return n;
}

int pe_earlier_hash(const struct pe *pe, const struct pe_earlier *e, enum hash_alg alg, uint8_t *ret)
{
	struct hash *h = NULL;
	struct form f;
	int r;

	make_form(pe, e, &f);
	r = hash_new(alg, &h);
	for (size_t i = 0; i < PIECES && r == 0; i++)
		r = hash_update(h, f.piece[i].at, f.piece[i].len);
	if (r == 0)
		r = hash_final(h, ret);
	hash_free(h);
	return r;
}
