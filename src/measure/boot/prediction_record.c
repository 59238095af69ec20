#include "measure/boot/prediction_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"

#define FIRST_LINE "bootseal-predicted 1"

void prediction_record_free(struct prediction_record *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->path[i].label);
		event_list_free(&p->path[i].events);
	}
	*p = PREDICTION_RECORD_NONE;
}

/* --- writing */

static bool same_event(const struct event *a, const struct event *b)
{
	return a->pcr == b->pcr && a->type == b->type && memcmp(a->digest, b->digest, SHA256_LEN) == 0 &&
	       strcmp(a->what, b->what) == 0;
}

/* Borrowed events, each once. */
struct table {
	const struct event *at[PREDICTION_RECORD_EVENTS_MAX];
	size_t n;
};

/* Paths go the same way for the most part: the event after the one that was found last is the likely one. */
static size_t find(const struct table *t, const struct event *e, size_t likely)
{
	if (likely < t->n && same_event(t->at[likely], e))
		return likely;
	for (size_t i = 0; i < t->n; i++)
		if (same_event(t->at[i], e))
			return i;
	return t->n;
}

static int add_events(struct table *t, const struct event_list *l)
{
	size_t at = 0;

	for (size_t i = 0; i < l->n; i++) {
		at = find(t, &l->e[i], at);
		if (at == PREDICTION_RECORD_EVENTS_MAX)
			return -E2BIG;
		if (at == t->n)
			t->at[t->n++] = &l->e[i];
		at++;
	}
	return 0;
}

static void put_event(const struct event *e, struct buffer *b)
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(e->digest, SHA256_LEN, hex);
	buffer_addf(b, "event %u %08x %s ", e->pcr, e->type, hex);
	text_add_printable(b, e->what, strlen(e->what), PREDICTION_RECORD_TEXT_MAX);
	buffer_add_u8(b, '\n');
}

static void put_range(struct buffer *b, size_t first, size_t last, const char *comma)
{
	buffer_addf(b, last > first ? "%s%zu-%zu" : "%s%zu", comma, first, last);
}

static void put_path(const struct recorded_path *p, const struct table *t, struct buffer *b)
{
	size_t first = 0, last = 0, at = 0;
	const char *comma = "";

	buffer_add_str(b, "path ");
	text_add_printable(b, p->label, strlen(p->label), PREDICTION_RECORD_TEXT_MAX);
	buffer_add_str(b, "\nuses ");
	for (size_t i = 0; i < p->events.n; i++) {
		at = find(t, &p->events.e[i], at);
		if (i > 0 && at != last + 1) {
			put_range(b, first, last, comma);
			comma = ",";
			first = at;
		} else if (i == 0) {
			first = at;
		}
		last = at++;
	}
	if (p->events.n > 0)
		put_range(b, first, last, comma);
	buffer_add_u8(b, '\n');
}

int prediction_record_format(const struct prediction_record *p, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	struct table *t;
	int r = 0;

	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < p->n && r == 0; i++)
		r = add_events(t, &p->path[i].events);
	buffer_addf(&b, FIRST_LINE "\ngeneration %u\n", p->generation);
	for (size_t i = 0; i < t->n; i++)
		put_event(t->at[i], &b);
	for (size_t i = 0; i < p->n; i++)
		put_path(&p->path[i], t, &b);
	free(t);
	if (r == 0 && !buffer_ok(&b))
		r = -ENOMEM;
	if (r == 0 && b.len > PREDICTION_RECORD_MAX_LEN)
		r = -E2BIG;
	if (r < 0)
		buffer_free(&b);
	else
		*ret = b;
	return r;
}

/* --- reading */

static bool take_word(struct reader *line, const char *word)
{
	size_t n = strlen(word);

	if (line->left < n || memcmp(line->at, word, n) != 0)
		return false;
	return reader_skip(line, n);
}

/* Up to a byte that is not part of it. */
static bool take_number(struct reader *line, uint64_t max, uint64_t *ret)
{
	size_t n = 0;

	while (n < line->left && line->at[n] >= '0' && line->at[n] <= '9')
		n++;
	return text_number((const char *)line->at, n, max, ret) == 0 && reader_skip(line, n);
}

static bool take_hex(struct reader *line, uint8_t *ret, size_t n)
{
	struct reader digits;

	return reader_take(line, 2 * n, &digits) &&
	       text_unhex((const char *)digits.at, digits.left, ret, n) == 0;
}

static char *take_text(const struct reader *line)
{
	for (size_t i = 0; i < line->left; i++)
		if (line->at[i] < 0x20 || line->at[i] > 0x7e)
			return NULL;
	return strndup((const char *)line->at, line->left);
}

