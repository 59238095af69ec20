/* Models GRUB's commands/test.c. */
#include "measure/grub/cmd_test.h"

#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/dev.h"
#include "measure/grub/grub.h"
#include "measure/grub/number.h"
#include "measure/grub/state.h"

#define TEST_DEPTH 100u

struct info {
	bool exists;
	struct grub_stat st;
};

struct expression {
	struct grub *g;
	char **args;
	size_t at, count;
	unsigned depth;
};

struct state {
	bool invert, either, all;
};

static void update(struct state *s, bool value)
{
	s->all = s->all && (s->invert ? !value : value);
	s->invert = false;
}

/* get_fileinfo: looks the name up in its directory without opening or measuring the file */
static struct info file_info(struct grub *g, const char *name)
{
	struct info i = { 0 };
	struct grub_path p;
	size_t n;

	if (!grub_dev_resolve(g, name, &p) || (p.device && !grub_dev_fs(g, p.device)))
		return i;
	n = strlen(p.path);
	while (n && p.path[n - 1] == '/')
		n--;
	p.path = grub_dup_n(g, p.path, n);
	if (!n) {
		i.exists = true;
		i.st.is_dir = true;
		return i;
	}
	if (p.path[0] != '/') {
		if (strchr(p.path, '/'))
			return i;
		p.path = grub_format(g, "/%s", p.path);
	}
	i.exists = grub_dev_stat(g, &p, &i.st);
	return i;
}

static long number(struct grub *g, const char *s)
{
	if (s[0] == '-')
		return (long)(int)-grub_number(g, s + 1, NULL, 0);
	return (long)(int)grub_number(g, s, NULL, 0);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* -pgt, -plt: compare the numbers after the common prefix */
static bool compare_versions(struct grub *g, const char *a, const char *b, bool greater)
{
	unsigned long x, y;
	long i = 0;

	while (a[i] == b[i] && a[i])
		i++;
	i--;
	while (i > 0 && is_digit(a[i]))
		i--;
	i++;
	x = grub_number(g, a + i, NULL, 0);
	y = grub_number(g, b + i, NULL, 0);
	return greater ? x > y : x < y;
}

static bool compare_times(struct grub *g, const char *a, const char *op, const char *b)
{
	struct info x = file_info(g, a), y = file_info(g, b);
	bool dated = x.exists && y.exists && x.st.mtime_set && y.st.mtime_set;
	int64_t bias = op[3] ? number(g, op + 3) : 0;

	if (!strncmp(op, "-nt", 3))
		return (x.exists && !y.exists) || (dated && x.st.mtime + bias > y.st.mtime);
	return (!x.exists && y.exists) || (dated && x.st.mtime + bias < y.st.mtime);
}

/* A test of three words; false when the middle word is not an operator. */
static bool three_words(struct expression *e, struct state *s)
{
	static const char *const texts[] = { "=", "==", "!=", "<", "<=", ">", ">=" };
	static const char *const numbers[] = { "-eq", "-ge", "-gt", "-le", "-lt", "-ne" };
	const char *a = e->args[e->at], *op = e->args[e->at + 1], *b = e->args[e->at + 2];
	int c = strcmp(a, b);
	bool text[] = { c == 0, c == 0, c != 0, c < 0, c <= 0, c > 0, c >= 0 };
	long x, y;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(op, texts[i])) {
			update(s, text[i]);
			return true;
		}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(op, numbers[i])) {
			x = number(e->g, a);
			y = number(e->g, b);
			bool result[] = { x == y, x >= y, x > y, x <= y, x < y, x != y };

			update(s, result[i]);
			return true;
		}
	if (!strcmp(op, "-pgt") || !strcmp(op, "-plt")) {
		update(s, compare_versions(e->g, a, b, op[2] == 'g'));
		return true;
	}
	if (!strncmp(op, "-nt", 3) || !strncmp(op, "-ot", 3)) {
		update(s, compare_times(e->g, a, op, b));
		return true;
	}
	return false;
}

/* -s opens the file, and so measures it if it exists */
static bool has_size(struct grub *g, const char *name)
{
	struct grub_path p;
	struct grub_stat st;
	bool open = grub_dev_open(g, name, USE_PLAIN, &p, &st);

	g->grub_errno = GRUB_OK;
	return open && st.size > 0;
}

static bool two_words(struct expression *e, struct state *s)
{
	const char *op = e->args[e->at], *a = e->args[e->at + 1];
	struct info i;

	if (!strcmp(op, "-d") || !strcmp(op, "-e") || !strcmp(op, "-f")) {
		i = file_info(e->g, a);
		update(s, i.exists && (op[1] == 'e' || i.st.is_dir == (op[1] == 'd')));
	} else if (!strcmp(op, "-s")) {
		update(s, has_size(e->g, a));
	} else if (!strcmp(op, "-n")) {
		update(s, a[0] != '\0');
	} else if (!strcmp(op, "-z")) {
		update(s, a[0] == '\0');
	} else {
		return false;
	}
	return true;
}

static bool evaluate(struct expression *e)
{
	struct state s = { .all = true };
	const char *word;

	while (e->at < e->count) {
		if (e->at + 2 < e->count && three_words(e, &s)) {
			e->at += 3;
			continue;
		}
		if (e->at + 1 < e->count && two_words(e, &s)) {
			e->at += 2;
			continue;
		}
		word = e->args[e->at++];
		if (!strcmp(word, ")")) {
			if (e->depth)
				e->depth--;
			break;
		}
		if (!strcmp(word, "(")) {
			if (++e->depth > TEST_DEPTH) {
				grub_fail(e->g, GRUB_ERR_OUT_OF_RANGE);
				break;
			}
			update(&s, evaluate(e));
		} else if (!strcmp(word, "!")) {
			s.invert = !s.invert;
		} else if (!strcmp(word, "-o")) {
			s.either = s.either || s.all;
			s.all = true;
		} else if (strcmp(word, "-a")) {
			update(&s, word[0] != '\0');
		}
	}
	return s.either || s.all;
}

enum grub_err grub_cmd_test(struct grub *g, const struct grub_call *call)
{
	struct expression e = { .g = g, .args = call->argv.args, .count = call->argv.count };

	if (e.count && !strcmp(e.args[e.count - 1], "]"))
		e.count--;
	return evaluate(&e) ? GRUB_OK : grub_fail(g, GRUB_ERR_TEST_FAILURE);
}
