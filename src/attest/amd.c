#include "attest/amd.h"

#include <errno.h>
#include <string.h>

#define VCEK_NAME "SEV-VCEK"
#define VLEK_NAME "SEV-VLEK"
#define OID_AMD "1.3.6.1.4.1.3704.1."
#define OID_PRODUCT OID_AMD "2"
#define OID_BOOT_LOADER OID_AMD "3.1"
#define OID_TEE OID_AMD "3.2"
#define OID_SNP OID_AMD "3.3"
#define OID_MICROCODE OID_AMD "3.8"
#define OID_CHIP OID_AMD "4"

#define DER_INTEGER 0x02
#define DER_OCTETS 0x04
#define DER_IA5_STRING 0x16

/* the keys of the certificates that kdsintf.amd.com serves as /vcek/v1/LINE/cert_chain */
const struct amd_line amd_lines[] = {
	{ "Milan",
	  { 0x9f, 0x05, 0x6b, 0xee, 0x44, 0x37, 0x7e, 0x29, 0x30, 0x8c, 0xb5, 0xff, 0xa8, 0x95, 0xbd, 0xfb,
	    0x62, 0xd1, 0x88, 0x81, 0xfa, 0x6b, 0xed, 0x8d, 0x6f, 0x07, 0x5b, 0x02, 0x04, 0x08, 0x9c, 0xb9 },
	  0x19,
	  0x00,
	  0x0f,
	  false },
	/* with Bergamo and Siena, which are models 0xa0 to 0xaf and have its root, too */
	{ "Genoa",
	  { 0x42, 0x9a, 0x69, 0xc9, 0x42, 0x2a, 0xa2, 0x58, 0xee, 0x4d, 0x8d, 0xb5, 0xfc, 0xda, 0x9c, 0x64,
	    0x70, 0xef, 0x15, 0xf8, 0xcd, 0x5a, 0x9c, 0xeb, 0xd6, 0xcb, 0xc7, 0xd9, 0x0b, 0x86, 0x38, 0x31 },
	  0x19,
	  0x10,
	  0xaf,
	  false },
	{ "Turin",
	  { 0x4f, 0x12, 0x54, 0x10, 0x56, 0x3a, 0x2a, 0xb9, 0xa5, 0x03, 0x56, 0xf9, 0x24, 0x3f, 0x6f, 0xe0,
	    0xb6, 0xf7, 0x3d, 0xe9, 0x86, 0x03, 0xf5, 0x3f, 0x90, 0x33, 0x9c, 0x70, 0xe9, 0xd7, 0xad, 0x08 },
	  0x1a,
	  0x00,
	  0xff,
	  true },
	{ .name = NULL },
};

static const struct amd_line *line_of(const struct certificate *ark, const struct amd_line *lines)
{
	uint8_t digest[SHA256_LEN];

	if (certificate_key_digest(ark, digest) < 0)
		return NULL;
	for (; lines->name; lines++)
		if (memcmp(digest, lines->ark, sizeof(digest)) == 0)
			return lines;
	return NULL;
}

/* Copies of one certificate, as files with the chain often have, are one. */
static bool is_same(const struct certificate *a, const struct certificate *b)
{
	uint8_t one[SHA256_LEN], other[SHA256_LEN];

	return certificate_digest(a, one) == 0 && certificate_digest(b, other) == 0 &&
	       memcmp(one, other, sizeof(one)) == 0;
}

static int find_vcek(struct certificate *const *c, size_t n, struct error *err,
		     const struct certificate **ret)
{
	const struct certificate *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (certificate_is_named(c[i], VLEK_NAME))
			return error_set(
				err, -EOPNOTSUPP,
				"there is a certificate of a VLEK, a key that AMD lends to the host's "
				"owner; only the CPU's own (VCEK) is supported");
		if (!certificate_is_named(c[i], VCEK_NAME))
			continue;
		if (found && !is_same(found, c[i]))
			return error_set(err, -EKEYREJECTED, "there are two certificates of a VCEK");
		found = c[i];
	}
	*ret = found;
	return found ? 0 : error_set(err, -ENOENT, "there is no certificate of a VCEK");
}

static const struct certificate *issuer_of(struct certificate *const *c, size_t n,
					   const struct certificate *what)
{
	for (size_t i = 0; i < n; i++)
		if (certificate_signed_by(what, c[i]))
			return c[i];
	return NULL;
}

static int check_dates(const struct amd_chain *chain, int64_t now, struct error *err)
{
	const struct certificate *const c[] = { chain->vcek, chain->ask, chain->ark };
	struct buffer name = BUFFER_NONE;
	int age, r = 0;

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]) && r == 0; i++) {
		age = certificate_age(c[i], now);
		if (age == 0)
			continue;
		certificate_add_name(c[i], &name);
		r = error_set(err, -EKEYEXPIRED, "the certificate of %s %s by this machine's clock",
			      buffer_str(&name), age < 0 ? "is not valid yet" : "is no longer valid");
	}
	buffer_free(&name);
	return r;
}

