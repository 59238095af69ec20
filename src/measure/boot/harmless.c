#include "measure/boot/harmless.h"

#include <stdlib.h>
#include <string.h>

#include "measure/boot/platform.h"

static bool same_digest(const struct event *a, const struct event *b)
{
	return memcmp(a->digest, b->digest, SHA256_LEN) == 0;
}

static size_t next_of(const struct event_list *l, uint32_t pcr, size_t from)
{
	while (from < l->n && l->e[from].pcr != pcr)
		from++;
	return from;
}

/* PCR 4 until the first image; *ret_at: the index of that. */
static int take_platform(const struct event_list *l, struct event_list *ret, size_t *ret_at)
{
	size_t i = next_of(l, 4, 0);
	int r = 0;

	for (; i < l->n && l->e[i].kind != EVENT_IMAGE && r == 0; i = next_of(l, 4, i + 1))
		r = event_list_add(ret, 4, l->e[i].type, l->e[i].digest, l->e[i].what);
	*ret_at = i;
	return r;
}

static bool all_equal(const struct event_list *a, const struct event_list *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (!same_digest(&a->e[i], &b->e[i]))
			return false;
	return a->n == b->n;
}

/* Are they equal, or only the numbers of boot options that failed differ? */
static bool compare_platforms(const struct event_list *logged, const struct event_list *sealed,
			      struct harmless *ret)
{
	struct event_list as_logged = EVENT_LIST_NONE;
	bool same = all_equal(logged, sealed);

	if (same)
		return true;
	if (platform_attempts(logged, &ret->failed) == 0 &&
	    platform_attempts(sealed, &ret->failed_sealed) == 0 &&
	    platform_with_attempts(sealed, ret->failed, &as_logged) == 0)
		same = all_equal(logged, &as_logged);
	ret->boot_options = same;
	event_list_free(&as_logged);
	return same;
}

/* A disk by its name at the start of a word: "hd1" of "(hd1,gpt2)/x" and of "--hint=hd1,gpt2". */
static bool take_disk(const char *start, const char **at, unsigned *ret)
{
	const char *p = *at;
	char *end;

	if ((p > start && ((p[-1] | 32) >= 'a' && (p[-1] | 32) <= 'z')) || p[0] != 'h' || p[1] != 'd' ||
	    p[2] < '0' || p[2] > '9')
		return false;
	*ret = strtoul(p + 2, &end, 10);
	*at = end;
	return true;
}

/* The same text but for numbers of disks. */
static bool same_but_disks(const char *logged, const char *sealed, struct harmless *ret)
{
	const char *a = logged, *b = sealed;
	unsigned disk_a, disk_b;

	while (*a && *b) {
		bool disks = take_disk(logged, &a, &disk_a);

		if (disks != take_disk(sealed, &b, &disk_b))
			return false;
		if (disks) {
			if (disk_a != disk_b && !ret->disks) {
				ret->disk = disk_a;
				ret->disk_sealed = disk_b;
				ret->disks = true;
			}
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

/* A log may say anything: does the digest prove what it says? */
static bool is_proven(const struct event *e)
{
	const char *text = event_text(e);
	uint8_t digest[SHA256_LEN];

	return hash_sha256(text, strlen(text), digest) == 0 && memcmp(digest, e->digest, SHA256_LEN) == 0;
}

static bool compare_one(const struct event *a, const struct event *b, struct harmless *ret)
{
	if (same_digest(a, b))
		return true;
	return a->kind == b->kind && a->kind == EVENT_COMMAND && is_proven(a) && is_proven(b) &&
	       same_but_disks(event_text(a), event_text(b), ret);
}

static bool compare_pcr(const struct event_list *logged, const struct event_list *sealed, uint32_t pcr,
			size_t i, size_t j, struct harmless *ret)
{
	i = next_of(logged, pcr, i);
	j = next_of(sealed, pcr, j);
	while (i < logged->n && j < sealed->n) {
		if (!compare_one(&logged->e[i], &sealed->e[j], ret))
			return false;
		i = next_of(logged, pcr, i + 1);
		j = next_of(sealed, pcr, j + 1);
	}
	return i >= logged->n && j >= sealed->n;
}

bool harmless_find(const struct event_list *logged, const struct event_list *sealed, pcr_mask mask,
		   struct harmless *ret)
{
	struct event_list a = EVENT_LIST_NONE, b = EVENT_LIST_NONE;
	struct harmless h = { .disks = false };
	size_t at_a, at_b;
	bool same;

	same = take_platform(logged, &a, &at_a) == 0 && take_platform(sealed, &b, &at_b) == 0 &&
	       compare_platforms(&a, &b, &h);
	for (uint32_t pcr = 0; pcr < PCR_COUNT && same; pcr++)
		if (mask >> pcr & 1)
			same = compare_pcr(logged, sealed, pcr, pcr == 4 ? at_a : 0, pcr == 4 ? at_b : 0, &h);
	event_list_free(&a);
	event_list_free(&b);
	if (!same || (!h.disks && !h.boot_options))
		return false;
	*ret = h;
	return true;
}
