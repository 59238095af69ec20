#include "seal/crypttab_cmdline.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/reader.h"

/*
 * The shell's read without -r: a backslash is dropped and makes what follows ordinary. A boot loader may
 * have doubled it.
 */
static void add_unslashed(struct buffer *b, struct reader word)
{
	uint8_t c;

	while (reader_u8(&word, &c)) {
		if (c == '\\' && !reader_u8(&word, &c))
			break;
		buffer_add_u8(b, c);
	}
}

/* target=NAME,source=DEVICE,key=KEY,OPTION... becomes a line of a crypttab. */
static void add_line(const struct buffer *opts, struct buffer *ret)
{
	static const char *const heads[] = { "target=", "source=", "key=" };
	struct reader in = reader_new(opts->data, opts->len), value[3] = { { .left = 0 } }, part, head;
	struct buffer options = BUFFER_NONE;
	size_t n, i;

	while (in.left > 0) {
		for (n = 0; n < in.left && in.at[n] != ','; n++)
			;
		reader_take(&in, n, &part);
		reader_skip(&in, 1);
		for (i = 0; i < 3; i++)
			if (reader_at(&part, 0, strlen(heads[i]), &head) && reader_equals(&head, heads[i]))
				break;
		if (i < 3) {
			reader_skip(&part, strlen(heads[i]));
			value[i] = part;
			continue;
		}
		buffer_add_str(&options, options.len > 0 ? "," : "");
		buffer_add(&options, part.at, part.left);
	}
	if (value[0].left == 0)
		value[0] = reader_new("cryptroot", strlen("cryptroot"));
	if (value[2].left == 0)
		value[2] = reader_new("none", strlen("none"));
	for (i = 0; i < 3 && value[1].left > 0; i++) {
		buffer_add(ret, value[i].at, value[i].left);
		buffer_add_str(ret, " ");
	}
	if (value[1].left > 0)
		buffer_addf(ret, "%s\n", buffer_str(&options));
	ret->failed = ret->failed || options.failed;
	buffer_free(&options);
}

int crypttab_add_cmdline(const void *cmdline, size_t n, struct error *err, struct crypttab *t)
{
	static const char head[] = "cryptopts=";
	struct reader in = reader_new(cmdline, n), word, part;
	struct buffer text = BUFFER_NONE, opts = BUFFER_NONE;
	bool found = false;
	int r = 0;

	while (in.left > 0) {
		size_t len = 0;

		while (len < in.left && in.at[len] != ' ' && in.at[len] != '\n')
			len++;
		reader_take(&in, len, &word);
		reader_skip(&in, 1);
		if (!reader_at(&word, 0, strlen(head), &part) || !reader_equals(&part, head))
			continue;
		found = true;
		reader_skip(&word, strlen(head));
		buffer_free(&opts);
		add_unslashed(&opts, word);
		add_line(&opts, &text);
		if (!buffer_ok(&opts) || !buffer_ok(&text))
			r = -ENOMEM;
	}
	if (r < 0)
		r = error_set(err, r, "cryptopts=: out of memory");
	else if (found)
		r = crypttab_parse(text.data, text.len, "cryptopts=", err, t);
	buffer_free(&opts);
	buffer_free(&text);
	return r;
}
