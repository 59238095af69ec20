#include "machine/reference.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "measure/log/pcr_names.h"
#include "seal/anchor.h"
#include "seal/json_write.h"
#include "seal/window_text.h"

#define FORMAT_VERSION 1
#define CONFIG_MAX_LEN 4096
#define HEX_LEN (2 * SHA256_LEN + 1)

int reference_format_parse(const char *word, enum reference_format *ret)
{
	if (strcmp(word, "json") == 0)
		*ret = REFERENCE_JSON;
	else if (strcmp(word, "keylime") == 0)
		*ret = REFERENCE_KEYLIME;
	else
		return -EINVAL;
	return 0;
}

/* What bootseal-unlock extends PCR 15 with when it closes the window after it opened everything. */
struct window {
	struct buffer text;
	char value[HEX_LEN];
};

/* -ENOENT: nothing is enrolled. */
static int find_window(const struct machine *m, struct error *err, struct window *ret)
{
	static const uint8_t zero[SHA256_LEN] = { 0 };
	bool opened[TARGET_MAX];
	char path[PATH_MAX];
	uint8_t digest[SHA256_LEN];
	struct anchor a;
	int r = machine_path(m, ANCHOR_PATH, path);

	memset(opened, true, sizeof(opened));
	if (r == 0)
		r = anchor_read(path, err, &a);
	if (r == 0)
		r = window_text(&a, opened, &ret->text);
	if (r == 0)
		r = hash_sha256(ret->text.data, ret->text.len, digest);
	if (r == 0)
		r = hash_sha256_two(zero, sizeof(zero), digest, sizeof(digest), digest);
	if (r == 0)
		text_hex(digest, sizeof(digest), ret->value);
	return r;
}

static bool wanted(const struct forecast_path *p, const struct reference_options *o)
{
	return !o->only_default || p->is_default;
}

static struct json_object *values_of(const struct forecast *f, const struct forecast_path *p)
{
	struct json_object *values = json_new_object();
	char hex[HEX_LEN], number[4];

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (!(f->mask >> i & 1))
			continue;
		text_hex(p->pcrs[i], SHA256_LEN, hex);
		snprintf(number, sizeof(number), "%u", i);
		json_put_text(values, number, hex);
	}
	return values;
}

static struct json_object *events_of(const struct forecast_path *p)
{
	struct json_object *list = json_new_list(), *event;
	char hex[HEX_LEN];

	for (size_t i = 0; i < p->events.n; i++) {
		const struct event *e = &p->events.e[i];

		text_hex(e->digest, SHA256_LEN, hex);
		event = json_new_object();
		json_put_number(event, "pcr", e->pcr);
		json_put_text(event, "type", pcr_event_name(e->type) ? pcr_event_name(e->type) : "");
		json_put_text(event, "sha256", hex);
		json_put_text(event, "what", e->what);
		json_list_add(list, event);
	}
	return list;
}

static struct json_object *path_of(const struct forecast *f, const struct forecast_path *p, bool events)
{
	struct json_object *o = json_new_object();

	json_put_text(o, "label", p->label);
	json_put_bool(o, "default", p->is_default);
	json_put_text(o, "kernel", p->kernel ? p->kernel : "");
	json_put_text(o, "initrd", p->initrd ? p->initrd : "");
	json_put_text(o, "cmdline", p->cmdline ? p->cmdline : "");
	json_put_member(o, "pcrs", values_of(f, p));
	if (events)
		json_put_member(o, "events", events_of(p));
	return o;
}

static struct json_object *notes_of(const struct forecast_note *note, size_t n)
{
	struct json_object *list = json_new_list(), *o;

	for (size_t i = 0; i < n; i++) {
		o = json_new_object();
		json_put_text(o, "what", note[i].what);
		json_put_text(o, "why", note[i].why);
		json_list_add(list, o);
	}
	return list;
}

static struct json_object *as_json(const struct forecast *f, const struct window *w,
				   const struct reference_options *o)
{
	struct json_object *top = json_new_object(), *list = json_new_list(), *window;

	json_put_number(top, "version", FORMAT_VERSION);
	json_put_text(top, "bank", "sha256");
	for (size_t i = 0; i < f->path_count; i++)
		if (wanted(&f->path[i], o))
			json_list_add(list, path_of(f, &f->path[i], o->events));
	json_put_member(top, "paths", list);
	json_put_member(top, "left_out", notes_of(f->left_out, f->left_out_count));
	if (w->text.len > 0) {
		window = json_new_object();
		json_put_number(window, "pcr", WINDOW_PCR);
		json_put_text(window, "text", buffer_str(&w->text));
		json_put_text(window, "value", w->value);
		json_put_member(top, "window", window);
	}
	return top;
}

