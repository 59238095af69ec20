#include "measure/boot/platform.h"

#include <errno.h>
#include <string.h>

#include "measure/log/tcg.h"

/* The digest decides: a log may say anything. */
static bool is_action(const struct event *e, const char *text)
{
	uint8_t digest[SHA256_LEN];

	return e->type == EV_EFI_ACTION && strcmp(e->what, text) == 0 &&
	       hash_sha256(text, strlen(text), digest) == 0 && memcmp(digest, e->digest, SHA256_LEN) == 0;
}

static bool is_separator(const struct event *e)
{
	uint8_t digest[SHA256_LEN];

	return e->type == EV_SEPARATOR && hash_sha256(EV_SEPARATOR_DATA, EV_SEPARATOR_LEN, digest) == 0 &&
	       memcmp(digest, e->digest, SHA256_LEN) == 0;
}

static int add_action(struct event_list *l, const char *text)
{
	uint8_t digest[SHA256_LEN];
	int r = hash_sha256(text, strlen(text), digest);

	return r < 0 ? r : event_list_add(l, 4, EV_EFI_ACTION, digest, text);
}

struct shape {
	size_t first_len; /* events of the first attempt, applications among them */
	unsigned failed;
	bool applications;
};

/* The first attempt: one call, and separators in the order of this firmware. */
static bool read_first(const struct event_list *l, struct shape *s)
{
	size_t calls = 0;

	for (; s->first_len < l->n; s->first_len++) {
		const struct event *e = &l->e[s->first_len];

		if (is_action(e, EFI_ACTION_RETURNING))
			break;
		if (is_action(e, EFI_ACTION_CALLING))
			calls++;
		else if (e->kind == EVENT_IMAGE && calls == 1)
			s->applications = true;
		else if (!is_separator(e))
			return false;
	}
	return calls == 1;
}

static bool read_shape(const struct event_list *l, struct shape *s)
{
	bool called = true;

	*s = (struct shape){ .failed = 0 };
	if (!read_first(l, s))
		return false;
	for (size_t i = s->first_len; i < l->n; i++) {
		const struct event *e = &l->e[i];

		if (called && e->kind == EVENT_IMAGE) {
			s->applications = true;
		} else if (is_action(e, called ? EFI_ACTION_RETURNING : EFI_ACTION_CALLING)) {
			s->failed += called;
			called = !called;
		} else {
			return false;
		}
	}
	return called;
}

int platform_attempts(const struct event_list *events, unsigned *ret)
{
	struct shape s;

	if (!read_shape(events, &s) || s.applications || s.failed > PLATFORM_ATTEMPTS_MAX)
		return -EOPNOTSUPP;
	*ret = s.failed;
	return 0;
}

int platform_with_attempts(const struct event_list *events, unsigned n, struct event_list *ret)
{
	struct event_list l = EVENT_LIST_NONE;
	struct shape s;
	int r = 0;

	if (n > PLATFORM_ATTEMPTS_MAX || !read_shape(events, &s))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < s.first_len && r == 0; i++) {
		const struct event *e = &events->e[i];

		if (e->kind != EVENT_IMAGE)
			r = event_list_add(&l, e->pcr, e->type, e->digest, e->what);
	}
	for (unsigned i = 0; i < n && r == 0; i++) {
		r = add_action(&l, EFI_ACTION_RETURNING);
		if (r == 0)
			r = add_action(&l, EFI_ACTION_CALLING);
	}
	if (r < 0)
		event_list_free(&l);
	else
		*ret = l;
	return r;
}
