#include "measure/efi/pe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define COFF_HEADER_LEN 20
#define SECTION_HEADER_LEN 40
#define SYMBOL_LEN 18
#define MAGIC_PE32 0x10b
#define MAGIC_PE32_PLUS 0x20b
#define CERT_DIRECTORY 4 /* IMAGE_DIRECTORY_ENTRY_SECURITY */
#define WIN_CERT_REVISION_2 0x0200
#define WIN_CERT_TYPE_PKCS_SIGNED_DATA 0x0002

/* Fields of the headers that are needed until the struct pe is complete. */
struct headers {
	size_t optional_at;
	uint16_t optional_len, n_sections;
	uint32_t symbols_at, n_symbols;
	uint32_t cert_at, cert_len;
};

static int bad(struct error *err, const char *what)
{
	return error_set(err, -EBADMSG, "PE image: %s", what);
}

static int parse_coff(struct pe *pe, struct error *err, struct headers *h)
{
	struct reader r = pe->file, magic;
	uint32_t pe_at;

	if (!reader_take(&r, 2, &magic) || !reader_equals(&magic, "MZ"))
		return bad(err, "it does not begin with MZ");
	if (!reader_skip(&r, 0x3a) || !reader_le32(&r, &pe_at))
		return bad(err, "cut off in the DOS header");
	r = pe->file;
	if (!reader_skip(&r, pe_at) || !reader_take(&r, 4, &magic) || memcmp(magic.at, "PE\0\0", 4) != 0)
		return bad(err, "no PE signature");
	if (!reader_le16(&r, &pe->machine) || !reader_le16(&r, &h->n_sections) || !reader_skip(&r, 4) ||
	    !reader_le32(&r, &h->symbols_at) || !reader_le32(&r, &h->n_symbols) ||
	    !reader_le16(&r, &h->optional_len) || !reader_skip(&r, 2))
		return bad(err, "cut off in the COFF header");
	if (h->n_sections == 0 || h->n_sections > PE_SECTIONS_MAX)
		return bad(err, "no sections or too many");
	h->optional_at = (size_t)pe_at + 4 + COFF_HEADER_LEN;
	return 0;
}

/* The length of the optional header decides whether a certificate directory exists. */
static int parse_optional(struct pe *pe, struct error *err, struct headers *h)
{
	struct reader whole, r;
	uint32_t headers_len, n_directories;
	size_t count_at;
	uint16_t magic;

	if (!reader_at(&pe->file, h->optional_at, h->optional_len, &whole))
		return bad(err, "the optional header ends past the file");
	r = whole;
	if (!reader_le16(&r, &magic) || (magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS))
		return bad(err, "unknown kind of optional header");
	if (!reader_skip(&r, 58) || !reader_le32(&r, &headers_len) || !reader_skip(&r, 4))
		return bad(err, "the optional header is too short");
	pe->checksum_at = h->optional_at + 64;
	pe->headers_len = headers_len;
	count_at = magic == MAGIC_PE32 ? 92 : 108;
	r = whole;
	if (!reader_skip(&r, count_at) || !reader_le32(&r, &n_directories))
		return bad(err, "the optional header is too short");
	if (n_directories <= CERT_DIRECTORY)
		return 0;
	if (n_directories > 16)
		return bad(err, "too many data directories");
	if (!reader_skip(&r, 8 * CERT_DIRECTORY) || !reader_le32(&r, &h->cert_at) ||
	    !reader_le32(&r, &h->cert_len))
		return bad(err, "the optional header is too short for its data directories");
	pe->cert_dir_at = h->optional_at + count_at + 4 + 8 * CERT_DIRECTORY;
	return 0;
}

