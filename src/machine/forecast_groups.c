#include "machine/forecast_groups.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/reader.h"

/* A label is a name and, in the last parentheses, words with commas between them. */
struct label {
	struct reader name, words;
};

size_t path_name_len(const char *text)
{
	const size_t n = strlen(text);
	const char *open = NULL;

	for (const char *p = text; (p = strstr(p, " (")); p++)
		open = p;
	return open && text[n - 1] == ')' ? (size_t)(open - text) : n;
}

static struct label split(const char *text)
{
	const size_t name = path_name_len(text), n = strlen(text);

	if (name == n)
		return (struct label){ .name = reader_new(text, n) };
	return (struct label){ .name = reader_new(text, name),
			       .words = reader_new(text + name + 2, n - name - 3) };
}

/* The first of the words, which is taken from them. */
static bool next_word(struct reader *words, struct reader *ret)
{
	const uint8_t *comma = words->left > 0 ? memmem(words->at, words->left, ", ", 2) : NULL;

	if (words->left == 0)
		return false;
	if (!comma)
		return reader_take(words, words->left, ret);
	return reader_take(words, comma - words->at, ret) && reader_skip(words, 2);
}

static bool same(const struct reader *a, const struct reader *b)
{
	return a->left == b->left && memcmp(a->at, b->at, a->left) == 0;
}

static bool has_word(struct reader words, const struct reader *wanted)
{
	struct reader word;

	while (next_word(&words, &word))
		if (same(&word, wanted))
			return true;
	return false;
}

static bool belong_together(const struct path_said *a, const struct path_said *b)
{
	const struct label l = split(a->label), m = split(b->label);

	return same(&l.name, &m.name) && a->unlocks == b->unlocks && strcmp(a->why, b->why) == 0;
}

/* The words in which the others of a group differ from its first, each once. */
struct more {
	struct buffer text;
	size_t others;
	bool combined; /* one of them has several such words */
};

static struct reader text_of(const struct more *m)
{
	return reader_new(m->text.data, m->text.len);
}

static void add_path(struct more *m, const struct label *first, const struct label *other)
{
	struct reader words = other->words, word;
	size_t differing = 0;

	m->others++;
	while (next_word(&words, &word)) {
		if (has_word(first->words, &word))
			continue;
		differing++;
		if (has_word(text_of(m), &word))
			continue;
		if (m->text.len > 0)
			buffer_add_str(&m->text, ", ");
		buffer_add(&m->text, word.at, word.left);
	}
	m->combined |= differing > 1;
}

/* Without the words where there is no memory for them. */
static void say_more(const struct more *m, struct path_group *ret)
{
	bool words = buffer_ok(&m->text) && m->text.len > 0;

	snprintf(ret->more, sizeof(ret->more), "%zu more way%s%s%.400s%s", m->others,
		 m->others > 1 ? "s" : "", words ? ": " : "", words ? buffer_str(&m->text) : "",
		 words && m->combined && m->others > 1 ? ", or several of these" : "");
}

static void make_group(const struct path_said *path, size_t n, size_t first, bool *grouped,
		       struct path_group *ret)
{
	const struct label name = split(path[first].label);
	struct more m = { .text = BUFFER_NONE };

	*ret = (struct path_group){ .first = first, .count = 1 };
	for (size_t i = first + 1; i < n; i++) {
		const struct label other = split(path[i].label);

		if (grouped[i] || !belong_together(&path[first], &path[i]))
			continue;
		grouped[i] = true;
		ret->count++;
		add_path(&m, &name, &other);
	}
	if (m.others > 0)
		say_more(&m, ret);
	buffer_free(&m.text);
}

size_t path_groups_make(const struct path_said *path, size_t n, struct path_group ret[static BRANCH_MAX])
{
	bool grouped[BRANCH_MAX] = { false };
	size_t count = 0;

	n = n < BRANCH_MAX ? n : BRANCH_MAX;
	for (size_t i = 0; i < n; i++)
		if (!grouped[i])
			make_group(path, n, i, grouped, &ret[count++]);
	return count;
}
