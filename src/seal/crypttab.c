#include "seal/crypttab.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/device_tag.h"
#include "base/reader.h"
#include "base/text.h"

/* An option as it stands in the file: a flag, or NAME=VALUE. */
struct option {
	struct reader name, value;
	bool has_value;
};

struct where {
	const char *path;
	unsigned line;
};

static int bad(const struct where *w, struct error *err, const char *what)
{
	return error_set(err, -EBADMSG, "%s:%u: %s", w->path, w->line, what);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct reader *r)
{
	while (r->left > 0 && is_blank(r->at[0]))
		reader_skip(r, 1);
}

/*
 * The shell's read: fields end at blanks, the last one takes the rest of the line without the blanks at its
 * end.
 */
static struct reader take_field(struct reader *line)
{
	struct reader field;
	size_t n = 0;

	skip_blanks(line);
	while (n < line->left && !is_blank(line->at[n]))
		n++;
	reader_take(line, n, &field);
	return field;
}

static struct reader take_rest(struct reader *line)
{
	struct reader rest;

	skip_blanks(line);
	rest = *line;
	while (rest.left > 0 && is_blank(rest.at[rest.left - 1]))
		rest.left--;
	return rest;
}

static bool is_octal(const struct reader *r)
{
	return r->left > 0 && r->at[0] >= '0' && r->at[0] <= '7';
}

/*
 * printf %b of what may stand in a field: octal numbers and the backslash itself. Other escapes differ
 * between shells and are refused; unescape() refuses the control characters, NUL among them, that numbers can
 * make.
 */
static bool take_escape(struct reader *in, uint8_t *ret)
{
	unsigned v = 0;
	uint8_t c;

	if (in->left > 0 && in->at[0] == '\\') {
		*ret = '\\';
		return reader_skip(in, 1);
	}
	if (!is_octal(in))
		return false;
	if (in->at[0] == '0')
		reader_skip(in, 1);
	for (int i = 0; i < 3 && is_octal(in); i++) {
		reader_u8(in, &c);
		v = v * 8 + (c - '0');
	}
	*ret = (uint8_t)v;
	return v <= 0xff;
}

static bool unescape(struct reader in, char *ret, size_t size)
{
	size_t n = 0;
	uint8_t c;

	while (reader_u8(&in, &c)) {
		if (c == '\\' && !take_escape(&in, &c))
			return false;
		if (n + 1 >= size || c < 0x20 || c == 0x7f)
			return false;
		ret[n++] = (char)c;
	}
	ret[n] = '\0';
	return n > 0;
}

/* --- the device --- */

static bool get_device(struct reader field, char ret[static CRYPTTAB_DEVICE_MAX])
{
	char text[CRYPTTAB_DEVICE_MAX];

	return unescape(field, text, sizeof(text)) && device_tag_path(text, ret, CRYPTTAB_DEVICE_MAX);
}

/* --- the options --- */

enum kind {
	WORD,	  /* no matter to a LUKS volume, but without a value the entry is skipped */
	COUNT,	  /* the same, and the value must be a number */
	POSITIVE, /* and more than 0 */
	TYPE,	  /* another format than LUKS */
	LUKS,
	FLAG,	  /* one of struct volume_flags */
	OTHERS,	  /* one of struct crypttab_others, whatever the value */
	UNSUPPORTED,
};

/*
 * Options that are not here are ignored: those that say nothing to cryptroot at this stage, and those that it
 * does not know.
 */
