#include "base/words.h"

#include <string.h>

struct word {
	const char *at;
	size_t len;
};

/* Length of the blank that s begins with, which may be written as text_add_printable() does; 0: none. */
static size_t blank_len(const char *s)
{
	if (*s == ' ' || *s == '\t' || *s == '\n')
		return 1;
	return strncmp(s, "\\x0a", 4) == 0 || strncmp(s, "\\x09", 4) == 0 ? 4 : 0;
}

/* How many words; -1: more than WORDS_MAX. */
static int split(const char *s, struct word ret[static WORDS_MAX])
{
	bool inside = false;
	size_t blank;
	int n = 0;

	for (; *s; s += blank > 0 ? blank : 1) {
		blank = blank_len(s);
		if (blank == 0 && !inside) {
			if (n == WORDS_MAX)
				return -1;
			ret[n++] = (struct word){ .at = s };
		}
		inside = blank == 0;
		if (inside)
			ret[n - 1].len++;
	}
	return n;
}

static bool same(const struct word *a, const struct word *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

static void add(struct buffer *b, const struct word *w)
{
	if (b->len > 0)
		buffer_add_str(b, " ");
	buffer_add(b, w->at, w->len);
}

bool words_differ(const char *a, const char *b, struct buffer *gone, struct buffer *added)
{
	/* of the words from i and j on so many are common */
	uint8_t common[WORDS_MAX + 1][WORDS_MAX + 1] = { { 0 } };
	struct word x[WORDS_MAX], y[WORDS_MAX];
	const int n = split(a, x), m = split(b, y);
	int i, j;

	for (i = n - 1; i >= 0 && m >= 0; i--)
		for (j = m - 1; j >= 0; j--)
			common[i][j] = same(&x[i], &y[j])		      ? common[i + 1][j + 1] + 1 :
				       common[i + 1][j] > common[i][j + 1] ? common[i + 1][j] :
									     common[i][j + 1];
	if (n < 0 || m < 0 || common[0][0] == 0 || (common[0][0] == n && n == m))
		return false;
	for (i = j = 0; i < n || j < m;) {
		if (i < n && j < m && same(&x[i], &y[j])) {
			i++;
			j++;
		} else if (j == m || (i < n && common[i + 1][j] >= common[i][j + 1])) {
			add(gone, &x[i++]);
		} else {
			add(added, &y[j++]);
		}
	}
	return true;
}
