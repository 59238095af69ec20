#include "seal/recovery_key.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

#define CHECK 11
#define GROUP_MAX (0xffff * CHECK)

static void put_group(uint32_t v, uint8_t *ret)
{
	for (size_t i = RECOVERY_GROUP_DIGITS; i-- > 0; v /= 10)
		ret[i] = '0' + v % 10;
}

void recovery_text(const uint8_t bits[static RECOVERY_LEN], uint8_t ret[static RECOVERY_TEXT_LEN])
{
	for (size_t i = 0; i < RECOVERY_GROUPS; i++) {
		if (i > 0)
			*ret++ = ' ';
		put_group(((uint32_t)bits[2 * i] << 8 | bits[2 * i + 1]) * CHECK, ret);
		ret += RECOVERY_GROUP_DIGITS;
	}
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_separator(uint8_t c)
{
	return c == ' ' || c == '-' || c == '.' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * How many digits there are; ret_odd: the first run between separators that is not made of whole groups,
 * counted in groups from 1.
 */
static int count_digits(const uint8_t *typed, size_t n, struct error *err, size_t *ret, size_t *ret_odd)
{
	size_t digits = 0, run = 0;

	*ret_odd = 0;
	for (size_t i = 0; i < n; i++) {
		if (is_digit(typed[i])) {
			digits++;
			run++;
			continue;
		}
		if (!is_separator(typed[i]))
			return error_set(err, -EINVAL,
					 "a recovery key consists of digits only, in %d groups of %d",
					 RECOVERY_GROUPS, RECOVERY_GROUP_DIGITS);
		if (run % RECOVERY_GROUP_DIGITS != 0 && *ret_odd == 0)
			*ret_odd = (digits - 1) / RECOVERY_GROUP_DIGITS + 1;
		run = 0;
	}
	*ret = digits;
	return 0;
}

static int check_length(const uint8_t *typed, size_t n, struct error *err)
{
	size_t digits = 0, odd = 0;
	int r;

	r = count_digits(typed, n, err, &digits, &odd);
	if (r < 0 || digits == RECOVERY_DIGITS)
		return r;
	if (odd > 0)
		return error_set(err, -EINVAL, "group %zu does not have %d digits", odd,
				 RECOVERY_GROUP_DIGITS);
	return error_set(err, -EINVAL, "%zu digits instead of %d groups of %d", digits, RECOVERY_GROUPS,
			 RECOVERY_GROUP_DIGITS);
}

static int name_wrong(unsigned wrong, struct error *err)
{
	struct buffer names = BUFFER_NONE;
	unsigned n = 0;

	for (unsigned i = 0; i < RECOVERY_GROUPS; i++) {
		if (!(wrong >> i & 1))
			continue;
		buffer_addf(&names, "%s%u", n == 0 ? "" : wrong >> i == 1 ? " and " : ", ", i + 1);
		n++;
	}
	error_set(err, -EINVAL, n == 1 ? "group %s has a typing error" : "groups %s have typing errors",
		  buffer_str(&names));
	buffer_free(&names);
	return -EINVAL;
}

/* A bit for each group that is not a 16-bit number times 11. */
static unsigned find_wrong(const uint8_t *typed, size_t n)
{
	unsigned wrong = 0, digits = 0;
	uint32_t group = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_digit(typed[i]))
			continue;
		group = group * 10 + (typed[i] - '0');
		if (++digits % RECOVERY_GROUP_DIGITS != 0)
			continue;
		if (group % CHECK != 0 || group > GROUP_MAX)
			wrong |= 1u << (digits / RECOVERY_GROUP_DIGITS - 1);
		group = 0;
	}
	return wrong;
}

int recovery_read(const void *typed, size_t n, struct error *err, uint8_t ret[static RECOVERY_TEXT_LEN])
{
	const uint8_t *t = typed;
	unsigned wrong, digits = 0;
	int r;

	r = check_length(t, n, err);
	if (r < 0)
		return r;
	wrong = find_wrong(t, n);
	if (wrong)
		return name_wrong(wrong, err);
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(t[i]))
			continue;
		if (digits > 0 && digits % RECOVERY_GROUP_DIGITS == 0)
			*ret++ = ' ';
		*ret++ = t[i];
		digits++;
	}
	return 0;
}

int recovery_new(struct secret *ret)
{
	struct secret bits = SECRET_NONE;
	int r;

	r = secret_random(RECOVERY_LEN, &bits);
	if (r == 0)
		r = secret_new(RECOVERY_TEXT_LEN, ret);
	if (r == 0)
		recovery_text(bits.bytes, ret->bytes);
	secret_free(&bits);
	return r;
}

int recovery_parse(const struct secret *typed, struct error *err, struct secret *ret)
{
	struct secret s = SECRET_NONE;
	int r;

	r = secret_new(RECOVERY_TEXT_LEN, &s);
	if (r < 0)
		return error_set(err, r, "no locked memory for the key: %s", strerror(-r));
	r = recovery_read(typed->bytes, typed->len, err, s.bytes);
	if (r < 0)
		secret_free(&s);
	else
		*ret = s;
	return r;
}