/* COFF keeps names longer than 8 bytes in the string table after the symbols: "/17" is its byte 17. */
static void long_name(const struct pe *pe, const struct headers *h, struct pe_section *s)
{
	struct reader table, tail;
	const uint8_t *nul;
	uint64_t at;

	if (s->name[0] != '/' || h->symbols_at == 0 ||
	    text_number(s->name + 1, strlen(s->name + 1), UINT32_MAX, &at) < 0)
		return;
	table = pe->file;
	if (!reader_skip(&table, h->symbols_at) ||
	    !reader_take_array(&table, h->n_symbols, SYMBOL_LEN, &tail) || !reader_skip(&table, at))
		return;
	nul = table.left > 0 ? memchr(table.at, '\0', table.left) : NULL;
	if (nul && nul - table.at > 0 && nul - table.at < (ptrdiff_t)sizeof(s->name))
		memcpy(s->name, table.at, nul - table.at + 1);
}

static int parse_sections(struct pe *pe, struct error *err, const struct headers *h)
{
	uint32_t virtual_len, raw_len, raw_at;
	struct pe_section *s;
	struct reader r;
	size_t end;

	if (!reader_at(&pe->file, h->optional_at + h->optional_len,
		       (uint64_t)h->n_sections * SECTION_HEADER_LEN, &r))
		return bad(err, "the section table ends past the file");
	end = h->optional_at + h->optional_len + r.left;
	if (pe->headers_len > pe->file.left || pe->headers_len < end)
		return bad(err, "the size of the headers is wrong");
	for (pe->n_sections = 0; pe->n_sections < h->n_sections; pe->n_sections++) {
		s = &pe->section[pe->n_sections];
		if (!reader_bytes(&r, s->name, 8) || !reader_le32(&r, &virtual_len) || !reader_skip(&r, 4) ||
		    !reader_le32(&r, &raw_len) || !reader_le32(&r, &raw_at) || !reader_skip(&r, 16))
			return bad(err, "cut off in the section table");
		s->virtual_len = virtual_len;
		if (raw_len > 0 && raw_at < pe->headers_len)
			return error_set(err, -EBADMSG, "PE image: section %zu overlaps the headers",
					 pe->n_sections);
		if (!reader_at(&pe->file, raw_len > 0 ? raw_at : 0, raw_len, &s->raw))
			return error_set(err, -EBADMSG, "PE image: section %zu ends past the file",
					 pe->n_sections);
		long_name(pe, h, s);
	}
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct pe_section *const *x = a, *const *y = b;

	if ((*x)->raw.at != (*y)->raw.at)
		return (*x)->raw.at < (*y)->raw.at ? -1 : 1;
	return 0;
}

/* The sections that have bytes in the file, in file order. */
static size_t sort_sections(const struct pe *pe, const struct pe_section *ret[static PE_SECTIONS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < pe->n_sections; i++)
		if (pe->section[i].raw.left > 0)
			ret[n++] = &pe->section[i];
	qsort(ret, n, sizeof(*ret), by_place);
	return n;
}

/* The certificate table is the end of the file; nothing that is hashed may reach into it. */
static int parse_certs(struct pe *pe, struct error *err, const struct headers *h)
{
	const uint8_t *limit = pe->file.at + pe->file.left;

	if (h->cert_len == 0)
		return h->cert_at == 0 ? 0 : bad(err, "a certificate table without a size");
	if (h->cert_at % 8 != 0 || !reader_at(&pe->file, h->cert_at, h->cert_len, &pe->certs) ||
	    pe->certs.at + pe->certs.left != limit)
		return bad(err, "the certificate table is not the end of the file");
	if (h->cert_at < pe->headers_len)
		return bad(err, "the certificate table overlaps the headers");
	return 0;
}

static int check_layout(const struct pe *pe, struct error *err)
{
	const struct pe_section *sorted[PE_SECTIONS_MAX];
	const uint8_t *limit = pe->file.at + pe->file.left - pe->certs.left;
	size_t n = sort_sections(pe, sorted);

	for (size_t i = 0; i < n; i++) {
		if (sorted[i]->raw.at + sorted[i]->raw.left > limit)
			return bad(err, "a section reaches into the certificate table");
		if (i > 0 && sorted[i]->raw.at < sorted[i - 1]->raw.at + sorted[i - 1]->raw.left)
			return bad(err, "two sections overlap");
	}
	return 0;
}