static bool take_event(struct reader line, struct event_list *table)
{
	uint8_t type[4], digest[SHA256_LEN];
	uint64_t pcr;
	char *what;
	int r;

	if (!take_number(&line, PCR_COUNT - 1, &pcr) || !take_word(&line, " ") ||
	    !take_hex(&line, type, sizeof(type)) || !take_word(&line, " ") ||
	    !take_hex(&line, digest, sizeof(digest)) || !take_word(&line, " ") ||
	    table->n == PREDICTION_RECORD_EVENTS_MAX)
		return false;
	what = take_text(&line);
	if (!what)
		return false;
	r = event_list_add(table, pcr,
			   (uint32_t)type[0] << 24 | (uint32_t)type[1] << 16 | (uint32_t)type[2] << 8 |
				   type[3],
			   digest, what);
	free(what);
	return r == 0;
}

static bool use(const struct event_list *table, uint64_t first, uint64_t last, struct event_list *ret)
{
	for (uint64_t i = first; i <= last; i++)
		if (event_list_add(ret, table->e[i].pcr, table->e[i].type, table->e[i].digest,
				   table->e[i].what) < 0)
			return false;
	return true;
}

static bool take_uses(struct reader line, const struct event_list *table, struct event_list *ret)
{
	uint64_t first, last;

	if (line.left == 0)
		return true;
	do {
		if (table->n == 0 || !take_number(&line, table->n - 1, &first))
			return false;
		last = first;
		if (take_word(&line, "-") && (!take_number(&line, table->n - 1, &last) || last <= first))
			return false;
		if (!use(table, first, last, ret))
			return false;
	} while (take_word(&line, ","));
	return line.left == 0;
}

static bool take_path(const struct reader *line, struct prediction_record *p)
{
	if (p->n == PREDICTION_RECORD_PATHS_MAX)
		return false;
	p->path[p->n] = (struct recorded_path){ .label = take_text(line) };
	if (!p->path[p->n].label)
		return false;
	p->n++;
	return true;
}

/* Head, then events, then paths with one line of numbers each. */
static bool take_line(struct reader line, size_t number, struct event_list *table, bool *uses_next,
		      struct prediction_record *p)
{
	uint64_t generation;

	if (number == 1)
		return reader_equals(&line, FIRST_LINE);
	if (number == 2) {
		if (!take_word(&line, "generation ") || !take_number(&line, UINT32_MAX, &generation) ||
		    line.left != 0)
			return false;
		p->generation = generation;
		return true;
	}
	if (*uses_next) {
		*uses_next = false;
		return take_word(&line, "uses ") && take_uses(line, table, &p->path[p->n - 1].events);
	}
	if (take_word(&line, "event "))
		return p->n == 0 && take_event(line, table);
	*uses_next = true;
	return take_word(&line, "path ") && take_path(&line, p);
}

int prediction_record_parse(const void *text, size_t n, const char *name, struct error *err,
			    struct prediction_record *ret)
{
	struct reader whole = reader_new(text, n), line;
	struct event_list table = EVENT_LIST_NONE;
	struct prediction_record p = PREDICTION_RECORD_NONE;
	bool uses_next = false, good = true;
	size_t number = 0;

	while (good && reader_line(&whole, &line))
		good = take_line(line, ++number, &table, &uses_next, &p);
	event_list_free(&table);
	if (!good || uses_next || number < 2) {
		prediction_record_free(&p);
		return error_set(err, -EBADMSG, "%s, line %zu: cannot parse", name, number);
	}
	*ret = p;
	return 0;
}

/* --- comparing */

int prediction_record_nearest(const struct prediction_record *p, const struct event_list *logged,
			      pcr_mask mask, size_t *ret_path, struct comparison *ret)
{
	struct comparison c;
	size_t best = 0;
	bool found = false;

	for (size_t i = 0; i < p->n; i++) {
		if (compare_events(logged, &p->path[i].events, mask, &c) < 0)
			continue;
		/* inputs that differ were counted as if they agreed */
		if (found && c.agreed - c.input_count <= best)
			continue;
		best = c.agreed - c.input_count;
		*ret_path = i;
		*ret = c;
		found = true;
	}
	return found ? 0 : -ENODATA;
}

bool comparison_first(const struct comparison *c, struct event_pair *ret)
{
	if (!c->differs && c->input_count == 0)
		return false;
	if (c->input_count > 0 && (!c->differs || c->input[0].logged < c->first.logged))
		*ret = c->input[0];
	else
		*ret = c->first;
	return true;
}
