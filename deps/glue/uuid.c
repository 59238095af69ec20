#include "uuid/uuid.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TEXT_LEN 36

static int is_dash(int at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void uuid_generate(uuid_t ret)
{
	if (getrandom(ret, sizeof(uuid_t), 0) != sizeof(uuid_t))
		abort();
	ret[6] = (ret[6] & 0x0f) | 0x40; /* RFC 9562, 5.4: version 4, */
	ret[8] = (ret[8] & 0x3f) | 0x80; /* variant 10 */
}

int uuid_parse(const char *text, uuid_t ret)
{
	uuid_t uuid = { 0 };
	int at, value, digits = 0;

	if (strlen(text) != TEXT_LEN)
		return -1;
	for (at = 0; at < TEXT_LEN; at++) {
		if (is_dash(at)) {
			if (text[at] != '-')
				return -1;
			continue;
		}
		value = hex_value(text[at]);
		if (value < 0)
			return -1;
		uuid[digits / 2] |= digits % 2 ? value : value << 4;
		digits++;
	}
	memcpy(ret, uuid, sizeof(uuid_t));
	return 0;
}

void uuid_unparse(const uuid_t uuid, char *ret)
{
	static const char hex[] = "0123456789abcdef";
	int at, digits = 0;

	for (at = 0; at < TEXT_LEN; at++) {
		if (is_dash(at)) {
			ret[at] = '-';
			continue;
		}
		ret[at] = hex[digits % 2 ? uuid[digits / 2] & 15 : uuid[digits / 2] >> 4];
		digits++;
	}
	ret[TEXT_LEN] = '\0';
}
