#include "measure/grub/env_before.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/grub/env.h"

#define CHANGES_MAX 4       /* variables that one boot and the services after it rewrite */
#define VALUES_MAX 16
#define VALUE_MAX_LEN 256
#define BLOCK_MAX 65536     /* bytes; grub-editenv makes 1024 */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define TRIES_MAX 50
#else
#define TRIES_MAX 50000     /* hashes of one block: some 50 ms */
#endif

/*
 * In the order in which a boot adds them to a block that has none. Flags have the values that GRUB's scripts
 * give them; the others hold an entry, which the log shows.
 */
static const struct variable {
	const char *name;
	const char *flag[3]; /* none: an entry */
} variables[] = {
	{ "recordfail", { "1" } },
	{ "next_entry", { NULL } },
	{ "prev_saved_entry", { NULL } },
	{ "saved_entry", { NULL } },
	{ "prev_entry", { NULL } },
	{ "initrdfail", { "1", "2" } },
	{ "initrdless_boot_fallback_triggered", { "1", "2" } },
};
#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

struct search {
	const uint8_t *measured;
	size_t len;
	char value[VALUES_MAX][VALUE_MAX_LEN + 1];
	size_t value_count;
	uint8_t *block[CHANGES_MAX + 1]; /* one for each depth */
	size_t changes; /* exactly so many are tried: few before many */
	unsigned tries;
};

static void add_value(struct search *s, const char *value, size_t n)
{
	if (n > VALUE_MAX_LEN)
		return;
	for (size_t i = 0; i < s->value_count; i++)
		if (strlen(s->value[i]) == n && memcmp(s->value[i], value, n) == 0)
			return;
	if (s->value_count == VALUES_MAX)
		return;
	memcpy(s->value[s->value_count], value, n);
	s->value[s->value_count++][n] = '\0';
}

/* A value that GRUB assigned to default or saved_entry is one that a variable of the block held. */
static void collect_values(struct search *s, const struct event_list *log)
{
	static const char *const setters[] = { "set default=", "saved_entry=", "set saved_entry=",
					       "set prev_entry=", "set next_entry=" };
	const char *text;

	add_value(s, "", 0);
	for (size_t i = 0; i < log->n; i++) {
		if (log->e[i].kind != EVENT_COMMAND)
			continue;
		text = event_text(&log->e[i]);
		for (size_t k = 0; k < sizeof(setters) / sizeof(setters[0]); k++)
			if (strncmp(text, setters[k], strlen(setters[k])) == 0)
				add_value(s, text + strlen(setters[k]), strlen(text) - strlen(setters[k]));
	}
}

static int is_measured(struct search *s, const uint8_t *block)
{
	uint8_t digest[SHA256_LEN];
	int r;

	if (s->tries++ >= TRIES_MAX)
		return -ENOENT;
	r = hash_sha256(block, s->len, digest);
	if (r < 0)
		return r;
	return memcmp(digest, s->measured, SHA256_LEN) == 0;
}

static int search(struct search *s, size_t depth, size_t first_variable);

/* 1 when the block at the next depth, or one reached from it, is the measured one. */
static int try_change(struct search *s, size_t depth, size_t variable)
{
	int r;

	if (depth + 1 < s->changes)
		return search(s, depth + 1, variable + 1);
	r = is_measured(s, s->block[depth + 1]);
	if (r == 1)
		memcpy(s->block[0], s->block[depth + 1], s->len);
	return r;
}

static int try_value(struct search *s, size_t depth, size_t variable, const char *value)
{
	uint8_t *next = s->block[depth + 1];

	memcpy(next, s->block[depth], s->len);
	if (!value)
		grub_env_unset(next, s->len, variables[variable].name);
	else if (grub_env_set(next, s->len, variables[variable].name, value) < 0)
		return 0;
	return try_change(s, depth, variable);
}

/* Changes each variable at most once; the lines keep their order whatever the order of the changes. */
static int search(struct search *s, size_t depth, size_t first_variable)
{
	int r = 0;

	for (size_t v = first_variable; v < VARIABLES && r == 0; v++) {
		const char *const *flag = variables[v].flag;

		r = try_value(s, depth, v, NULL);
		for (size_t i = 0; flag[i] && r == 0; i++)
			r = try_value(s, depth, v, flag[i]);
		for (size_t i = 0; !flag[0] && i < s->value_count && r == 0; i++)
			r = try_value(s, depth, v, s->value[i]);
	}
	return r;
}

int grubenv_before(const uint8_t *now, size_t len, const uint8_t measured[static SHA256_LEN],
		   const struct event_list *log, uint8_t *ret)
{
	struct search *s;
	int r = -ENOMEM;

	if (len == 0 || len > BLOCK_MAX || !grub_env_valid(now, len))
		return -ENOENT;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->measured = measured;
	s->len = len;
	for (size_t i = 0; i <= CHANGES_MAX; i++) {
		s->block[i] = malloc(len);
		if (!s->block[i])
			goto out;
	}
	memcpy(s->block[0], now, len);
	collect_values(s, log);
	r = is_measured(s, s->block[0]);
	for (s->changes = 1; s->changes <= CHANGES_MAX && r == 0; s->changes++)
		r = search(s, 0, 0);
	if (r == 0)
		r = -ENOENT;
	if (r < 0)
		goto out;
	memcpy(ret, s->block[0], len);
	r = 0;
out:
	for (size_t i = 0; i <= CHANGES_MAX; i++)
		free(s->block[i]);
	free(s);
	return r;
}
