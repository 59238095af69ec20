#include "measure/boot/recognize.h"

#include <errno.h>
#include <string.h>

#define WAYS_MAX 128 /* entries of one menu that are tried */
#define FIRMWARE_STARTS PCR(4) /* the only PCR that a form of the firmware changes */

struct search {
	const struct recognize_question *q;
	struct boot_facts facts; /* in the state that is tried */
	struct error *err;
	struct recognized *found;
	size_t left;
};

static pcr_mask agreeing(const struct search *s, const struct prediction *p)
{
	pcr_mask mask = 0;

	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (boot_facts_pcrs(&s->facts) >> i & 1 && memcmp(p->pcrs[i], s->q->pcrs[i], SHA256_LEN) == 0)
			mask |= PCR(i);
	return mask;
}

static void keep_best(struct search *s, pcr_mask agreed)
{
	if (__builtin_popcount(agreed) > __builtin_popcount(s->found->agreed))
		s->found->agreed = agreed;
}

/* 1: with one of the forms it is the boot. */
static int try_forms(struct search *s, const struct prediction *p)
{
	pcr_mask want = boot_facts_pcrs(&s->facts), agreed;
	struct prediction other;
	int r;

	for (size_t i = 0; i < s->q->form_count; i++) {
		r = prediction_on_platform(&s->facts, p, &s->q->form[i], &other);
		if (r < 0)
			return r;
		agreed = agreeing(s, &other);
		keep_best(s, agreed);
		if (agreed == want) {
			s->found->prediction = other;
			s->found->form = i;
			return 1;
		}
		prediction_free(&other);
	}
	return 0;
}

static int try_way(struct search *s, const char *path)
{
	const struct boot_choice choice = { .path = path, .force_menu = path != NULL };
	struct prediction p = PREDICTION_NONE;
	struct error why = ERROR_NONE;
	pcr_mask agreed;
	int r;

	r = predict(&s->facts, &choice, &why, &p);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		if (s->err && !s->err->text[0])
			*s->err = why;
		return 0;
	}
	/* the forms are for the way that fits, and for the one that is said to fit best */
	agreed = agreeing(s, &p) | FIRMWARE_STARTS;
	if (__builtin_popcount(agreed) >= __builtin_popcount(s->found->agreed))
		r = try_forms(s, &p);
	prediction_free(&p);
	return r;
}

static int try_entries(struct search *s, const struct boot_entry *entry, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && s->left > 0 && r == 0; i++) {
		if (entry[i].submenu) {
			r = try_entries(s, entry[i].entries, entry[i].entry_count);
			continue;
		}
		s->left--;
		r = try_way(s, entry[i].path);
	}
	return r;
}

/* 1 when a way through the menu in this state is the boot. */
static int try_state(struct search *s)
{
	struct boot_menu menu = { .entries = NULL };
	int r;

	r = try_way(s, NULL);
	if (r != 0)
		return r;
	s->left = WAYS_MAX;
	if (s->facts.loader->list(&s->facts, s->err, &menu) < 0)
		return 0;
	r = try_entries(s, menu.entries, menu.entry_count);
	boot_menu_free(&menu);
	return r;
}

/* Takes the variant over. The untouched boot only: a chosen entry is looked for in the state of today. */
static int try_earlier(void *context, struct boot_variant *v)
{
	struct search *s = context;
	int r;

	s->facts.own = v->own;
	r = try_way(s, NULL);
	s->facts = *s->q->facts;
	boot_variant_free(v);
	return r;
}

int recognize_boot(const struct recognize_question *q, struct error *err, struct recognized *ret)
{
	const struct boot_choice untouched = { .path = NULL };
	struct boot_trace trace = { .kernel = NULL };
	struct recognized found = RECOGNIZED_NONE;
	struct search s = { .q = q, .facts = *q->facts, .err = err, .found = &found };
	struct error ignored = ERROR_NONE;
	int r;

	r = try_state(&s);
	if (r == 0 && q->facts->loader->earlier &&
	    q->facts->loader->run(q->facts, &untouched, &ignored, &trace) == 0)
		r = q->facts->loader->earlier(q->facts, &trace, try_earlier, &s);
	boot_trace_free(&trace);
	*ret = found;
	if (r < 0)
		return error_set(err, r, "out of memory while searching for this boot's path");
	return r == 1 ? 0 : -ENOENT;
}

void recognized_free(struct recognized *r)
{
	prediction_free(&r->prediction);
	*r = RECOGNIZED_NONE;
}
