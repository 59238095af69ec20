#include "machine/changes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "machine/record/state.h"
#include "measure/boot/prediction_record.h"
#include "seal/pcr_words.h"

#define DIGEST_SHOWN 16 /* hexadecimal digits, enough to see that two differ */

struct work {
	const struct machine *machine;
	struct prediction_record sealed;
	const struct forecast *now;
	struct changes changes;
};

static bool is_listed(const struct changes *c, const char *what, const char *now)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->at[i].what, what) == 0 && strcmp(c->at[i].now, now) == 0)
			return true;
	return false;
}

static int add(struct changes *c, const char *what, const char *was, const char *now)
{
	struct change *grown, *at;

	if (is_listed(c, what, now))
		return 0;
	grown = reallocarray(c->at, c->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->at = grown;
	at = &grown[c->n++];
	*at = (struct change){ .what = strdup(what), .was = strdup(was), .now = strdup(now) };
	if (!at->what || !at->was || !at->now)
		return -ENOMEM;
	text_make_printable(at->what);
	text_make_printable(at->was);
	text_make_printable(at->now);
	return 0;
}

static void digest_text(const uint8_t digest[static SHA256_LEN], char *ret, size_t size)
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(digest, SHA256_LEN, hex);
	snprintf(ret, size, "sha256 %.*s...", DIGEST_SHOWN, hex);
}

static void file_text(const struct manifest_file *f, const char *without, char *ret, size_t size)
{
	if (f)
		digest_text(f->sha256, ret, size);
	else
		snprintf(ret, size, "%s", without);
}

/* A file that is judged by its content has no entry on either side. */
static int add_file(struct work *w, const char *path, const struct manifest *before)
{
	const struct manifest_file *was = manifest_find(before, path),
				   *now = manifest_find(w->now->manifest, path);
	char old[64], new[64];

	file_text(was, now ? "not there, or not used" : "only what its own tools write", old, sizeof(old));
	file_text(now, "settings of other origin", new, sizeof(new));
	return add(&w->changes, path, old, new);
}

/* Command lines that the forecast accepts are not compared with the records: judge_cmdline() does that. */
static int judge_files(struct work *w, struct error *err)
{
	struct manifest before = { .file = NULL };
	int r = manifest_read(w->machine, err, &before);

	for (size_t i = 0; i < w->now->accepted_count && r == 0; i++)
		if (w->now->accepted[i].what[0] == '/')
			r = add_file(w, w->now->accepted[i].what, &before);
	manifest_free(&before);
	return r;
}

static const char *cmdline_of(const struct event_list *events)
{
	const char *text = "";

	for (size_t i = 0; i < events->n; i++)
		if (events->e[i].kind == EVENT_CMDLINE)
			text = event_text(&events->e[i]);
	return text;
}

/* The old one beside the new one: of the same boot path, else of the first. */
static const char *sealed_cmdline(const struct prediction_record *p, const char *label)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->path[i].label, label) == 0)
			return cmdline_of(&p->path[i].events);
	return p->n > 0 ? cmdline_of(&p->path[0].events) : "not recorded";
}

static int judge_cmdline(struct work *w, const struct forecast_path *p)
{
	const char *now = cmdline_of(&p->events);
	char what[256];

	for (size_t i = 0; i < w->sealed.n; i++)
		if (strcmp(cmdline_of(&w->sealed.path[i].events), now) == 0)
			return 0;
	for (size_t i = 0; i < w->changes.n; i++)
		if (strcmp(w->changes.at[i].now, now) == 0)
			return 0;
	snprintf(what, sizeof(what), "kernel command line of %s", p->label);
	return add(&w->changes, what, sealed_cmdline(&w->sealed, p->label), now);
}

/* Files are in the manifest, and commands come from them: what is left is what nothing on a disk tells. */
static bool is_setting(const struct event *e)
{
	return e && e->kind != EVENT_COMMAND && e->kind != EVENT_CMDLINE && e->kind != EVENT_FILE &&
	       e->kind != EVENT_TAG;
}

