#include "seal/window_text.h"

#include <errno.h>

#include "base/text.h"
#include "hash/hash.h"

static int shorten(struct buffer *text)
{
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	int r;

	if (text->len <= WINDOW_TEXT_MAX)
		return 0;
	r = hash_sha256(text->data, text->len, digest);
	if (r < 0)
		return r;
	text_hex(digest, sizeof(digest), hex);
	text->len = 0;
	buffer_addf(text, "bootseal opened\nsha256 %s", hex);
	return 0;
}

int window_text(const struct anchor *a, const bool opened[static TARGET_MAX], struct buffer *ret)
{
	struct buffer text = BUFFER_NONE;
	char pin[2 * SHA256_LEN + 1];
	size_t i;
	int r;

	for (i = 0; i < a->target_count; i++) {
		if (!opened[i])
			continue;
		text_hex(a->target[i].volume_pin, SHA256_LEN, pin);
		buffer_addf(&text, "%s\n%s %s %s", text.len ? "" : "bootseal opened", a->target[i].name,
			    a->target[i].uuid, pin);
	}
	if (text.len == 0)
		buffer_add_str(&text, WINDOW_CLOSED_TEXT);
	r = shorten(&text);
	if (r == 0 && !buffer_ok(&text))
		r = -ENOMEM;
	if (r < 0)
		buffer_free(&text);
	else
		*ret = text;
	return r;
}
