#include "machine/forecast.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "machine/branches.h"
#include "machine/chain/chain_files.h"
#include "machine/forecast_judge.h"
#include "machine/forecast_order.h"
#include "machine/forecast_platform.h"
#include "machine/forecast_ways.h"
#include "machine/record/boot_report.h"
#include "machine/system/manifest.h"
#include "measure/boot/bootpath.h"
#include "seal/policy.h"

struct work {
	struct chain *chain;
	const struct forecast_options *options;
	struct manifest before; /* as it was accepted */
	struct state state;     /* empty where nothing is enrolled */
	struct platforms platforms;
	struct boot_facts facts; /* the chain's, on these platforms */
	struct judge judge;
	struct forecast f;
};

static int system_name(const struct chain *c, const char *boot_path, char **ret)
{
	const char *base, *path;
	int r;

	r = chain_locate_path(c, boot_path, &base, &path);
	if (r < 0)
		return r;
	return asprintf(ret, "%s%s", strcmp(base, "/") == 0 ? "" : base, path) < 0 ? -ENOMEM : 0;
}

static int name_initrds(const struct chain *c, const struct boot_trace *g, char **ret)
{
	struct buffer all = BUFFER_NONE;
	char *one;
	int r = 0;

	for (size_t i = 0; i < g->initrd_count && r == 0; i++) {
		r = system_name(c, g->initrds[i], &one);
		if (r == 0) {
			buffer_addf(&all, "%s%s", i > 0 ? " " : "", one);
			free(one);
		}
	}
	*ret = r == 0 ? buffer_steal(&all) : NULL;
	buffer_free(&all);
	return r == 0 && !*ret ? -ENOMEM : r;
}

/* Takes the strings and events over. */
static int take_path(struct work *w, struct bootpath *b)
{
	struct forecast_path *p = &w->f.path[w->f.path_count++];
	struct boot_trace *g = &b->prediction.trace;
	int r;

	*p = (struct forecast_path){ .key = b->key,
				     .label = b->label,
				     .release = b->release,
				     .cmdline = g->cmdline,
				     .is_default = b->is_default,
				     .events = b->prediction.events };
	memcpy(p->pcrs, b->prediction.pcrs, sizeof(p->pcrs));
	b->key = b->label = b->release = g->cmdline = NULL;
	b->prediction.events = EVENT_LIST_NONE;
	r = system_name(w->chain, g->kernel, &p->kernel);
	if (r == 0)
		r = name_initrds(w->chain, g, &p->initrd);
	if (r < 0)
		return r;
	/* for people from here on */
	text_make_printable(p->label);
	text_make_printable(p->release);
	text_make_printable(p->kernel);
	text_make_printable(p->initrd);
	text_make_printable(p->cmdline);
	return 0;
}

/*
 * A reason may name files as the boot loader does, "(hd0,gpt2)/vmlinuz"; people know them by their system
 * path.
 */
static void add_reason(const struct chain *c, const char *rest, struct buffer *b)
{
	const char *open, *close, *base;

	while ((open = strstr(rest, "(hd")) && (close = strstr(open, ")/"))) {
		buffer_add(b, rest, open - rest);
		if (chain_locate(c, open + 1, close - open - 1, &base) < 0)
			buffer_add(b, open, close + 1 - open);
		else if (strcmp(base, "/") != 0)
			buffer_add_str(b, base);
		rest = close + 1;
	}
	buffer_add_str(b, rest);
}

static int note_left_out(struct work *w, const struct bootpath_out *out)
{
	struct buffer why = BUFFER_NONE;
	int r = -ENOMEM;

	add_reason(w->chain, out->why, &why);
	if (buffer_ok(&why))
		r = forecast_note(&w->f.left_out, &w->f.left_out_count, out->label, buffer_str(&why));
	buffer_free(&why);
	return r;
}

static bool was_sealed(void *context, const char *key)
{
	const struct judge *j = context;
	const struct state *s = j->state;
	uint32_t id;

	if (branch_id_of(key, &id) < 0)
		return false;
	for (size_t i = 0; i < s->branch_count; i++)
		if (s->branch[i].id == id)
			return true;
	return false;
}

/* predict and check judge nothing: they go by what this boot is. */
static bool is_trusted(const struct work *w)
{
	switch (w->options->trust) {
	case TRUST_UNJUDGED:
		return boot_trusted(w->chain->machine);
	case TRUST_NOTHING_NEW:
		return false;
	default:
		return true;
	}
}

static int find_platforms(struct work *w)
{
	int r = platforms_find(&w->chain->platform, &w->state.attempts, is_trusted(w), &w->f, &w->platforms);

	w->facts = w->chain->model;
	w->facts.platform = &w->platforms.first;
	w->facts.platforms = w->platforms.other;
	w->facts.platform_count = w->platforms.n;
	return r;
}

static int warn_of_order(struct work *w)
{
	unsigned failed;

	if (platform_attempts(&w->chain->platform, &failed) < 0)
		return 0;
	return forecast_warn_order(w->chain->machine, failed, platforms_cover, &w->f);
}

static int find_paths(struct work *w, struct error *err, struct bootpaths *ret)
{
	const struct bootpath_options o = { .max = BRANCH_MAX,
					    .root_shells = w->options->root_shells,
					    .admit = judge_admit,
					    .was_sealed = was_sealed,
					    .context = &w->judge };
	struct buffer why = BUFFER_NONE;
	int r = bootpaths_find(&w->facts, &o, err, ret);

	if (r < 0) {
		add_reason(w->chain, err->text, &why);
		if (buffer_ok(&why))
			error_set(err, r, "%s", buffer_str(&why));
		buffer_free(&why);
	}
	return r;
}