static const struct known {
	const char *name;
	enum kind kind;
	size_t flag; /* offset in struct volume_flags or crypttab_others */
} known[] = {
	{ "cipher", WORD, 0 },
	{ "hash", WORD, 0 },
	{ "size", POSITIVE, 0 },
	{ "keyfile-size", POSITIVE, 0 },
	{ "keyfile-offset", COUNT, 0 },
	{ "tries", COUNT, 0 },
	{ "luks", LUKS, 0 },
	{ "plain", TYPE, 0 },
	{ "tcrypt", TYPE, 0 },
	{ "bitlk", TYPE, 0 },
	{ "fvault2", TYPE, 0 },
	{ "discard", FLAG, offsetof(struct volume_flags, discards) },
	{ "readonly", FLAG, offsetof(struct volume_flags, readonly) },
	{ "read-only", FLAG, offsetof(struct volume_flags, readonly) },
	{ "same-cpu-crypt", FLAG, offsetof(struct volume_flags, same_cpu_crypt) },
	{ "submit-from-crypt-cpus", FLAG, offsetof(struct volume_flags, submit_from_crypt_cpus) },
	{ "no-read-workqueue", FLAG, offsetof(struct volume_flags, no_read_workqueue) },
	{ "no-write-workqueue", FLAG, offsetof(struct volume_flags, no_write_workqueue) },
	{ "header", UNSUPPORTED, 0 },
	{ "keyscript", UNSUPPORTED, 0 },
	{ "keyslot", UNSUPPORTED, 0 },
	{ "key-slot", UNSUPPORTED, 0 },
	{ "offset", UNSUPPORTED, 0 },
	{ "skip", UNSUPPORTED, 0 },
	{ "sector-size", UNSUPPORTED, 0 },
	{ "initramfs", OTHERS, offsetof(struct crypttab_others, initramfs) },
	{ "noauto", OTHERS, offsetof(struct crypttab_others, noauto) },
	{ "nofail", OTHERS, offsetof(struct crypttab_others, nofail) },
	{ "keyscript", OTHERS, offsetof(struct crypttab_others, keyscript) },
	{ "tpm2-device", OTHERS, offsetof(struct crypttab_others, tpm2) },
};

#define TRIES_DIGITS 6

/* What the options of one entry say together. */
struct opinion {
	bool luks;
	const char *type, *unsupported;
};

static bool value_is_number(const struct option *o, bool positive)
{
	bool more_than_0 = false;

	if (!o->has_value || o->value.left == 0)
		return false;
	for (size_t i = 0; i < o->value.left; i++) {
		if (o->value.at[i] < '0' || o->value.at[i] > '9')
			return false;
		more_than_0 = more_than_0 || o->value.at[i] != '0';
	}
	return more_than_0 || !positive;
}

static void weigh(const struct known *k, const struct option *o, struct crypttab_entry *e,
		  struct opinion *op)
{
	bool ok = true;

	switch (k->kind) {
	case WORD:
		ok = o->value.left > 0;
		break;
	case COUNT:
	case POSITIVE:
		ok = value_is_number(o, k->kind == POSITIVE);
		break;
	/* their test is [ "$CRYPTTAB_OPTION_x" = yes ], and a flag without a value is "yes" */
	case LUKS:
		op->luks = !o->has_value || reader_equals(&o->value, "yes");
		break;
	case TYPE:
		if ((!o->has_value || reader_equals(&o->value, "yes")) && !op->type)
			op->type = k->name;
		break;
	/* ${CRYPTTAB_OPTION_x:+--option}: any value that is not empty, "no" included */
	case FLAG:
		*((bool *)((char *)&e->flags + k->flag)) = !o->has_value || o->value.left > 0;
		break;
	case OTHERS:
		*((bool *)((char *)&e->others + k->flag)) = true;
		break;
	case UNSUPPORTED:
		ok = false;
		break;
	}
	if (!ok && !op->unsupported)
		op->unsupported = k->name;
}

