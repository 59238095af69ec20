#include "seal/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/reader.h"

#define MEMBER_MAX 64 /* in one object */

int json_read(const char *text, size_t n, struct error *err, struct json_object **ret)
{
	struct json_tokener *tok;
	struct json_object *o;
	int r = 0;

	if (n > INT32_MAX)
		return error_set(err, -EBADMSG, "JSON: too long");
	tok = json_tokener_new_ex(JSON_DEPTH_MAX);
	if (!tok)
		return error_set(err, -ENOMEM, "JSON: out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, text, (int)n);
	if (json_tokener_get_error(tok) != json_tokener_success)
		r = error_set(err, -EBADMSG, "JSON: %s at byte %zu",
			      json_tokener_error_desc(json_tokener_get_error(tok)),
			      json_tokener_get_parse_end(tok));
	else if (json_tokener_get_parse_end(tok) != n)
		r = error_set(err, -EBADMSG, "JSON: trailing data at byte %zu",
			      json_tokener_get_parse_end(tok));
	else if (!json_object_is_type(o, json_type_object))
		r = error_set(err, -EBADMSG, "JSON: not an object");
	json_tokener_free(tok);
	if (r < 0)
		json_object_put(o);
	else
		*ret = o;
	return r;
}

struct scan {
	struct reader in;
	unsigned depth;
	const char *why;
};

static bool fail(struct scan *s, const char *why)
{
	if (!s->why)
		s->why = why;
	return false;
}

static int peek(const struct scan *s)
{
	return s->in.left ? s->in.at[0] : -1;
}

static void skip_blank(struct scan *s)
{
	while (s->in.left && strchr(" \t\r\n", s->in.at[0]) && s->in.at[0])
		reader_skip(&s->in, 1);
}

static bool take_char(struct scan *s, char c)
{
	return peek(s) == c ? reader_skip(&s->in, 1) : fail(s, "not JSON");
}

static bool scan_string(struct scan *s, bool is_name, struct reader *ret)
{
	struct reader start;
	uint8_t c;

	if (!take_char(s, '"'))
		return false;
	start = s->in;
	while (reader_u8(&s->in, &c)) {
		if (c == '"') {
			*ret = (struct reader){ .at = start.at, .left = s->in.at - start.at - 1 };
			return true;
		}
		if (c < 0x20 || c >= 0x7f)
			return fail(s, "a byte that is not printable ASCII");
		if (c == '\\' && (is_name || !reader_u8(&s->in, &c) || c != '/'))
			return fail(s, "an escape sequence");
	}
	return fail(s, "an unterminated string");
}

static bool scan_value(struct scan *s);

static bool scan_object(struct scan *s)
{
	struct reader name[MEMBER_MAX];
	size_t n = 0;

	skip_blank(s);
	if (peek(s) == '}')
		return reader_skip(&s->in, 1);
	for (;;) {
		if (n == MEMBER_MAX)
			return fail(s, "too many members");
		skip_blank(s);
		if (!scan_string(s, true, &name[n]))
			return false;
		for (size_t i = 0; i < n; i++)
			if (name[i].left == name[n].left && memcmp(name[i].at, name[n].at, name[n].left) == 0)
				return fail(s, "a duplicate member");
		n++;
		skip_blank(s);
		if (!take_char(s, ':'))
			return false;
		skip_blank(s);
		if (!scan_value(s))
			return false;
		skip_blank(s);
		if (peek(s) != ',')
			return take_char(s, '}');
		reader_skip(&s->in, 1);
	}
}

static bool scan_array(struct scan *s)
{
	skip_blank(s);
	if (peek(s) == ']')
		return reader_skip(&s->in, 1);
	for (;;) {
		skip_blank(s);
		if (!scan_value(s))
			return false;
		skip_blank(s);
		if (peek(s) != ',')
			return take_char(s, ']');
		reader_skip(&s->in, 1);
	}
}

/* Numbers and the three words are only delimited here: json-c's strict mode judges them. */
static bool scan_bare(struct scan *s)
{
	size_t n = 0;
	int c;

	while ((c = peek(s)) > 0 &&
	       (strchr("+-.", c) || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E')) {
		reader_skip(&s->in, 1);
		n++;
	}
	return n > 0 || fail(s, "not JSON");
}

static bool scan_value(struct scan *s)
{
	struct reader part;
	bool ok;

	if (++s->depth > JSON_DEPTH_MAX)
		return fail(s, "nested too deeply");
	switch (peek(s)) {
	case '{':
		ok = reader_skip(&s->in, 1) && scan_object(s);
		break;
	case '[':
		ok = reader_skip(&s->in, 1) && scan_array(s);
		break;
	case '"':
		ok = scan_string(s, false, &part);
		break;
	default:
		ok = scan_bare(s);
	}
	s->depth--;
	return ok;
}

int json_scan(const char *text, size_t n, struct error *err)
{
	struct scan s = { .in = reader_new(text, n) };
	bool ok;

	skip_blank(&s);
	ok = scan_value(&s);
	skip_blank(&s);
	if (ok && s.in.left > 0)
		ok = fail(&s, "trailing data");
	return ok ? 0 : error_set(err, -EBADMSG, "JSON: %s at byte %zu", s.why, n - s.in.left);
}

void json_free(struct json_object *o)
{
	json_object_put(o);
}

bool json_is_object(const struct json_object *o)
{
	return json_object_is_type(o, json_type_object);
}

bool json_has(struct json_object *o, const char *name)
{
	return json_object_object_get_ex(o, name, NULL);
}

bool json_is_null(struct json_object *o, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(o, name, &v) && !v;
}

static struct json_object *json_member(struct json_object *o, const char *name, enum json_type type)
{
	struct json_object *m;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, name, &m) ||
	    !json_object_is_type(m, type))
		return NULL;
	return m;
}

