#include "measure/boot/bootpath.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/boot/bootpath_walk.h"

#define RANKS 10

/* A way on one form of the platform, with these keys. */
struct candidate {
	struct way *way;
	const struct boot_platform *platform; /* NULL: as it is */
	const struct boot_keys *keys;         /* NULL: those of today */
	unsigned rank;
};

struct chooser {
	const struct boot_facts *facts;
	const struct bootpath_options *o;
	struct error *err;
	struct ways ways;
	struct candidate *candidate; /* of all ranks */
	size_t candidate_count;
	int *verdict; /* on each way, when it was judged: 0, -EPERM; else 1 */
	struct bootpaths found;
	/* What is told in one line: variants without a place, and entries that nobody waits for. */
	size_t no_space, others;
	struct buffer other, other_why; /* the first of them */
};

static int leave_out(struct bootpaths *b, const char *label, const char *why)
{
	struct bootpath_out *out;

	for (size_t i = 0; i < b->out_count; i++)
		if (strcmp(b->out[i].label, label) == 0 && strcmp(b->out[i].why, why) == 0)
			return 0;
	out = reallocarray(b->out, b->out_count + 1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	b->out = out;
	out += b->out_count;
	*out = (struct bootpath_out){ .label = strdup(label), .why = strdup(why) };
	b->out_count++;
	return out->label && out->why ? 0 : -ENOMEM;
}

static bool is_expected(const struct chooser *c, const struct way *w)
{
	return w->kind != WAY_OTHER ||
	       (c->o->was_sealed && w->key && c->o->was_sealed(c->o->context, w->key));
}

/* See bootpath.h. */
static unsigned rank_of(const struct chooser *c, const struct way *w, unsigned changes)
{
	static const unsigned of_default[] = { 0, 1, 4, 8 }, of_kernel[] = { 2, 3, 7, 8 };

	if (w->kind == WAY_DEFAULT)
		return of_default[changes];
	if (w->kind == WAY_KERNEL)
		return of_kernel[changes];
	if (changes > 0)
		return RANKS - 1;
	return is_expected(c, w) ? 5 : 6;
}

static bool do_keys_allow(const struct chooser *c, const struct boot_keys *keys, const struct way *w)
{
	return !keys || !keys->allow || keys->allow(c->facts->context, w->prediction.trace.kernel);
}

/* Keys that were announced are as likely as those of today. */
static void add_candidates(struct chooser *c, size_t form, const struct boot_keys *keys)
{
	for (size_t i = 0; i < c->ways.n; i++) {
		struct way *w = &c->ways.way[i];

		if ((form > 0 || keys) && (w->fate != WAY_STARTS || !do_keys_allow(c, keys, w)))
			continue;
		c->candidate[c->candidate_count++] = (struct candidate){
			.way = w,
			.platform = form > 0 ? &c->facts->platforms[form - 1] : NULL,
			.keys = keys,
			.rank = rank_of(c, w, w->changes + (form > 0)),
		};
	}
}

static int list_candidates(struct chooser *c)
{
	size_t forms = 1 + c->facts->platform_count, keys = 1 + (c->facts->keys != NULL);

	c->candidate = calloc(c->ways.n * forms * keys + 1, sizeof(*c->candidate));
	c->verdict = calloc(c->ways.n + 1, sizeof(*c->verdict));
	if (!c->candidate || !c->verdict)
		return -ENOMEM;
	for (size_t i = 0; i < c->ways.n; i++)
		c->verdict[i] = 1;
	for (size_t k = 0; k < keys; k++)
		for (size_t form = 0; form < forms; form++)
			add_candidates(c, form, k > 0 ? c->facts->keys : NULL);
	return 0;
}

static bool is_known(const struct bootpaths *b, const struct prediction *p)
{
	for (size_t i = 0; i < b->n; i++)
		if (memcmp(b->path[i].prediction.pcrs, p->pcrs, sizeof(p->pcrs)) == 0)
			return true;
	return false;
}

static void bootpath_free(struct bootpath *p)
{
	free(p->key);
	free(p->label);
	free(p->release);
	prediction_free(&p->prediction);
}

static int label_of(const struct candidate *k, char **ret)
{
	return asprintf(ret, "%s%s%s)", k->way->stem, k->platform ? k->platform->note : "",
			k->keys ? k->keys->note : "") < 0 ? -ENOMEM : 0;
}

/* Takes the prediction over. */
static int add_path(struct chooser *c, const struct candidate *k, struct prediction *p)
{
	struct bootpath *grown = reallocarray(c->found.path, c->found.n + 1, sizeof(*grown));
	struct bootpath path = { .is_default = k->rank == 0 && k->way->by_itself && !k->keys };

	if (!grown)
		return -ENOMEM;
	c->found.path = grown;
	path.release = strdup(boot_trace_release(&p->trace));
	if (label_of(k, &path.label) < 0)
		path.label = NULL;
	if (asprintf(&path.key, "%s%s%s", k->way->key, k->platform ? k->platform->key : "",
		     k->keys ? k->keys->key : "") < 0)
		path.key = NULL;
	if (!path.key || !path.label || !path.release) {
		bootpath_free(&path);
		return -ENOMEM;
	}
	path.prediction = *p;
	*p = PREDICTION_NONE;
	grown[c->found.n++] = path;
	return 0;
}

/* Entries of generated menus come by the dozen, as those of snapshots: one line is enough for all. */
static int note_other(struct chooser *c, const char *title, const char *why)
{
	if (c->others++ > 0)
		return 0;
	buffer_add_str(&c->other, title);
	buffer_add_str(&c->other_why, why);
	return buffer_ok(&c->other) && buffer_ok(&c->other_why) ? 0 : -ENOMEM;
}

static int note_out(struct chooser *c, const struct candidate *k, const char *why)
{
	const struct way *w = k->way;
	char *label;
	int r;

	if (w->changes > 0 || k->platform || k->keys)
		return 0;
	if (!is_expected(c, w) && w->fate != WAY_UNFIT)
		return note_other(c, w->title, why);
	if (!w->by_itself || !w->prediction.trace.kernel)
		return leave_out(&c->found, w->title, why);
	r = label_of(k, &label);
	if (r == 0) {
		r = leave_out(&c->found, label, why);
		free(label);
	}
	return r;
}

static int note_no_space(struct chooser *c, const struct candidate *k)
{
	static const char why[] = "the policy has no space for more branches";
	char *label;
	int r;

	if (k->way->changes > 0 || k->platform || k->keys) {
		c->no_space++;
		return 0;
	}
	if (!is_expected(c, k->way))
		return note_other(c, k->way->title, why);
	r = label_of(k, &label);
	if (r == 0) {
		r = leave_out(&c->found, label, why);
		free(label);
	}
	return r;
}

/* Asked once for each way: what it needs does not depend on the platform. */
static int admit(struct chooser *c, const struct candidate *k)
{
	struct error why = ERROR_NONE;
	int *verdict = &c->verdict[k->way - c->ways.way];
	int r;

	if (*verdict <= 0)
		return *verdict;
	r = c->o->admit ? c->o->admit(c->o->context, &k->way->prediction, is_expected(c, k->way), &why) : 0;
	*verdict = r;
	if (r == -EPERM && note_out(c, k, why.text) < 0)
		return -ENOMEM;
	/* no word on the path, but a failure */
	return r < 0 && r != -EPERM ? error_set(c->err, r, "%s", why.text) : r;
}

/* The way's own other forms need the original: it is never taken over. */
static int predict_candidate(struct chooser *c, const struct candidate *k, struct prediction *ret)
{
	struct prediction p = PREDICTION_NONE;
	int r;

	r = prediction_on_platform(c->facts, &k->way->prediction,
				   k->platform ? &k->platform->events : c->facts->platform, &p);
	if (r < 0 || !k->keys) {
		*ret = p;
		return r;
	}
	r = prediction_with_keys(c->facts, &p, k->keys, ret);
	prediction_free(&p);
	return r;
}

static int choose(struct chooser *c, const struct candidate *k)
{
	struct prediction p = PREDICTION_NONE;
	int r;

	if (k->way->fate != WAY_STARTS)
		return note_out(c, k, k->way->why);
	r = predict_candidate(c, k, &p);
	if (r == 0 && !is_known(&c->found, &p)) {
		if (c->found.n >= c->o->max)
			r = note_no_space(c, k);
		else
			r = admit(c, k);
		if (r == 0 && c->found.n < c->o->max)
			r = add_path(c, k, &p);
	}
	prediction_free(&p);
	return r == -EPERM ? 0 : r;
}

static int tell_groups(struct chooser *c)
{
	char *text = NULL, *why = NULL;
	int r = 0;

	if (c->others == 1)
		r = leave_out(&c->found, buffer_str(&c->other), buffer_str(&c->other_why));
	if (c->others > 1) {
		if (asprintf(&text, "%zu other menu entries", c->others) < 0 ||
		    asprintf(&why, "they were never sealed; the first, '%s': %s", buffer_str(&c->other),
			     buffer_str(&c->other_why)) < 0)
			return -ENOMEM;
		r = leave_out(&c->found, text, why);
		free(text);
		free(why);
	}
	if (r == 0 && c->no_space > 0) {
		if (asprintf(&text, "%zu unlikely variants of these boot paths", c->no_space) < 0)
			return -ENOMEM;
		r = leave_out(&c->found, text, "the policy has no space for more branches");
		free(text);
	}
	return r;
}

int bootpaths_find(const struct boot_facts *facts, const struct bootpath_options *o, struct error *err,
		   struct bootpaths *ret)
{
	struct chooser c = { .facts = facts, .o = o, .err = err };
	int r;

	r = ways_find(facts, o, err, &c.ways);
	if (r == 0)
		r = list_candidates(&c);
	for (unsigned rank = 0; rank < RANKS; rank++)
		for (size_t i = 0; i < c.candidate_count && r == 0; i++)
			if (c.candidate[i].rank == rank)
				r = choose(&c, &c.candidate[i]);
	if (r == 0)
		r = tell_groups(&c);
	if (r == -ENOMEM)
		error_set(err, r, "out of memory while listing boot paths");
	c.found.default_lacks_initrd = c.ways.default_lacks_initrd;
	if (r == 0)
		*ret = c.found;
	else
		bootpaths_free(&c.found);
	ways_free(&c.ways);
	free(c.candidate);
	free(c.verdict);
	buffer_free(&c.other);
	buffer_free(&c.other_why);
	return r;
}

void bootpaths_free(struct bootpaths *b)
{
	for (size_t i = 0; i < b->n; i++)
		bootpath_free(&b->path[i]);
	for (size_t i = 0; i < b->out_count; i++) {
		free(b->out[i].label);
		free(b->out[i].why);
	}
	free(b->path);
	free(b->out);
	*b = BOOTPATHS_NONE;
}