static void event_side(const struct event *e, char *ret, size_t size)
{
	char digest[64] = "";

	if (e)
		digest_text(e->digest, digest, sizeof(digest));
	snprintf(ret, size, "%.150s%s%s", e ? e->what : "nothing more", e ? ", " : "", digest);
}

static int add_pair(struct work *w, const struct forecast_path *p, size_t path, const struct event_pair *pair)
{
	const struct event *was = NULL, *now = NULL, *either;
	char what[160], old[256], new[256];

	if (pair->predicted != COMPARE_NO_EVENT)
		was = &w->sealed.path[path].events.e[pair->predicted];
	if (pair->logged != COMPARE_NO_EVENT)
		now = &p->events.e[pair->logged];
	either = now ? now : was;
	if (!either || (!is_setting(was) && !is_setting(now)))
		return 0;
	snprintf(what, sizeof(what), "measured in PCR %u (%s)", (unsigned)either->pcr,
		 pcr_words(either->pcr));
	event_side(was, old, sizeof(old));
	event_side(now, new, sizeof(new));
	return add(&w->changes, what, old, new);
}

static int judge_pcr(struct work *w, const struct forecast_path *p, unsigned pcr)
{
	struct comparison c;
	size_t nearest;
	int r;

	r = prediction_record_nearest(&w->sealed, &p->events, PCR(pcr), &nearest, &c);
	if (r < 0)
		return r == -ENODATA ? 0 : r;
	for (size_t i = 0; i < c.input_count && r == 0; i++)
		r = add_pair(w, p, nearest, &c.input[i]);
	if (r == 0 && c.differs)
		r = add_pair(w, p, nearest, &c.first);
	return r;
}

static int judge_measured(struct work *w)
{
	int r = 0;

	for (size_t i = 0; i < w->now->path_count && r == 0; i++) {
		r = judge_cmdline(w, &w->now->path[i]);
		for (unsigned pcr = 0; pcr < PCR_COUNT && r == 0; pcr++)
			if (pcr != WINDOW_PCR && w->now->mask >> pcr & 1)
				r = judge_pcr(w, &w->now->path[i], pcr);
	}
	return r;
}

/* A record that is missing or damaged knows nothing: then all of this boot is new. */
static int read_sealed(struct work *w, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	struct error why = ERROR_NONE;
	int r;

	r = machine_read(w->machine, SEALED_PATH, PREDICTION_RECORD_MAX_LEN, &why, &text);
	if (r == 0)
		r = prediction_record_parse(text.data, text.len, SEALED_PATH, &why, &w->sealed);
	buffer_free(&text);
	if (r != -ENOENT && r != -EBADMSG && r != -EFBIG)
		return r < 0 ? error_set(err, r, "%s", why.text) : 0;
	return add(&w->changes, "the record of what was sealed (" SEALED_PATH ")", "written by every reseal",
		   r == -ENOENT ? "missing" : "damaged");
}

int changes_find(const struct machine *m, const struct forecast *f, struct error *err, struct changes *ret)
{
	struct work w = { .machine = m, .sealed = PREDICTION_RECORD_NONE, .now = f };
	int r;

	r = read_sealed(&w, err);
	if (r == 0)
		r = judge_files(&w, err);
	if (r == 0)
		r = judge_measured(&w);
	if (r == -ENOMEM)
		error_set(err, r, "out of memory");
	prediction_record_free(&w.sealed);
	if (r < 0)
		changes_free(&w.changes);
	else
		*ret = w.changes;
	return r;
}

int changes_require(const struct changes *c, const struct changes *shown, struct error *err)
{
	if (changes_equal(c, shown))
		return 0;
	return error_set(err, -ECANCELED,
			 "what is on the disk now is not what was listed, so it is not accepted; run the "
			 "command again and look at the new list");
}

void changes_free(struct changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->at[i].what);
		free(c->at[i].was);
		free(c->at[i].now);
	}
	free(c->at);
	*c = CHANGES_NONE;
}

bool changes_equal(const struct changes *a, const struct changes *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->at[i].what, b->at[i].what) != 0 || strcmp(a->at[i].was, b->at[i].was) != 0 ||
		    strcmp(a->at[i].now, b->at[i].now) != 0)
			return false;
	return a->n == b->n;
}