static void add_once(struct json_object *list, const char *hex)
{
	const char *there;

	for (size_t i = 0; i < json_list_len(list); i++) {
		there = json_word(json_list_at(list, i), HEX_LEN);
		if (there && strcmp(there, hex) == 0)
			return;
	}
	json_list_add(list, json_new_text(hex));
}

/* Keylime has a list for each PCR and knows no combinations: those of two boot paths mixed pass, too. */
static struct json_object *as_keylime(const struct forecast *f, const struct window *w,
				      const struct reference_options *o)
{
	struct json_object *top = json_new_object(), *list;
	char hex[HEX_LEN], number[4];

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (!(f->mask >> i & 1))
			continue;
		list = json_new_list();
		for (size_t k = 0; k < f->path_count; k++) {
			if (!wanted(&f->path[k], o))
				continue;
			text_hex(f->path[k].pcrs[i], SHA256_LEN, hex);
			add_once(list, hex);
		}
		snprintf(number, sizeof(number), "%u", i);
		json_put_member(top, number, list);
	}
	if (w->text.len == 0)
		return top;
	list = json_new_list();
	add_once(list, w->value);
	snprintf(number, sizeof(number), "%d", WINDOW_PCR);
	json_put_member(top, number, list);
	return top;
}

static size_t count(const struct forecast *f, const struct reference_options *o)
{
	size_t n = 0;

	for (size_t i = 0; i < f->path_count; i++)
		n += wanted(&f->path[i], o);
	return n;
}

int reference_add(const struct machine *m, const struct forecast *f, const struct reference_options *o,
		  struct error *err, struct buffer *ret)
{
	struct window w = { .text = BUFFER_NONE };
	struct json_object *top;
	const char *text;
	int r;

	if (count(f, o) == 0)
		return error_set(err, -ENODATA, "no boot path can be predicted");
	r = find_window(m, err, &w);
	if (r == 0 || r == -ENOENT) {
		top = o->format == REFERENCE_JSON ? as_json(f, &w, o) : as_keylime(f, &w, o);
		text = json_text(top, JSON_PRETTY);
		if (text)
			buffer_addf(ret, "%s\n", text);
		r = text && buffer_ok(ret) ? 0 : -ENOMEM;
		json_free(top);
	}
	buffer_free(&w.text);
	return r;
}

static int publish_as(const struct machine *m, const struct forecast *f, enum reference_format format,
		      const char *where, struct error *err)
{
	const struct reference_options o = { .format = format };
	struct buffer text = BUFFER_NONE;
	char path[PATH_MAX];
	int r = reference_add(m, f, &o, err, &text);

	if (r == 0)
		r = machine_path(m, where, path);
	/* whoever verifies may read them: they are hashes of what is on the unencrypted disk */
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0644, err);
	buffer_free(&text);
	return r;
}

static int publish_line(const struct machine *m, const struct forecast *f, struct reader line,
			unsigned number, struct error *err)
{
	char text[PATH_MAX + 16], *where;
	enum reference_format format;

	while (line.left > 0 && (line.at[0] == ' ' || line.at[0] == '\t'))
		reader_skip(&line, 1);
	if (line.left == 0 || line.at[0] == '#')
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)line.left, (const char *)line.at);
	where = text + strcspn(text, " \t");
	if (*where)
		*where++ = '\0';
	where += strspn(where, " \t");
	if (line.left >= sizeof(text) || reference_format_parse(text, &format) < 0 || *where != '/')
		return error_set(err, -EBADMSG,
				 REFERENCE_CONFIG_PATH
				 ":%u: not 'json PATH' or 'keylime PATH', with a whole path",
				 number);
	return publish_as(m, f, format, where, err);
}

int reference_publish(const struct machine *m, const struct forecast *f, struct error *err)
{
	struct buffer config = BUFFER_NONE;
	struct error why = ERROR_NONE;
	struct reader rest, line;
	unsigned number = 0;
	int r, bad = 0;

	r = machine_read(m, REFERENCE_CONFIG_PATH, CONFIG_MAX_LEN, err, &config);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = reader_new(config.data, config.len);
	/* one that fails does not keep the others from being written */
	while (reader_line(&rest, &line)) {
		r = publish_line(m, f, line, ++number, &why);
		if (r < 0 && bad == 0)
			bad = error_set(err, r, "%s", why.text);
	}
	buffer_free(&config);
	return bad;
}
