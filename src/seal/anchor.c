#include "seal/anchor.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/reader.h"
#include "base/text.h"

#define FIRST_LINE "bootseal-anchor 1"
#define PIN_FIRST_LINE "bootseal-anchor 2"
#define VOLUMES_FIRST_LINE "bootseal-volumes 1"
#define FIELD_MAX 4
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_.@=-"
#define HEX_CHARS "0123456789abcdef"

struct line {
	struct reader field[FIELD_MAX];
	size_t n;
	unsigned number; /* from 1 */
	const char *path;
};

static int bad(const struct line *l, struct error *err, const char *what)
{
	return error_set(err, -EBADMSG, "%s:%u: %s", l->path, l->number, what);
}

static bool only_chars(const struct reader *r, const char *chars)
{
	for (size_t i = 0; i < r->left; i++)
		if (!r->at[i] || !strchr(chars, r->at[i]))
			return false;
	return r->left > 0;
}

/* Fields stand apart by exactly one blank; a line that does not end in '\n' was cut off. */
static int next_line(struct reader *in, struct error *err, struct line *l)
{
	struct reader text, *f;
	bool ended = memchr(in->at, '\n', in->left);

	l->number++;
	l->n = 0;
	if (!reader_line(in, &text))
		return bad(l, err, "the file ends too early");
	if (!ended)
		return bad(l, err, "the line has no end");
	do {
		if (l->n == FIELD_MAX)
			return bad(l, err, "too many fields");
		f = &l->field[l->n++];
		*f = (struct reader){ .at = text.at };
		while (text.left > 0 && text.at[0] != ' ') {
			reader_skip(&text, 1);
			f->left++;
		}
		if (!only_chars(f, NAME_CHARS))
			return bad(l, err, "an empty field or an invalid character");
	} while (reader_skip(&text, 1));
	return 0;
}

static bool is_line(const struct line *l, const char *word, size_t n)
{
	return l->n == n && reader_equals(&l->field[0], word);
}

static bool get_hex(const struct reader *f, uint8_t *ret, size_t n)
{
	return only_chars(f, HEX_CHARS) && text_unhex((const char *)f->at, f->left, ret, n) == 0;
}

/* We make only SHA-256 Names. */
static bool get_name(const struct reader *f, struct tpm_name *ret)
{
	return get_hex(f, ret->bytes, TPM_NAME_LEN) && ret->bytes[0] == HASH_SHA256 >> 8 &&
	       ret->bytes[1] == (HASH_SHA256 & 0xff);
}

/* NV indices have the type byte 0x01 (TPM 2.0 Part 2, 7.2). */
static bool get_handle(const struct reader *f, uint32_t *ret)
{
	struct reader rest = *f, prefix, in;
	uint8_t b[4];
	uint32_t v;

	if (!reader_take(&rest, 2, &prefix) || !reader_equals(&prefix, "0x") || !get_hex(&rest, b, sizeof(b)))
		return false;
	in = reader_new(b, sizeof(b));
	if (!reader_be32(&in, &v) || v >> 24 != 0x01)
		return false;
	*ret = v;
	return true;
}

static bool get_mapping(const struct reader *f, char ret[static TARGET_NAME_MAX])
{
	struct reader in = *f;
	size_t n = f->left;

	if (n == 0 || n >= TARGET_NAME_MAX || f->at[0] == '.' || f->at[0] == '-' ||
	    !reader_bytes(&in, ret, n))
		return false;
	ret[n] = '\0';
	return true;
}

bool anchor_takes_name(const char *name)
{
	const struct reader r = reader_new(name, strlen(name));
	char copy[TARGET_NAME_MAX];

	return only_chars(&r, NAME_CHARS) && get_mapping(&r, copy);
}

static bool get_uuid(const struct reader *f, char ret[static 37])
{
	struct reader in = *f;

	if (f->left != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (!f->at[i] || !strchr(dash ? "-" : HEX_CHARS, f->at[i]))
			return false;
	}
	reader_bytes(&in, ret, 36);
	ret[36] = '\0';
	return true;
}

static int get_target(const struct line *l, struct error *err, struct anchor *a)
{
	struct anchor_target *t = &a->target[a->target_count];

	if (!is_line(l, "target", 4))
		return bad(l, err, "not a target line");
	if (a->target_count == TARGET_MAX)
		return bad(l, err, "too many targets");
	if (!get_mapping(&l->field[1], t->name))
		return bad(l, err, "bad mapping name");
	if (!get_uuid(&l->field[2], t->uuid))
		return bad(l, err, "bad UUID");
	if (!get_hex(&l->field[3], t->volume_pin, sizeof(t->volume_pin)))
		return bad(l, err, "bad volume pin");
	for (size_t i = 0; i < a->target_count; i++)
		if (strcmp(a->target[i].name, t->name) == 0 || strcmp(a->target[i].uuid, t->uuid) == 0)
			return bad(l, err, "a duplicate mapping name or UUID");
	a->target_count++;
	return 0;
}

static int first_line(struct reader *in, struct line *l, const char *want, struct error *err)
{
	struct reader rest = *in, text;

	l->number = 1;
	if (!reader_take(&rest, strlen(want), &text) || !reader_equals(&text, want))
		return error_set(err, -EBADMSG, "%s:1: not \"%.*s\"", l->path, (int)strlen(want) - 1, want);
	*in = rest;
	return 0;
}

