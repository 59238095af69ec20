#include "measure/log/event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/log/tcg.h"

static int make_room(struct event_list *l)
{
	size_t cap = l->cap ? l->cap * 2 : 64;
	struct event *e;

	if (l->n < l->cap)
		return 0;
	if (l->n >= EVENT_LIST_MAX)
		return -E2BIG;
	e = reallocarray(l->e, cap, sizeof(*e));
	if (!e)
		return -ENOMEM;
	l->e = e;
	l->cap = cap;
	return 0;
}

int event_list_add(struct event_list *l, uint32_t pcr, uint32_t type, const uint8_t digest[static SHA256_LEN],
		   const char *what)
{
	size_t text;
	char *copy;
	int r;

	if (pcr >= PCR_COUNT)
		return -EINVAL;
	r = make_room(l);
	if (r < 0)
		return r;
	copy = strdup(what);
	if (!copy)
		return -ENOMEM;
	l->e[l->n] = (struct event){ .pcr = pcr, .type = type, .what = copy };
	l->e[l->n].kind = event_kind_of(pcr, type, what, &text);
	memcpy(l->e[l->n].digest, digest, SHA256_LEN);
	l->n++;
	return 0;
}

int event_list_append(struct event_list *l, const struct event_list *more)
{
	int r;

	for (size_t i = 0; i < more->n; i++) {
		r = event_list_add(l, more->e[i].pcr, more->e[i].type, more->e[i].digest, more->e[i].what);
		if (r < 0)
			return r;
	}
	return 0;
}

const char *event_text(const struct event *e)
{
	size_t text;

	event_kind_of(e->pcr, e->type, e->what, &text);
	return e->what + text;
}

bool event_is_input(const struct event *e)
{
	switch (e->kind) {
	case EVENT_IMAGE:
	case EVENT_VARIABLE:
	case EVENT_AUTHORITY:
	case EVENT_FILE:
	case EVENT_TAG:
		return true;
	case EVENT_OTHER:
	case EVENT_SEPARATOR:
	case EVENT_ACTION:
	case EVENT_COMMAND:
	case EVENT_CMDLINE:
		break;
	}
	return false;
}

void event_list_free(struct event_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->e[i].what);
	free(l->e);
	*l = EVENT_LIST_NONE;
}

int event_list_replay_some(const struct event_list *l, pcr_mask mask,
			   uint8_t ret[static PCR_COUNT][SHA256_LEN])
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	int r;

	memset(pcrs, 0, sizeof(pcrs));
	/*
	 * PC Client Platform TPM Profile, table of PCR initial values: the PCRs of a dynamic launch start at
	 * ones
	 */
	for (size_t i = 17; i <= 22; i++)
		memset(pcrs[i], 0xff, SHA256_LEN);
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].type == EV_NO_ACTION)
			memcpy(pcrs[l->e[i].pcr], l->e[i].digest, SHA256_LEN);
	for (size_t i = 0; i < l->n; i++) {
		if (l->e[i].type == EV_NO_ACTION || !(mask & PCR(l->e[i].pcr)))
			continue;
		r = hash_sha256_two(pcrs[l->e[i].pcr], SHA256_LEN, l->e[i].digest, SHA256_LEN,
				    pcrs[l->e[i].pcr]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < PCR_COUNT; i++)
		if (mask & PCR(i))
			memcpy(ret[i], pcrs[i], SHA256_LEN);
	return 0;
}

int event_list_replay(const struct event_list *l, uint8_t ret_pcrs[static PCR_COUNT][SHA256_LEN])
{
	return event_list_replay_some(l, PCR(PCR_COUNT) - 1, ret_pcrs);
}