int amd_chain_find(struct certificate *const *c, size_t n, const struct amd_line *lines, int64_t now,
		   struct error *err, struct amd_chain *ret)
{
	struct amd_chain chain = { .line = NULL };
	int r = find_vcek(c, n, err, &chain.vcek);

	if (r < 0)
		return r;
	chain.ask = issuer_of(c, n, chain.vcek);
	if (!chain.ask)
		return error_set(err, n > 1 ? -EKEYREJECTED : -ENOENT,
				 "no certificate here is of the key that signed the VCEK's (ASK)");
	chain.ark = issuer_of(c, n, chain.ask);
	if (!chain.ark)
		return error_set(err, n > 2 ? -EKEYREJECTED : -ENOENT,
				 "no certificate here is of the key that signed the ASK's (ARK)");
	chain.line = line_of(chain.ark, lines);
	if (!chain.line)
		return error_set(err, -EKEYREJECTED, "the root of the certificates is none of AMD's (ARK)");
	if (!certificate_is_ca(chain.ask) || !certificate_is_ca(chain.ark) ||
	    !certificate_signed_by(chain.ark, chain.ark))
		return error_set(err, -EKEYREJECTED, "ASK or ARK are no certificates of an authority");
	if (chain.line->unsupported)
		return error_set(
			err, -EOPNOTSUPP,
			"the certificates are of a CPU of the line %s, whose reports are not supported yet",
			chain.line->name);
	r = check_dates(&chain, now, err);
	if (r == 0)
		*ret = chain;
	return r;
}

/* A DER value of that tag with a length of one byte, and nothing behind it. */
static bool take_der(struct reader der, uint8_t tag, struct reader *ret)
{
	uint8_t found, len;

	return reader_u8(&der, &found) && found == tag && reader_u8(&der, &len) && len < 0x80 &&
	       reader_take(&der, len, ret) && der.left == 0;
}

static bool is_number(const struct certificate *c, const char *oid, uint8_t wanted)
{
	struct reader der, value;

	if (certificate_extension(c, oid, &der) < 0 || !take_der(der, DER_INTEGER, &value))
		return false;
	/* a number from 128 on begins with a zero, or it would be negative */
	if (value.left == 2 && value.at[0] == 0 && value.at[1] >= 0x80)
		reader_skip(&value, 1);
	else if (value.left == 1 && value.at[0] >= 0x80)
		return false;
	return value.left == 1 && value.at[0] == wanted;
}

/* AMD writes the 64 bytes without a tag. */
static bool is_chip(const struct certificate *c, const uint8_t chip[static SNP_CHIP_LEN])
{
	struct reader value, inner;

	if (certificate_extension(c, OID_CHIP, &value) < 0)
		return false;
	if (value.left != SNP_CHIP_LEN && take_der(value, DER_OCTETS, &inner))
		value = inner;
	return value.left == SNP_CHIP_LEN && memcmp(value.at, chip, SNP_CHIP_LEN) == 0;
}

/* "Milan-B0", "Genoa" */
static bool is_product(const struct certificate *c, const char *line)
{
	struct reader der, value, name;

	if (certificate_extension(c, OID_PRODUCT, &der) < 0 || !take_der(der, DER_IA5_STRING, &value) ||
	    !reader_take(&value, strlen(line), &name))
		return false;
	return reader_equals(&name, line) && (value.left == 0 || value.at[0] == '-');
}

int amd_vcek_matches(const struct amd_chain *chain, const struct snp_report *report, struct error *err)
{
	const struct amd_line *line = chain->line;
	const struct snp_tcb *tcb = &report->reported;

	if (!is_chip(chain->vcek, report->chip))
		return error_set(err, -EKEYREJECTED, "the report is of another CPU than the certificate");
	if (!is_product(chain->vcek, line->name))
		return error_set(err, -EKEYREJECTED,
				 "the certificate is signed for the line %s and names another one",
				 line->name);
	if (report->has_cpu && (report->family != line->family || report->model < line->model_first ||
				report->model > line->model_last))
		return error_set(err, -EKEYREJECTED,
				 "the report is of family 0x%02x, model 0x%02x, which is not of the "
				 "certificate's line %s",
				 report->family, report->model, line->name);
	if (!is_number(chain->vcek, OID_BOOT_LOADER, tcb->boot_loader) ||
	    !is_number(chain->vcek, OID_TEE, tcb->tee) || !is_number(chain->vcek, OID_SNP, tcb->snp) ||
	    !is_number(chain->vcek, OID_MICROCODE, tcb->microcode))
		return error_set(err, -EKEYREJECTED,
				 "the certificate is for other versions of the firmware than the report's "
				 "(boot loader %u, TEE %u, SNP %u, microcode %u); fetch the one for these",
				 tcb->boot_loader, tcb->tee, tcb->snp, tcb->microcode);
	return 0;
}
