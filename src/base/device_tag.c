#include "base/device_tag.h"

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

static const struct {
	const char *tag, *dir;
} tags[] = {
	{ "UUID=", "/dev/disk/by-uuid/" },
	{ "LABEL=", "/dev/disk/by-label/" },
	{ "PARTUUID=", "/dev/disk/by-partuuid/" },
	{ "PARTLABEL=", "/dev/disk/by-partlabel/" },
	{ "ID=", "/dev/disk/by-id/" },
};

/* The row of the table; -1 for none. */
static int find(const char *spec)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strncmp(spec, tags[i].tag, strlen(tags[i].tag)) == 0)
			return (int)i;
	return -1;
}

bool device_tag_is(const char *spec)
{
	return find(spec) >= 0;
}

static void add_encoded(struct buffer *b, const char *s, size_t n)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#+-.:=@_";

	for (size_t i = 0; i < n; i++) {
		if ((uint8_t)s[i] >= 0x80 || strchr(plain, s[i]))
			buffer_add(b, &s[i], 1);
		else
			buffer_addf(b, "\\x%02x", (uint8_t)s[i]);
	}
}

bool device_tag_path(const char *spec, char *ret, size_t size)
{
	struct buffer b = BUFFER_NONE;
	int row = find(spec);
	size_t n;
	bool ok;

	if (row >= 0) {
		spec += strlen(tags[row].tag);
		n = strlen(spec);
		/* libblkid takes the quotes off a tag's value */
		if (n >= 2 && (spec[0] == '"' || spec[0] == '\'') && spec[n - 1] == spec[0]) {
			spec++;
			n -= 2;
		}
		buffer_add_str(&b, tags[row].dir);
		add_encoded(&b, spec, n);
	} else {
		buffer_add_str(&b, spec);
	}
	ok = buffer_ok(&b) && b.len < size;
	if (ok)
		memcpy(ret, buffer_str(&b), b.len + 1);
	buffer_free(&b);
	return ok;
}