/* WIN_CERTIFICATE: length with this header, revision, type; each starts at a multiple of 8. */
static int parse_signatures(struct pe *pe, struct error *err)
{
	struct reader rest = pe->certs, body;
	uint16_t revision, type;
	size_t pad;
	uint32_t len;

	while (rest.left > 0) {
		if (!reader_le32(&rest, &len) || !reader_le16(&rest, &revision) || !reader_le16(&rest, &type))
			return bad(err, "a signature ends past the certificate table");
		if (len < 8)
			return bad(err, "a signature is shorter than its header");
		if (!reader_take(&rest, len - 8, &body))
			return bad(err, "a signature ends past the certificate table");
		pad = (8 - len % 8) % 8;
		if (!reader_skip(&rest, pad < rest.left ? pad : rest.left))
			return bad(err, "a signature ends past the certificate table");
		if (type != WIN_CERT_TYPE_PKCS_SIGNED_DATA)
			continue;
		if (revision != WIN_CERT_REVISION_2)
			return bad(err, "a signature of an unknown revision");
		if (pe->n_signatures == PE_SIGNATURES_MAX)
			return bad(err, "too many signatures");
		pe->signature[pe->n_signatures++] = body;
	}
	return 0;
}

int pe_parse(const struct reader *file, struct error *err, struct pe *ret)
{
	struct pe pe = { .file = *file };
	struct headers h = { .optional_at = 0 };
	int r;

	if (file->left > PE_FILE_MAX)
		return error_set(err, -EFBIG, "PE image: longer than %u bytes", PE_FILE_MAX);
	r = parse_coff(&pe, err, &h);
	if (r == 0)
		r = parse_optional(&pe, err, &h);
	if (r == 0)
		r = parse_sections(&pe, err, &h);
	if (r == 0)
		r = parse_certs(&pe, err, &h);
	if (r == 0)
		r = check_layout(&pe, err);
	if (r == 0)
		r = parse_signatures(&pe, err);
	if (r == 0)
		*ret = pe;
	return r;
}

/*
 * "Calculating the PE Image Hash", in the order of EDK2's HashPeImage(): the rest of the file begins at the
 * number of bytes hashed so far, which is the end of the last section only when there are no gaps. It is not
 * padded.
 */
int pe_image_digest(const struct pe *pe, uint8_t ret[static SHA256_LEN])
{
	const struct pe_section *sorted[PE_SECTIONS_MAX];
	const uint8_t *start = pe->file.at;
	size_t n = sort_sections(pe, sorted), at = pe->checksum_at + 4, sum = pe->headers_len;
	size_t limit = pe->file.left - pe->certs.left;
	struct hash *h = NULL;
	int r;

	r = hash_new(HASH_SHA256, &h);
	if (r == 0)
		r = hash_update(h, start, pe->checksum_at);
	if (r == 0 && pe->cert_dir_at > 0) {
		r = hash_update(h, start + at, pe->cert_dir_at - at);
		at = pe->cert_dir_at + 8;
	}
	if (r == 0)
		r = hash_update(h, start + at, pe->headers_len - at);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = hash_update(h, sorted[i]->raw.at, sorted[i]->raw.left);
		sum += sorted[i]->raw.left;
	}
	if (r == 0 && sum < limit)
		r = hash_update(h, start + sum, limit - sum);
	if (r == 0)
		r = hash_final(h, ret);
	hash_free(h);
	return r;
}

int pe_digest(const struct reader *file, struct error *err, uint8_t ret[static SHA256_LEN])
{
	struct pe pe;
	int r;

	r = pe_parse(file, err, &pe);
	if (r < 0)
		return r;
	r = pe_image_digest(&pe, ret);
	return r < 0 ? error_set(err, r, "PE image: cannot be hashed: %s", strerror(-r)) : 0;
}

bool pe_section(const struct pe *pe, const char *name, struct reader *ret)
{
	const struct pe_section *s;

	for (size_t i = 0; i < pe->n_sections; i++) {
		s = &pe->section[i];
		if (strcmp(s->name, name) != 0)
			continue;
		*ret = s->raw;
		if (s->virtual_len > 0 && s->virtual_len < ret->left)
			ret->left = s->virtual_len;
		return true;
	}
	return false;
}
