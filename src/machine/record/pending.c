#include "machine/record/pending.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "machine/record/state.h"
#include "seal/json.h"
#include "seal/json_write.h"
#include "seal/token.h"
#include "seal/volume_keyslot.h"

#define PENDING_MAX_LEN 4096
#define PENDING_MAX (2 * TARGET_MAX) /* of a volume one that comes and one that goes */

struct pending {
	struct {
		char uuid[37];
		struct keyslot_plan plan;
	} at[PENDING_MAX];
	size_t n;
};

static bool parse(struct json_object *o, struct pending *ret)
{
	struct json_object *a, *e;
	uint64_t version, slot, iterations;

	if (!json_member_number(o, "version", 1, &version) || version != 1 ||
	    !json_member_array(o, "adding", PENDING_MAX, &a, &ret->n))
		return false;
	for (size_t i = 0; i < ret->n; i++) {
		e = json_list_at(a, i);
		if (!json_member_text(e, "uuid", sizeof(ret->at[i].uuid), ret->at[i].uuid) ||
		    !json_member_number(e, "keyslot", KEYSLOT_MAX - 1, &slot) ||
		    !json_member_number(e, "iterations", UINT32_MAX, &iterations))
			return false;
		ret->at[i].plan = (struct keyslot_plan){ .keyslot = slot, .iterations = iterations };
	}
	return true;
}

/* A note that is missing or makes no sense proves nothing: then nothing is taken off. */
static void load(const struct machine *m, struct pending *ret)
{
	struct buffer text = BUFFER_NONE;
	struct json_object *o = NULL;

	ret->n = 0;
	if (machine_read(m, PENDING_PATH, PENDING_MAX_LEN, NULL, &text) == 0 &&
	    (json_read(buffer_str(&text), text.len, NULL, &o) < 0 || !parse(o, ret)))
		ret->n = 0;
	json_free(o);
	buffer_free(&text);
}

static int save(const struct machine *m, const struct pending *p, struct error *err)
{
	struct json_object *o = json_new_object(), *a = json_new_list(), *e;
	char path[PATH_MAX];
	const char *text;
	int r;

	for (size_t i = 0; i < p->n; i++) {
		e = json_new_object();
		json_put_text(e, "uuid", p->at[i].uuid);
		json_put_number(e, "keyslot", p->at[i].plan.keyslot);
		json_put_number(e, "iterations", p->at[i].plan.iterations);
		json_list_add(a, e);
	}
	json_put_number(o, "version", 1);
	json_put_member(o, "adding", a);
	text = json_text(o, JSON_SPACED);
	r = machine_path(m, PENDING_PATH, path);
	if (r == 0)
		r = text ? file_replace(path, text, strlen(text), 0600, err) : -ENOMEM;
	json_free(o);
	return r;
}

static bool is_of(const struct pending *p, size_t i, const struct volume *v)
{
	return strcmp(p->at[i].uuid, volume_uuid(v)) == 0;
}

/* Best effort: a note that stays describes a keyslot that is named by now, or is not there. */
static void forget(const struct machine *m, const struct volume *v)
{
	struct pending p;
	char path[PATH_MAX];

	load(m, &p);
	for (size_t i = p.n; i > 0; i--)
		if (is_of(&p, i - 1, v))
			p.at[i - 1] = p.at[--p.n];
	if (p.n > 0)
		save(m, &p, NULL);
	else if (machine_path(m, PENDING_PATH, path) == 0)
		unlink(path);
}

static int note(const struct machine *m, const struct volume *v, const struct keyslot_plan *plan,
		struct error *err)
{
	struct pending p;
	size_t at = 0;
	int r;

	load(m, &p);
	while (at < p.n && !(is_of(&p, at, v) && p.at[at].plan.keyslot == plan->keyslot))
		at++;
	if (at == PENDING_MAX)
		return error_set(err, -E2BIG, PENDING_PATH ": already lists %d other keyslots", PENDING_MAX);
	if (at == p.n)
		p.n++;
	snprintf(p.at[at].uuid, sizeof(p.at[at].uuid), "%s", volume_uuid(v));
	p.at[at].plan = *plan;
	r = state_make_dir(m, err);
	return r < 0 ? r : save(m, &p, err);
}

int pending_keyslot_add(const struct machine *m, struct volume *v, const struct keyslot_keys *keys,
			struct error *err, int *ret_keyslot)
{
	struct keyslot_plan plan;
	int r;

	r = volume_keyslot_plan(v, err, &plan);
	if (r == 0)
		r = note(m, v, &plan, err);
	if (r < 0)
		return r;
	r = volume_keyslot_add_planned(v, keys->auth, keys->key, &plan, err);
	if (r < 0) {
		/* it may be there anyway */
		pending_sweep(m, v, -1, NULL);
		return r;
	}
	*ret_keyslot = plan.keyslot;
	return 0;
}

int pending_note_going(const struct machine *m, const struct volume *v, int keyslot, struct error *err)
{
	struct keyslot_plan plan;

	/* none of the kind that we make, or not there: nothing of ours to take off */
	if (volume_keyslot_describe(v, keyslot, &plan) < 0)
		return 0;
	return note(m, v, &plan, err);
}

int pending_settle(const struct machine *m, struct volume *v, int keyslot, int r)
{
	if (r == 0 || volume_keyslot_remove(v, keyslot, NULL) == 0)
		forget(m, v);
	return r;
}

int pending_sweep(const struct machine *m, struct volume *v, int keep, struct error *err)
{
	const struct keyslot_plan *plan;
	struct pending p;
	bool any = false;
	int r = 0;

	load(m, &p);
	for (size_t i = 0; i < p.n && r == 0; i++) {
		if (!is_of(&p, i, v))
			continue;
		any = true;
		plan = &p.at[i].plan;
		r = volume_reload(v, err);
		if (r == 0 && plan->keyslot != keep && volume_keyslot_is_unnamed(v, plan))
			r = volume_keyslot_remove(v, plan->keyslot, err);
	}
	if (r == 0 && any)
		forget(m, v);
	return r;
}
