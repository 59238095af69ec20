#include "measure/grub/env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char signature[] = "# GRUB Environment Block\n";
#define SIGNATURE_LEN (sizeof(signature) - 1)

bool grub_env_valid(const uint8_t *block, size_t len)
{
	return len >= sizeof(signature) && !memcmp(block, signature, SIGNATURE_LEN);
}

/*
 * Index of the newline that ends the line at `at`; a backslash hides the next byte. len or more: no newline.
 */
static size_t line_end(const uint8_t *b, size_t len, size_t at)
{
	while (at < len && b[at] != '\n')
		at += b[at] == '\\' ? 2 : 1;
	return at;
}

/* The value at [at, end) without its backslashes, as a C string: a NUL ends it. */
static void unescape(const uint8_t *b, size_t at, size_t end, char *ret)
{
	for (; at < end; at++) {
		if (b[at] == '\\')
			at++;
		*ret++ = (char)b[at];
	}
	*ret = '\0';
}

int grub_env_each(const uint8_t *b, size_t len, int (*each)(void *context, const char *name,
		  const char *value), void *context)
{
	size_t at = SIGNATURE_LEN, eq, end;
	char *name, *value;
	int r = 0;

	if (!grub_env_valid(b, len))
		return -EINVAL;
	name = malloc(len * 2 + 2);
	if (!name)
		return -ENOMEM;
	value = name + len + 1;
	while (at < len && !r) {
		if (b[at] != '#') {
			eq = at;
			while (eq < len && b[eq] != '=')
				eq++;
			end = line_end(b, len, eq + 1);
			if (eq >= len || end >= len)
				break;
			memcpy(name, b + at, eq - at);
			name[eq - at] = '\0';
			unescape(b, eq + 1, end, value);
			r = each(context, name, value);
			at = end;
		}
		at = line_end(b, len, at) + 1;
	}
	free(name);
	return r;
}

static size_t escaped_len(const char *value)
{
	size_t n = 0;

	for (; *value; value++)
		n += *value == '\\' || *value == '\n' ? 2 : 1;
	return n;
}

static bool starts_variable(const uint8_t *b, size_t at, const char *name, size_t name_len)
{
	return !memcmp(b + at, name, name_len) && b[at + name_len] == '=';
}

static void write_value(uint8_t *b, size_t at, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '\n')
			b[at++] = '\\';
		b[at++] = (uint8_t)*value;
	}
	b[at] = '\n';
}

int grub_env_set(uint8_t *b, size_t len, const char *name, const char *value)
{
	size_t name_len = strlen(name), want = escaped_len(value), space = len, at, end, have;

	if (!grub_env_valid(b, len))
		return -EINVAL;
	while (space && b[space - 1] == '#')
		space--;
	if (!space || b[space - 1] != '\n')
		return -ENOSPC;
	for (at = SIGNATURE_LEN; at + name_len + 1 < space; at = line_end(b, len, at) + 1) {
		if (!starts_variable(b, at, name, name_len))
			continue;
		at += name_len + 1;
		end = line_end(b, len, at);
		if (end >= len)
			return -ENOSPC;
		have = end - at;
		if (want > have && len - space < want - have)
			return -ENOSPC;
		if (want < have) {
			memmove(b + at + want, b + end, len - end);
			memset(b + space - (have - want), '#', have - want);
		} else {
			memmove(b + at + want, b + end, len - (at + want));
		}
		write_value(b, at, value);
		return 0;
	}
	if (len - space < name_len + 1 + want + 1)
		return -ENOSPC;
	memcpy(b + space, name, name_len);
	b[space + name_len] = '=';
	write_value(b, space + name_len + 1, value);
	return 0;
}

void grub_env_unset(uint8_t *b, size_t len, const char *name)
{
	size_t name_len = strlen(name), at, end;

	if (!grub_env_valid(b, len))
		return;
	for (at = SIGNATURE_LEN; at + name_len + 1 < len; at = line_end(b, len, at) + 1) {
		if (!starts_variable(b, at, name, name_len))
			continue;
		end = line_end(b, len, at + name_len + 1) + 1;
		if (end > len)
			return;
		memmove(b + at, b + end, len - end);
		memset(b + len - (end - at), '#', end - at);
		return;
	}
}
