#include "measure/boot/predict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "measure/boot/linux_stub.h"
#include "measure/log/tcg.h"

/* bytes of one text, as in measure/log/eventlog_text.c: a menu entry comes with its body */
#define TEXT_MAX 8192

pcr_mask boot_facts_pcrs(const struct boot_facts *c)
{
	return c->loader->pcrs | (c->firmware ? FIRMWARE_PCRS : 0);
}

/* An event's text in the same dress as that of a logged event: one printable line. */
static int add_event(struct event_list *l, const struct event *e)
{
	struct buffer text = BUFFER_NONE;
	int r = -ENOMEM;

	text_add_printable(&text, e->what, strlen(e->what), TEXT_MAX);
	if (buffer_ok(&text))
		r = event_list_add(l, e->pcr, e->type, e->digest, buffer_str(&text));
	buffer_free(&text);
	return r;
}

static int add_range(struct event_list *l, const struct event_list *from, size_t *at, size_t end)
{
	int r = 0;

	for (; *at < end && r == 0; (*at)++)
		r = add_event(l, &from->e[*at]);
	return r;
}

/* One past the firmware's separator in PCR 7: everything before it is variables. */
static size_t end_of_variables(const struct event_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].pcr == 7 && l->e[i].kind == EVENT_SEPARATOR)
			return i + 1;
	return 0;
}

/*
 * shim mirrors its variables (PCR 14) as soon as it runs, so the firmware has verified and measured it before
 * that.
 */
static size_t start_of_shim(const struct event_list *l, size_t from)
{
	while (from < l->n && l->e[from].pcr != 14)
		from++;
	return from;
}

static int add_image(const struct boot_facts *c, size_t i, struct event_list *l)
{
	return event_list_add(l, 4, EV_EFI_BOOT_SERVICES_APPLICATION, c->image[i].digest, c->image[i].name);
}

/* The firmware up to the first image, which verifies what follows. */
static int add_images(const struct boot_facts *c, struct event_list *l)
{
	const struct event_list *sb = c->secureboot;
	size_t at = 0;
	int r;

	r = c->firmware ? event_list_append(l, c->firmware) : 0;
	if (r == 0)
		r = add_range(l, sb, &at, end_of_variables(sb));
	if (r == 0)
		r = event_list_append(l, c->platform);
	if (r == 0)
		r = add_range(l, sb, &at, start_of_shim(sb, at));
	if (r == 0)
		r = add_image(c, 0, l);
	if (r == 0)
		r = add_range(l, sb, &at, sb->n);
	for (size_t i = 1; i < c->image_count && r == 0; i++)
		r = add_image(c, i, l);
	return r;
}

/* What shim has measured for an earlier image it does not measure again (tpm_data_measured). */
static int add_authorities(const struct event_list *more, size_t since, struct event_list *l)
{
	size_t k;
	int r = 0;

	for (size_t i = 0; i < more->n && r == 0; i++) {
		const struct event *e = &more->e[i];

		for (k = since; k < l->n; k++)
			if (l->e[k].pcr == e->pcr && memcmp(l->e[k].digest, e->digest, SHA256_LEN) == 0)
				break;
		if (k == l->n)
			r = event_list_add(l, e->pcr, e->type, e->digest, e->what);
	}
	return r;
}

/*
 * The loader's events, with each marker replaced by the image's digest. shim verifies after it has measured
 * (shim_verify).
 */
static int add_trace(const struct boot_facts *c, const struct boot_trace *t, struct error *err,
		     struct event_list *l)
{
	struct boot_kernel kernel = { .authorities = NULL };
	size_t since = l->n;
	int r;

	for (size_t i = 0; i < t->events.n; i++) {
		const struct event *e = &t->events.e[i];

		if (e->type != BOOT_EVENT_IMAGE) {
			r = add_event(l, e);
			if (r < 0)
				return r;
			continue;
		}
		r = c->kernel(c->context, e->what, err, &kernel);
		if (r == 0)
			r = event_list_add(l, 4, EV_EFI_BOOT_SERVICES_APPLICATION, kernel.digest, e->what);
		if (r == 0 && kernel.authorities)
			r = add_authorities(kernel.authorities, since, l);
		if (r < 0)
			return r;
	}
	return 0;
}

int predict(const struct boot_facts *c, const struct boot_choice *choice, struct error *err,
	    struct prediction *ret)
{
	struct prediction p = PREDICTION_NONE;
	int r;

	r = c->loader->run(c, choice, err, &p.trace);
	if (r < 0)
		goto out;
	r = add_images(c, &p.events);
	if (r == 0)
		r = add_trace(c, &p.trace, err, &p.events);
	if (r == 0 && p.trace.through_stub)
		r = linux_stub_events(c, &p.trace, err, &p.events);
	if (r == 0)
		r = event_list_replay(&p.events, p.pcrs);
	if (r < 0)
		goto out;
	event_list_free(&p.trace.events);
	*ret = p;
	p = PREDICTION_NONE;
out:
	prediction_free(&p);
	return r;
}

/* Events of these PCRs that come first in every prediction of a chain: see add_images(). */
struct beginning {
	pcr_mask mask;
	size_t n; /* so many of them */
	const struct event_list *instead;
};

static int change_beginning(const struct event_list *from, const struct beginning *b, struct event_list *ret)
{
	size_t seen = 0;
	int r = 0;

	for (size_t i = 0; i < from->n && r == 0; i++) {
		const struct event *e = &from->e[i];
		bool theirs = b->mask >> e->pcr & 1;

		if (theirs && seen++ == 0)
			r = event_list_append(ret, b->instead);
		if (r == 0 && (!theirs || seen > b->n))
			r = event_list_add(ret, e->pcr, e->type, e->digest, e->what);
	}
	return r;
}

static int predict_changed(const struct prediction *p, const struct beginning *b, struct prediction *ret)
{
	struct prediction other = PREDICTION_NONE;
	int r;

	memcpy(other.pcrs, p->pcrs, sizeof(other.pcrs));
	r = change_beginning(&p->events, b, &other.events);
	if (r == 0)
		r = event_list_replay_some(&other.events, b->mask, other.pcrs);
	if (r == 0)
		r = boot_trace_copy_start(&p->trace, &other.trace);
	if (r < 0)
		prediction_free(&other);
	else
		*ret = other;
	return r;
}

int prediction_on_platform(const struct boot_facts *c, const struct prediction *p,
			   const struct event_list *platform, struct prediction *ret)
{
	const struct beginning b = { PCR(4), c->platform->n, platform };

	return predict_changed(p, &b, ret);
}

int prediction_with_keys(const struct boot_facts *c, const struct prediction *p, const struct boot_keys *keys,
			 struct prediction *ret)
{
	const struct beginning b = { PCR(7) | PCR(14), c->secureboot->n, keys->secureboot };

	return predict_changed(p, &b, ret);
}

void prediction_free(struct prediction *p)
{
	event_list_free(&p->events);
	boot_trace_free(&p->trace);
	*p = PREDICTION_NONE;
}