struct json_object *json_member_object(struct json_object *o, const char *name)
{
	return json_member(o, name, json_type_object);
}

struct json_object *json_member_list(struct json_object *o, const char *name)
{
	return json_member(o, name, json_type_array);
}

size_t json_member_count(struct json_object *o)
{
	return json_object_object_length(o);
}

int json_each_member(struct json_object *o, int (*each)(void *context, struct json_object *member),
		     void *context)
{
	struct json_object_iterator it = json_object_iter_begin(o), end = json_object_iter_end(o);
	int r = 0;

	for (; r == 0 && !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		r = each(context, json_object_iter_peek_value(&it));
	return r;
}

size_t json_list_len(struct json_object *list)
{
	return json_object_array_length(list);
}

struct json_object *json_list_at(struct json_object *list, size_t i)
{
	return json_object_array_get_idx(list, i);
}

const char *json_word(struct json_object *o, size_t max)
{
	const char *s;
	size_t n;

	if (!json_object_is_type(o, json_type_string))
		return NULL;
	s = json_object_get_string(o);
	n = json_object_get_string_len(o);
	if (n == 0 || n > max)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\')
			return NULL;
	return s;
}

const char *json_member_word(struct json_object *o, const char *name, size_t max)
{
	return json_word(json_member(o, name, json_type_string), max);
}

bool json_number(struct json_object *o, uint64_t max, uint64_t *ret)
{
	uint64_t v;

	if (!json_object_is_type(o, json_type_int))
		return false;
	/* clamped to what an int64_t holds; a negative one becomes larger than any max of ours */
	v = (uint64_t)json_object_get_int64(o);
	if (v > max)
		return false;
	*ret = v;
	return true;
}

bool json_member_number(struct json_object *o, const char *name, uint64_t max, uint64_t *ret)
{
	return json_number(json_member(o, name, json_type_int), max, ret);
}

bool json_member_bool(struct json_object *o, const char *name, bool *ret)
{
	struct json_object *v = json_member(o, name, json_type_boolean);

	if (!v)
		return false;
	*ret = json_object_get_boolean(v);
	return true;
}

bool json_member_text(struct json_object *o, const char *name, size_t size, char *ret)
{
	struct json_object *v = json_member(o, name, json_type_string);
	const char *s;
	size_t n;

	if (!v)
		return false;
	s = json_object_get_string(v);
	n = json_object_get_string_len(v);
	if (n >= size || strlen(s) != n)
		return false;
	memcpy(ret, s, n + 1);
	return true;
}

const char *json_member_string(struct json_object *o, const char *name)
{
	struct json_object *v = json_member(o, name, json_type_string);

	return v ? json_object_get_string(v) : "";
}

bool json_member_array(struct json_object *o, const char *name, size_t max, struct json_object **ret,
		       size_t *ret_n)
{
	struct json_object *v = json_member(o, name, json_type_array);

	if (!v || json_object_array_length(v) > max)
		return false;
	*ret = v;
	*ret_n = json_object_array_length(v);
	return true;
}

const char *json_unknown_member(struct json_object *o, const char *const *known, size_t n)
{
	struct json_object_iterator it = json_object_iter_begin(o), end = json_object_iter_end(o);
	const char *name;
	size_t i;

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		name = json_object_iter_peek_name(&it);
		for (i = 0; i < n && strcmp(name, known[i]) != 0; i++)
			;
		if (i == n)
			return name;
	}
	return NULL;
}

bool json_member_double(struct json_object *o, const char *name, double *ret)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, name, &v))
		return false;
	*ret = json_object_get_double(v);
	return true;
}