static int take_paths(struct work *w, struct bootpaths *b)
{
	int r = 0;

	w->f.default_lacks_initrd = b->default_lacks_initrd;
	w->f.path = calloc(b->n + 1, sizeof(*w->f.path));
	if (!w->f.path)
		return -ENOMEM;
	for (size_t i = 0; i < b->n && r == 0; i++)
		r = take_path(w, &b->path[i]);
	for (size_t i = 0; i < b->out_count && r == 0; i++)
		r = note_left_out(w, &b->out[i]);
	return r;
}

/*
 * Keys that stop the default boot of then were not announced, but its kernel may have been replaced since.
 */
static int warn_of_next_keys(struct work *w)
{
	const struct chain *c = w->chain;
	char why[sizeof(c->next_why.text) + 32];
	int r = 0;

	if (c->next_why.text[0])
		r = forecast_note(&w->f.warning, &w->f.warning_count, "the announced keys of Secure Boot",
				  c->next_why.text);
	for (size_t i = 0; i < c->kernel_count && r == 0; i++) {
		if (!c->kernel[i].next_why.text[0])
			continue;
		snprintf(why, sizeof(why), "%s, so it will not start", c->kernel[i].next_why.text);
		/* without the ", " of the label */
		r = forecast_note(&w->f.warning, &w->f.warning_count, c->next_keys.note + 2, why);
	}
	return r;
}

/* What was accepted and still exists stays accepted, whether a path needs it today or not. */
static int start_manifest(struct work *w)
{
	struct stat st;
	int r = 0;

	w->f.manifest = calloc(1, sizeof(*w->f.manifest));
	if (!w->f.manifest)
		return -ENOMEM;
	for (size_t i = 0; i < w->before.n && r == 0; i++)
		if (files_stat(w->chain->files, NULL, w->before.file[i].path, &st) == 0)
			r = manifest_set(w->f.manifest, &w->before.file[i]);
	return r;
}

int chain_forecast(struct chain *c, const struct forecast_options *o, struct error *err, struct forecast *ret)
{
	struct work w = { .chain = c, .options = o, .f.mask = boot_facts_pcrs(&c->model) };
	struct bootpaths paths = BOOTPATHS_NONE;
	const int64_t began = log_begin();
	int r;

	r = manifest_read(c->machine, err, &w.before);
	if (r < 0)
		return r;
	/* a damaged one is reported by those who need it */
	if (state_load(c->machine, NULL, &w.state) < 0)
		w.state = (struct state){ .branch_count = 0 };
	r = start_manifest(&w);
	if (r == 0)
		r = judge_new(c, o, &w.before, &w.f, &w.judge);
	w.judge.state = &w.state;
	if (r == 0)
		r = find_platforms(&w);
	if (r == 0)
		r = find_paths(&w, err, &paths);
	if (r == 0)
		r = take_paths(&w, &paths);
	if (r == 0)
		r = forecast_warn(c, &w.f.warning, &w.f.warning_count, &w.f.pending);
	if (r == 0)
		r = forecast_warn_of_password(c->machine, &w.f.warning, &w.f.warning_count);
	if (r == 0)
		r = warn_of_order(&w);
	if (r == 0)
		r = warn_of_next_keys(&w);
	if (r == -ENOMEM)
		error_set(err, r, "out of memory");
	if (r == 0) {
		log_step_since(began, "predicted %zu boot paths; left out %zu, refused %zu files",
			       w.f.path_count, w.f.left_out_count, w.f.refused_count);
		*ret = w.f;
		w.f = FORECAST_NONE;
	}
	judge_free(&w.judge);
	platforms_free(&w.platforms);
	forecast_free(&w.f);
	bootpaths_free(&paths);
	manifest_free(&w.before);
	return r;
}

int forecast_accept(const struct machine *m, const struct forecast *f, struct error *err)
{
	return manifest_write(m, f->manifest, err);
}

static void path_clear(struct forecast_path *p)
{
	free(p->key);
	free(p->label);
	free(p->release);
	free(p->kernel);
	free(p->initrd);
	free(p->cmdline);
	event_list_free(&p->events);
}

void forecast_free(struct forecast *f)
{
	for (size_t i = 0; i < f->path_count; i++)
		path_clear(&f->path[i]);
	free(f->path);
	forecast_notes_free(f->left_out, f->left_out_count);
	forecast_notes_free(f->refused, f->refused_count);
	forecast_notes_free(f->accepted, f->accepted_count);
	forecast_notes_free(f->warning, f->warning_count);
	if (f->manifest)
		manifest_free(f->manifest);
	free(f->manifest);
	*f = FORECAST_NONE;
}

int forecast_refuse_path(struct forecast *f, size_t i, const char *why)
{
	int r;

	r = forecast_note(&f->refused, &f->refused_count, f->path[i].label, why);
	if (r < 0)
		return r;
	path_clear(&f->path[i]);
	f->path_count--;
	memmove(&f->path[i], &f->path[i + 1], (f->path_count - i) * sizeof(*f->path));
	return 0;
}

int forecast_keep_paths(struct forecast *f, size_t n, const char *why)
{
	int r = 0;

	for (size_t i = n; i < f->path_count && r == 0; i++)
		r = forecast_note(&f->left_out, &f->left_out_count, f->path[i].label, why);
	if (r < 0)
		return r;
	while (f->path_count > n)
		path_clear(&f->path[--f->path_count]);
	return 0;
}
