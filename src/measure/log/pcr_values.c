#include "measure/log/pcr_values.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define BLANK " \t\r"
#define BETWEEN " \t:,"
#define BANKS 8
#define UNSAID BANKS /* no line has named a bank yet */

/* As tpm2_pcrread prints them; those of the same length cannot be told apart without their names. */
static const struct {
	const char *name;
	size_t digits;
} banks[BANKS] = {
	{ "sha1", 40 },	   { "sha256", 64 },   { "sha384", 96 },   { "sha512", 128 },
	{ "sm3_256", 64 }, { "sha3_256", 64 }, { "sha3_384", 96 }, { "sha3_512", 128 },
};
#define OURS 1 /* sha256 */

struct parsing {
	const char *name;
	size_t line;
	struct error *err;
	size_t bank; /* that the lines are of, or UNSAID */
	pcr_mask seen[BANKS];
	struct pcr_values values;
};

static bool is_one_of(uint8_t c, const char *set)
{
	return c && strchr(set, c);
}

static void trim(struct reader *r)
{
	while (r->left > 0 && is_one_of(r->at[0], BLANK))
		reader_skip(r, 1);
	while (r->left > 0 && is_one_of(r->at[r->left - 1], BLANK))
		r->left--;
}

static int bad(const struct parsing *p, const char *what)
{
	return error_set(p->err, -EBADMSG, "%s:%zu: %s", p->name, p->line, what);
}

static bool take_bank(struct parsing *p, const struct reader *line)
{
	struct reader name = *line;

	if (name.left == 0 || name.at[name.left - 1] != ':')
		return false;
	name.left--;
	trim(&name);
	for (size_t i = 0; i < BANKS; i++)
		if (reader_equals(&name, banks[i].name)) {
			p->bank = i;
			return true;
		}
	return false;
}

/* The bank of a value of that many digits; BANKS: none. */
static size_t bank_of(const struct parsing *p, size_t digits)
{
	if (p->bank != UNSAID)
		return banks[p->bank].digits == digits ? p->bank : BANKS;
	for (size_t i = 0; i < BANKS; i++)
		if (banks[i].digits == digits)
			return i;
	return BANKS;
}

static int take_value(struct parsing *p, struct reader line)
{
	uint8_t value[HASH_MAX_LEN];
	struct reader number = { .at = line.at };
	uint64_t pcr;
	size_t bank;

	while (number.left < line.left && !is_one_of(line.at[number.left], BETWEEN))
		number.left++;
	reader_skip(&line, number.left);
	if (line.left == 0 || number.left == 0)
		return bad(p, "neither the number of a PCR with its value nor the name of a bank");
	if (text_number((const char *)number.at, number.left, UINT32_MAX, &pcr) < 0)
		return bad(p, "it does not begin with the number of a PCR");
	if (pcr >= PCR_COUNT)
		return error_set(p->err, -EBADMSG, "%s:%zu: PCR %u: a TPM has PCRs 0 to %d", p->name, p->line,
				 (unsigned)pcr, PCR_COUNT - 1);
	while (line.left > 0 && is_one_of(line.at[0], BETWEEN))
		reader_skip(&line, 1);
	if (line.left >= 2 && line.at[0] == '0' && (line.at[1] | 0x20) == 'x')
		reader_skip(&line, 2);
	bank = bank_of(p, line.left);
	if (bank == BANKS)
		return error_set(p->err, -EBADMSG,
				 "%s:%zu: PCR %u: %zu characters are not a value of %s", p->name, p->line,
				 (unsigned)pcr, line.left,
				 p->bank == UNSAID ? "any bank (SHA-256: 64 hexadecimal digits)"
						   : banks[p->bank].name);
	if (text_unhex((const char *)line.at, line.left, value, line.left / 2) < 0)
		return error_set(p->err, -EBADMSG, "%s:%zu: PCR %u: not a hexadecimal value", p->name,
				 p->line, (unsigned)pcr);
	if (p->seen[bank] >> pcr & 1)
		return error_set(p->err, -EBADMSG, "%s:%zu: PCR %u has a value already", p->name, p->line,
				 (unsigned)pcr);
	p->seen[bank] |= PCR(pcr);
	if (bank == OURS)
		memcpy(p->values.value[pcr], value, SHA256_LEN);
	return 0;
}

static int take_line(struct parsing *p, struct reader line)
{
	const uint8_t *comment = line.left > 0 ? memchr(line.at, '#', line.left) : NULL;

	if (comment)
		line.left = comment - line.at;
	trim(&line);
	if (line.left == 0 || take_bank(p, &line))
		return 0;
	return take_value(p, line);
}

int pcr_values_parse(const struct reader *text, const char *name, struct error *err, struct pcr_values *ret)
{
	struct parsing p = { .name = name, .err = err, .bank = UNSAID };
	struct reader rest = *text, line;
	bool others = false;
	int r = 0;

	while (r == 0 && reader_line(&rest, &line)) {
		p.line++;
		r = take_line(&p, line);
	}
	if (r < 0)
		return r;
	p.values.mask = p.seen[OURS];
	for (size_t i = 0; i < BANKS; i++)
		others |= p.seen[i] != 0;
	if (p.values.mask == 0)
		return error_set(err, -EBADMSG, "%s: %s", name,
				 others ? "it has no value of the SHA-256 bank, only of others"
					: "it has no PCR values");
	*ret = p.values;
	return 0;
}

int pcr_values_require(const struct pcr_values *v, pcr_mask mask, const char *name, struct error *err)
{
	for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++)
		if (mask >> pcr & 1 && !(v->mask >> pcr & 1))
			return error_set(err, -ENODATA,
					 "%s: it has no SHA-256 value of PCR %u, which is needed", name, pcr);
	return 0;
}
