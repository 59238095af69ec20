#include "machine/forecast_platform.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool has(const struct attempts *a, unsigned failed)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->failed[i] == failed)
			return true;
	return false;
}

/* To the front; the oldest drops out. */
static void remember(struct attempts *a, unsigned failed)
{
	struct attempts now = { .failed = { failed }, .n = 1 };

	for (size_t i = 0; i < a->n && now.n < ATTEMPTS_MAX; i++)
		if (a->failed[i] != failed)
			now.failed[now.n++] = a->failed[i];
	*a = now;
}

static unsigned one_more(const struct attempts *a)
{
	unsigned most = 0;

	for (size_t i = 0; i < a->n; i++)
		most = a->failed[i] > most ? a->failed[i] : most;
	return most + 1;
}

static int add_form(const struct event_list *logged, unsigned failed, struct platforms *p)
{
	struct boot_platform *f = &p->other[p->n];
	int r;

	*f = (struct boot_platform){ .events = EVENT_LIST_NONE };
	r = platform_with_attempts(logged, failed, &f->events);
	if (r < 0)
		return r == -EOPNOTSUPP ? 0 : r;
	if (failed == 0)
		snprintf(f->note, sizeof(f->note), ", no boot option failed first");
	else
		snprintf(f->note, sizeof(f->note), ", %u boot option%s failed first", failed,
			 failed > 1 ? "s" : "");
	snprintf(f->key, sizeof(f->key), " failed %u", failed);
	p->n++;
	return 0;
}

/* first: of the form that comes first; one that is no number is never equal to these. */
static int add_others(const struct event_list *logged, const struct attempts *seen, const unsigned *first,
		      struct platforms *p)
{
	unsigned failed[ATTEMPTS_MAX + 2], n = 0;
	int r = 0;

	failed[n++] = 0;
	for (size_t i = 0; i < seen->n; i++)
		if (seen->failed[i] != 0)
			failed[n++] = seen->failed[i];
	failed[n++] = one_more(seen);
	for (unsigned i = 0; i < n && r == 0; i++)
		if (!first || failed[i] != *first)
			r = add_form(logged, failed[i], p);
	return r;
}

static int warn(unsigned failed, struct forecast *f)
{
	char why[160];

	snprintf(why, sizeof(why),
		 "%u in this boot, which is not covered: a boot with as many asks for the passphrase; "
		 "'bootseal reseal --accept-current' covers it",
		 failed);
	return forecast_note(&f->warning, &f->warning_count, "boot options that failed first", why);
}

bool platforms_cover(const struct attempts *seen, unsigned failed)
{
	return failed == 0 || has(seen, failed) || failed == one_more(seen);
}

int platforms_find(const struct event_list *logged, const struct attempts *seen, bool trusted,
		   struct forecast *f, struct platforms *ret)
{
	struct attempts forms = *seen;
	struct platforms p = { .n = 0 };
	unsigned now = 0, first;
	bool counts = platform_attempts(logged, &now) == 0;
	int r = -EOPNOTSUPP;

	if (counts && (trusted || seen->n == 0))
		remember(&forms, now);
	f->attempts = trusted ? forms : *seen;
	first = now;
	if (seen->n > 0 && !trusted && !(counts && platforms_cover(seen, now))) {
		first = seen->failed[0];
		r = platform_with_attempts(logged, first, &p.first);
		if (r == 0 && counts)
			r = warn(now, f);
		counts |= r == 0;
	}
	if (r == -EOPNOTSUPP)
		r = event_list_append(&p.first, logged);
	if (r == 0)
		r = add_others(logged, &forms, counts ? &first : NULL, &p);
	if (r < 0)
		platforms_free(&p);
	else
		*ret = p;
	return r;
}

void platforms_free(struct platforms *p)
{
	event_list_free(&p->first);
	for (size_t i = 0; i < p->n; i++)
		event_list_free(&p->other[i].events);
	*p = (struct platforms){ .n = 0 };
}