/* parse_boolean() of systemd; an option without a value is "yes" */
static bool is_true(const struct option *o)
{
	static const char *const words[] = { "1", "yes", "y", "true", "t", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (reader_equals(&o->value, words[i]))
			return true;
	return !o->has_value;
}

static void read_asking(const struct option *o, struct crypttab_asking *ret)
{
	if (reader_equals(&o->name, "headless"))
		ret->headless = is_true(o);
	if (reader_equals(&o->name, "timeout")) {
		memset(ret->timeout, 0, sizeof(ret->timeout));
		if (o->value.left < sizeof(ret->timeout) && o->value.left > 0)
			memcpy(ret->timeout, o->value.at, o->value.left);
	}
	/* more digits than this are as good as without end */
	if (!reader_equals(&o->name, "tries") || !value_is_number(o, false))
		return;
	ret->has_tries = true;
	ret->tries = 0;
	for (size_t i = 0; i < o->value.left && o->value.left <= TRIES_DIGITS; i++)
		ret->tries = ret->tries * 10 + (o->value.at[i] - '0');
}

static bool ends_in(const struct reader *value, const char *end)
{
	struct reader last = *value;

	return last.left >= strlen(end) && reader_skip(&last, last.left - strlen(end)) &&
	       reader_equals(&last, end);
}

static void read_options(struct reader text, struct crypttab_entry *e, struct opinion *op)
{
	struct option o;
	size_t n, name_len;

	while (text.left > 0) {
		for (n = 0; n < text.left && text.at[n] != ','; n++)
			;
		for (name_len = 0; name_len < n && text.at[name_len] != '='; name_len++)
			;
		o = (struct option){ .has_value = name_len < n };
		reader_take(&text, name_len, &o.name);
		if (o.has_value && reader_skip(&text, 1))
			reader_take(&text, n - name_len - 1, &o.value);
		reader_skip(&text, 1);
		if (reader_equals(&o.name, "keyscript"))
			e->others.derived = ends_in(&o.value, "decrypt_derived");
		read_asking(&o, &e->others.asking);
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (reader_equals(&o.name, known[i].name))
				weigh(&known[i], &o, e, op);
	}
}

static void judge(const struct opinion *op, struct reader key, struct crypttab_entry *e)
{
	const char *why = op->unsupported;

	if (!why && op->type && !op->luks)
		why = op->type;
	if (!why && !reader_equals(&key, "none") && !reader_equals(&key, "-"))
		why = CRYPTTAB_KEY_FILE;
	if (!why && e->device[0] != '/')
		why = "device";
	if (why)
		memcpy(e->unsupported, why, strlen(why) + 1);
}

/* --- lines --- */

static bool is_entry(struct reader line)
{
	struct reader name = take_field(&line);

	return name.left > 0 && name.at[0] != '#';
}

static int add_entry(struct reader line, const struct where *w, struct error *err, struct crypttab *t)
{
	struct reader name = take_field(&line), device = take_field(&line), key = take_field(&line);
	struct reader options = take_rest(&line);
	struct crypttab_entry e = { .flags = { 0 } };
	struct opinion op = { .type = NULL };

	if (device.left == 0 || key.left == 0)
		return 0;
	if (!unescape(name, e.name, sizeof(e.name)) || strchr(e.name, '/'))
		return bad(w, err, "invalid mapping name");
	if (!get_device(device, e.device))
		return bad(w, err, "cannot parse the device");
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->entry[i].name, e.name) == 0)
			return 0;
	if (t->count == CRYPTTAB_MAX)
		return error_set(err, -EBADMSG, "%s:%u: more than %d "
						"entries", w->path, w->line, CRYPTTAB_MAX);
	read_options(options, &e, &op);
	judge(&op, key, &e);
	memcpy(e.key, key.at, key.left < sizeof(e.key) ? key.left : sizeof(e.key) - 1);
	t->entry[t->count++] = e;
	return 0;
}

int crypttab_parse(const void *text, size_t n, const char *path, struct error *err, struct crypttab *ret)
{
	struct reader in = reader_new(text, n), line;
	struct where w = { .path = path };
	struct crypttab t = { .count = 0 };
	bool ended;
	int r = 0;

	if (n > CRYPTTAB_MAX_LEN)
		return error_set(err, -EBADMSG, "%s: longer than %d bytes", path, CRYPTTAB_MAX_LEN);
	while (r == 0 && in.left > 0) {
		w.line++;
		ended = memchr(in.at, '\n', in.left);
		reader_line(&in, &line);
		if (line.left > 0 && memchr(line.at, '\0', line.left))
			return bad(&w, err, "a NUL byte");
		if (!is_entry(line))
			continue;
		/* the shell's read gives up a line without end, and so their scripts never see the volume */
		r = ended ? add_entry(line, &w, err, &t) :
			    bad(&w, err, "the last line has no newline: cryptsetup-initramfs ignores it");
	}
	if (r == 0)
		*ret = t;
	return r;
}
