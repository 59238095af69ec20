#include "measure/grub/text.h"

#include <string.h>

#include "measure/grub/arena.h"

bool grub_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void grub_text_add(struct grub *g, struct grub_text *t, const char *s, size_t n)
{
	char *more;
	size_t cap;

	if (t->cap - t->len <= n) {
		cap = (t->len + n + 1) * 2;
		more = grub_alloc(g, cap);
		if (t->len)
			memcpy(more, t->s, t->len);
		t->s = more;
		t->cap = cap;
	}
	memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = '\0';
}

void grub_text_char(struct grub *g, struct grub_text *t, char c)
{
	/* most of a script goes through here */
	if (t->cap - t->len > 1) {
		t->s[t->len++] = c;
		t->s[t->len] = '\0';
	} else {
		grub_text_add(g, t, &c, 1);
	}
}

char *grub_text_str(struct grub *g, struct grub_text *t)
{
	if (!t->s)
		grub_text_add(g, t, "", 0);
	return t->s;
}
