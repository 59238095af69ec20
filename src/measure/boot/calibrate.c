#include "measure/boot/calibrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAYS_MAX 128 /* entries of one menu that are tried */

struct attempt {
	const struct boot_facts *chain;
	const struct event_list *log;
	struct calibrated best;
	bool found;
	struct error first_error;
};

static bool better(const struct attempt *a, const struct comparison *c)
{
	const struct comparison *b = &a->best.comparison;

	if (!a->found)
		return true;
	if (b->differs != c->differs)
		return b->differs;
	if (b->input_count != c->input_count && !c->differs)
		return c->input_count < b->input_count;
	return c->agreed > b->agreed;
}

/* A way that the model cannot walk is not the end: the boot may have taken another one. */
static int try_way(struct attempt *a, const char *path)
{
	struct boot_choice choice = { .path = path, .force_menu = path != NULL };
	struct prediction p = PREDICTION_NONE;
	struct error why = ERROR_NONE;
	struct comparison c;
	int r;

	r = predict(a->chain, &choice, &why, &p);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		if (a->first_error.text[0] == '\0')
			a->first_error = why;
		return 0;
	}
	r = compare_events(a->log, &p.events, boot_facts_pcrs(a->chain), &c);
	if (r == 0 && better(a, &c)) {
		prediction_free(&a->best.prediction);
		a->best.prediction = p;
		a->best.comparison = c;
		a->best.by_itself = path == NULL;
		a->found = true;
		p = PREDICTION_NONE;
	}
	prediction_free(&p);
	return r == -E2BIG ? 0 : r;
}

static int try_entries(struct attempt *a, const struct boot_entry *entry, size_t n, size_t *left)
{
	int r = 0;

	for (size_t i = 0; i < n && *left > 0 && r == 0; i++) {
		if (entry[i].submenu) {
			r = try_entries(a, entry[i].entries, entry[i].entry_count, left);
		} else {
			(*left)--;
			r = try_way(a, entry[i].path);
		}
	}
	return r;
}

static int try_all(struct attempt *a)
{
	struct boot_menu menu = { .entries = NULL };
	size_t left = WAYS_MAX;
	int r;

	r = try_way(a, NULL);
	if (r < 0 || (a->found && comparison_exact(&a->best.comparison)))
		return r;
	if (a->chain->loader->list(a->chain, &a->first_error, &menu) < 0)
		return 0;
	r = try_entries(a, menu.entries, menu.entry_count, &left);
	boot_menu_free(&menu);
	return r;
}

/* Tries again with the machine as this boot found it, when that differs from the present one. */
static int try_before(struct attempt *a)
{
	const struct boot_loader *loader = a->chain->loader;
	struct attempt again = { .log = a->log };
	struct boot_facts chain = *a->chain;
	int r;

	if (!a->found || !loader->before)
		return 0;
	r = loader->before(a->chain, &a->best.prediction.trace, a->log, &again.best.before);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	chain.own = again.best.before.own;
	again.chain = &chain;
	r = try_all(&again);
	if (r == 0 && again.found && better(a, &again.best.comparison)) {
		calibrated_free(&a->best);
		a->best = again.best;
	} else {
		calibrated_free(&again.best);
	}
	return r;
}

int calibrate(const struct boot_facts *chain, const struct event_list *log, struct error *err,
	      struct calibrated *ret)
{
	struct attempt a = { .chain = chain, .log = log };
	int r;

	r = try_all(&a);
	if (r == 0 && !(a.found && comparison_exact(&a.best.comparison)))
		r = try_before(&a);
	if (r < 0) {
		calibrated_free(&a.best);
		return error_set(err, r, "out of memory while searching for this boot's path");
	}
	a.best.reproduced = a.found && !a.best.comparison.differs;
	a.best.why = a.first_error;
	*ret = a.best;
	return 0;
}

void calibrated_free(struct calibrated *c)
{
	prediction_free(&c->prediction);
	boot_variant_free(&c->before);
	*c = (struct calibrated){ .by_itself = false };
}