static int get_targets(struct reader *in, struct line *l, struct error *err, struct anchor *a)
{
	int r;

	do {
		r = next_line(in, err, l);
		if (r == 0)
			r = get_target(l, err, a);
	} while (r == 0 && in->left > 0);
	return r;
}

typedef int (*parser)(struct reader *in, struct line *l, struct error *err, struct anchor *a);

static int parse_anchor(struct reader *in, struct line *l, struct error *err, struct anchor *a)
{
	int r;

	a->pin = first_line(in, l, PIN_FIRST_LINE "\n", NULL) == 0;
	r = a->pin ? 0 : first_line(in, l, FIRST_LINE "\n", err);
	if (r == 0)
		r = next_line(in, err, l);
	if (r < 0)
		return r;
	if (!is_line(l, "srk", 2) || !get_name(&l->field[1], &a->srk))
		return bad(l, err, "not the Name of the storage root key");
	r = next_line(in, err, l);
	if (r < 0)
		return r;
	if (!is_line(l, "index", 3) || !get_handle(&l->field[1], &a->index_handle) ||
	    !get_name(&l->field[2], &a->index))
		return bad(l, err, "not handle and Name of the policy index");
	if (a->pin) {
		r = next_line(in, err, l);
		if (r < 0)
			return r;
		if (!is_line(l, "pin", 1))
			return bad(l, err, "not \"pin\"");
	}
	return get_targets(in, l, err, a);
}

static int parse_volumes(struct reader *in, struct line *l, struct error *err, struct anchor *a)
{
	int r = first_line(in, l, VOLUMES_FIRST_LINE "\n", err);

	return r < 0 ? r : get_targets(in, l, err, a);
}

static int parse(parser p, const struct reader *text, const char *path, struct error *err, struct anchor *ret)
{
	struct anchor a = { .target_count = 0 };
	struct line l = { .path = path };
	struct reader in = *text;
	int r;

	if (in.left > ANCHOR_MAX_LEN)
		return error_set(err, -EBADMSG, "%s: longer than %d bytes", path, ANCHOR_MAX_LEN);
	r = p(&in, &l, err, &a);
	if (r == 0)
		*ret = a;
	return r;
}

int anchor_parse_volumes(const void *text, size_t n, const char *path, struct error *err, struct anchor *ret)
{
	const struct reader in = reader_new(text, n);

	return parse(parse_volumes, &in, path, err, ret);
}

int anchor_parse(const void *text, size_t n, const char *path, struct error *err, struct anchor *ret)
{
	const struct reader in = reader_new(text, n);

	return parse(parse_anchor, &in, path, err, ret);
}

int anchor_read(const char *path, struct error *err, struct anchor *ret)
{
	struct buffer text = BUFFER_NONE;
	int r;

	r = file_read(path, ANCHOR_MAX_LEN, err, &text);
	if (r == 0)
		r = anchor_parse(text.data, text.len, path, err, ret);
	buffer_free(&text);
	return r == -EFBIG ? -EBADMSG : r;
}

static void add_targets(const struct anchor *a, struct buffer *b)
{
	char pin[2 * SHA256_LEN + 1];

	for (size_t i = 0; i < a->target_count && i < TARGET_MAX; i++) {
		text_hex(a->target[i].volume_pin, SHA256_LEN, pin);
		buffer_addf(b, "target %s %s %s\n", a->target[i].name, a->target[i].uuid, pin);
	}
}

/* What could not be read again must not be written. */
static int give(struct buffer *b, parser p, struct buffer *ret)
{
	const struct reader in = reader_new(b->data, b->len);
	struct anchor again;
	int r = 0;

	if (!buffer_ok(b))
		r = -ENOMEM;
	else if (parse(p, &in, "", NULL, &again) < 0)
		r = -EINVAL;
	if (r < 0)
		buffer_free(b);
	else
		*ret = *b;
	return r;
}

int anchor_format_volumes(const struct anchor *a, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;

	buffer_add_str(&b, VOLUMES_FIRST_LINE "\n");
	add_targets(a, &b);
	return give(&b, parse_volumes, ret);
}

int anchor_format(const struct anchor *a, struct buffer *ret)
{
	char srk[2 * TPM_NAME_LEN + 1], index[2 * TPM_NAME_LEN + 1];
	struct buffer b = BUFFER_NONE;

	text_hex(a->srk.bytes, TPM_NAME_LEN, srk);
	text_hex(a->index.bytes, TPM_NAME_LEN, index);
	buffer_addf(&b, "%s\nsrk %s\nindex 0x%08x %s\n%s", a->pin ? PIN_FIRST_LINE : FIRST_LINE, srk,
		    a->index_handle, index, a->pin ? "pin\n" : "");
	add_targets(a, &b);
	return give(&b, parse_anchor, ret);
}

const struct anchor_target *anchor_find(const struct anchor *a, const char *name)
{
	for (size_t i = 0; i < a->target_count; i++)
		if (strcmp(a->target[i].name, name) == 0)
			return &a->target[i];
	return NULL;
}
