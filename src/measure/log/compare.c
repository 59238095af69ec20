#include "measure/log/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SHOWN_MAX 160   /* bytes of an event's text in a message */
#define SHOWN_PARTED 90 /* of two that begin alike, so that a message has room for both */
#define SHOWN_BEFORE 30 /* of these before the place where they part */

static size_t next_of(const struct event_list *l, uint32_t pcr, size_t from)
{
	while (from < l->n && l->e[from].pcr != pcr)
		from++;
	return from < l->n ? from : COMPARE_NO_EVENT;
}

/* Images go by their place: the log names most of them by nothing at all. */
static bool same_input(const struct event *a, const struct event *b)
{
	if (a->kind != b->kind || !event_is_input(a))
		return false;
	return a->kind == EVENT_IMAGE || strcmp(a->what, b->what) == 0;
}

static int note_input(struct comparison *c, size_t logged, size_t predicted)
{
	size_t at = c->input_count;

	if (at == COMPARE_INPUTS_MAX)
		return -E2BIG;
	for (; at > 0 && c->input[at - 1].logged > logged; at--)
		c->input[at] = c->input[at - 1];
	c->input[at] = (struct event_pair){ .logged = logged, .predicted = predicted };
	c->input_count++;
	return 0;
}

/* COMPARE_NO_EVENT is the largest index there is, so the end of a list comes after everything else. */
static void note_difference(struct comparison *c, size_t logged, size_t predicted)
{
	if (c->differs && (c->first.logged < logged ||
			   (c->first.logged == logged && c->first.predicted <= predicted)))
		return;
	c->differs = true;
	c->first = (struct event_pair){ .logged = logged, .predicted = predicted };
}

static int compare_pcr(const struct event_list *logged, const struct event_list *predicted, uint32_t pcr,
		       struct comparison *c)
{
	size_t i = next_of(logged, pcr, 0), j = next_of(predicted, pcr, 0);
	int r;

	while (i != COMPARE_NO_EVENT && j != COMPARE_NO_EVENT) {
		const struct event *a = &logged->e[i], *b = &predicted->e[j];

		if (memcmp(a->digest, b->digest, SHA256_LEN) != 0) {
			if (!same_input(a, b))
				break;
			r = note_input(c, i, j);
			if (r < 0)
				return r;
		}
		c->agreed++;
		i = next_of(logged, pcr, i + 1);
		j = next_of(predicted, pcr, j + 1);
	}
	if (i != COMPARE_NO_EVENT || j != COMPARE_NO_EVENT)
		note_difference(c, i, j);
	return 0;
}

/*
 * Whose signature let an image run, and what the stub handed on, follow from a file: they differ only with
 * it.
 */
static bool follows_from_file(const struct event *e)
{
	return e->kind == EVENT_AUTHORITY || e->kind == EVENT_TAG;
}

static void check_followers(const struct event_list *logged, struct comparison *c)
{
	bool file_differs = false;

	for (size_t i = 0; i < c->input_count; i++) {
		const struct event *e = &logged->e[c->input[i].logged];

		file_differs |= e->kind == EVENT_IMAGE || e->kind == EVENT_FILE;
	}
	for (size_t i = 0; i < c->input_count && !file_differs; i++)
		if (follows_from_file(&logged->e[c->input[i].logged]))
			note_difference(c, c->input[i].logged, c->input[i].predicted);
}

int compare_events(const struct event_list *logged, const struct event_list *predicted, pcr_mask mask,
		   struct comparison *ret)
{
	struct comparison c = { .differs = false };
	int r;

	for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
		if (!(mask >> pcr & 1))
			continue;
		r = compare_pcr(logged, predicted, pcr, &c);
		if (r < 0)
			return r;
	}
	check_followers(logged, &c);
	*ret = c;
	return 0;
}

/* Menu entries are long: how much of two texts is left out, so that what is shown of them is not the same. */
static size_t same_beginning(const struct comparison *c, const struct event_list *logged,
			     const struct event_list *predicted)
{
	const char *a, *b;
	size_t n = 0;

	if (c->first.logged == COMPARE_NO_EVENT || c->first.predicted == COMPARE_NO_EVENT)
		return 0;
	a = logged->e[c->first.logged].what;
	b = predicted->e[c->first.predicted].what;
	while (a[n] && a[n] == b[n])
		n++;
	return a[n] == b[n] || n < SHOWN_MAX / 2 ? 0 : n - SHOWN_BEFORE;
}

static void add_text(struct buffer *b, const struct event_list *l, size_t at, size_t without)
{
	if (at == COMPARE_NO_EVENT) {
		buffer_add_str(b, "nothing");
		return;
	}
	buffer_add_str(b, without > 0 ? "`..." : "`");
	text_add_printable(b, l->e[at].what + without, strlen(l->e[at].what + without),
			   without > 0 ? SHOWN_PARTED : SHOWN_MAX);
	buffer_add_str(b, "'");
}

void comparison_describe(const struct comparison *c, const struct event_list *logged,
			 const struct event_list *predicted, struct buffer *ret)
{
	bool in_log = c->first.logged != COMPARE_NO_EVENT;
	uint32_t pcr = in_log ? logged->e[c->first.logged].pcr : predicted->e[c->first.predicted].pcr;
	size_t without = same_beginning(c, logged, predicted);

	buffer_addf(ret, "PCR %u, ", pcr);
	if (in_log)
		buffer_addf(ret, "event %zu", c->first.logged + 1);
	else
		buffer_add_str(ret, "after the last event");
	buffer_add_str(ret, ": predicted ");
	add_text(ret, predicted, c->first.predicted, without);
	buffer_add_str(ret, ", measured ");
	add_text(ret, logged, c->first.logged, without);
}
