#include "measure/boot/calibrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/grub/env_before.h"

#define WAYS_MAX 128 /* entries of one menu that are tried */
#define ENV_NAME "/grubenv"

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
	r = compare_events(a->log, &p.events, a->chain->loader->pcrs, &c);
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

static const struct event *find_env(const struct event_list *l)
{
	size_t n, suffix = strlen(ENV_NAME);

	for (size_t i = 0; i < l->n; i++) {
		n = strlen(l->e[i].what);
		if (l->e[i].pcr == 9 && n > suffix && strcmp(l->e[i].what + n - suffix, ENV_NAME) == 0)
			return &l->e[i];
	}
	return NULL;
}

static const struct boot_access *find_env_access(const struct boot_trace *g)
{
	size_t n, suffix = strlen(ENV_NAME);

	for (size_t i = 0; i < g->access_count; i++) {
		n = strlen(g->accesses[i].path);
		if (g->accesses[i].opened && n >= suffix &&
		    strcmp(g->accesses[i].path + n - suffix, ENV_NAME) == 0)
			return &g->accesses[i];
	}
	return NULL;
}

/*
 * The block as this boot found it. -ENOENT: there is none, it cannot be found, or it is what lies there now.
 */
static int restore_env(const struct attempt *a, const struct boot_access *env, uint8_t **ret, size_t *ret_len)
{
	const struct grub_machine *g = a->chain->own;
	const struct event *logged = find_env(a->log);
	const struct grub_device *device = NULL;
	const uint8_t *now;
	uint8_t *before;
	size_t len;
	int r;

	for (size_t i = 0; i < g->device_count; i++)
		if (strcmp(g->devices[i].name, env->device) == 0)
			device = &g->devices[i];
	if (!logged || !device)
		return -ENOENT;
	r = g->files->read(g->files->context, device, env->path, &now, &len);
	if (r < 0 || len == 0)
		return -ENOENT;
	before = malloc(len);
	if (!before)
		return -ENOMEM;
	r = grubenv_before(now, len, logged->digest, a->log, before);
	if (r == 0 && memcmp(before, now, len) == 0)
		r = -ENOENT;
	if (r < 0) {
		free(before);
		return r;
	}
	*ret = before;
	*ret_len = len;
	return 0;
}

/* Tries again with the environment block as it was measured, when that is another one than lies there now. */
static int try_with_env(struct attempt *a)
{
	const struct boot_access *env = a->found ? find_env_access(&a->best.prediction.trace) : NULL;
	struct attempt again = { .log = a->log };
	struct grub_machine machine = *(const struct grub_machine *)a->chain->own;
	struct boot_facts chain = *a->chain;
	struct overlay overlay;
	int r;

	if (!env)
		return 0;
	r = restore_env(a, env, &again.best.env, &again.best.env_len);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	overlay_init(&overlay, machine.files, env->device, env->path, again.best.env, again.best.env_len);
	machine.files = &overlay.files;
	chain.own = &machine;
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
		r = try_with_env(&a);
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
	free(c->env);
	*c = (struct calibrated){ .env = NULL };
}
