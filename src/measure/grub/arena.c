#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/grub/internal.h"

#define CHUNK_LEN (64u << 10)

/* Under AddressSanitizer what is behind each block is out of bounds, as it is with malloc. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_CHECKED 1
#endif
#endif
#ifdef ARENA_CHECKED
#include <sanitizer/asan_interface.h>
#define ARENA_GAP 16u
#else
#define ARENA_GAP 0u
#define ASAN_POISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(at, n) ((void)(at), (void)(n))
#endif

struct grub_chunk {
	struct grub_chunk *next;
	size_t used, cap;
	max_align_t bytes[];
};

_Noreturn void grub_stop(struct grub *g, int r, const char *fmt, ...)
{
	char text[sizeof(((struct error *)0)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(g->err, r, "%s", text);
	g->stop_r = r;
	longjmp(g->stop, 1);
}

_Noreturn void grub_unmodelled(struct grub *g, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	grub_stop(g, -EOPNOTSUPP, "%s:%u: %s", g->where_name ? g->where_name : "GRUB", g->where_line, text);
}

_Noreturn void grub_finish(struct grub *g, enum boot_outcome outcome)
{
	g->out->outcome = outcome;
	g->stop_r = 0;
	longjmp(g->stop, 1);
}

/* Counts memory that is not the arena's (event texts) against the same budget. */
void grub_charge(struct grub *g, size_t n)
{
	if (n > GRUB_MAX_HEAP - g->heap_used)
		grub_stop(g, -E2BIG, "%s:%u: the script needs more than %u bytes of memory",
			  g->where_name ? g->where_name : "GRUB", g->where_line, GRUB_MAX_HEAP);
	g->heap_used += n;
}

void *grub_alloc(struct grub *g, size_t n)
{
	const size_t unit = sizeof(max_align_t);
	struct grub_chunk *c = g->chunks;
	size_t need, cap;
	void *p;

	if (n > GRUB_MAX_HEAP)
		grub_charge(g, GRUB_MAX_HEAP + 1u);
	need = (n + ARENA_GAP + unit - 1) / unit * unit;
	if (!c || c->cap - c->used < need) {
		cap = need > CHUNK_LEN ? need : CHUNK_LEN;
		grub_charge(g, cap);
		c = malloc(sizeof(*c) + cap);
		if (!c)
			grub_stop(g, -ENOMEM, "out of memory");
		*c = (struct grub_chunk){ .next = g->chunks, .cap = cap };
		g->chunks = c;
		ASAN_POISON_MEMORY_REGION(c->bytes, cap);
	}
	p = (char *)c->bytes + c->used;
	c->used += need;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return memset(p, 0, n);
}

char *grub_adopt(struct grub *g, void *block, size_t n)
{
	char *p;

	g->pending = block;
	p = grub_alloc(g, n + 1);
	if (n)
		memcpy(p, block, n);
	free(g->pending);
	g->pending = NULL;
	return p;
}

void grub_free_arena(struct grub *g)
{
	struct grub_chunk *c, *next;

	for (c = g->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	g->chunks = NULL;
	free(g->pending);
	g->pending = NULL;
}

char *grub_dup_n(struct grub *g, const char *s, size_t n)
{
	char *p = grub_alloc(g, n + 1);

	memcpy(p, s, n);
	return p;
}

char *grub_dup(struct grub *g, const char *s)
{
	return grub_dup_n(g, s, strlen(s));
}

char *grub_format(struct grub *g, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		va_end(again);
		grub_stop(g, -EINVAL, "a text cannot be formatted");
	}
	p = grub_alloc(g, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
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
	grub_text_add(g, t, &c, 1);
}

char *grub_text_str(struct grub *g, struct grub_text *t)
{
	if (!t->s)
		grub_text_add(g, t, "", 0);
	return t->s;
}

struct grub_name *grub_name_find(struct grub_name *list, const char *name)
{
	while (list && strcmp(list->name, name))
		list = list->next;
	return list;
}

void grub_name_add(struct grub *g, struct grub_name **list, const char *name, const char *value)
{
	struct grub_name *n = grub_alloc(g, sizeof(*n));

	n->name = grub_dup(g, name);
	n->value = value ? grub_dup(g, value) : NULL;
	while (*list)
		list = &(*list)->next;
	*list = n;
}

bool grub_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A') + 10;
	return 99;
}

unsigned long grub_number(struct grub *g, const char *s, const char **ret_end, int base)
{
	unsigned long num = 0;
	bool found = false;

	while (grub_is_space(*s))
		s++;
	if (s[0] == '0' && s[1] == 'x' && (base == 0 || base == 16)) {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && base == 0 && s[1] >= '0' && s[1] <= '7') {
		base = 8;
	}
	if (base == 0)
		base = 10;
	for (; digit_of(*s) < (unsigned)base; s++) {
		found = true;
		if (__builtin_mul_overflow(num, (unsigned long)base, &num) ||
		    __builtin_add_overflow(num, (unsigned long)digit_of(*s), &num)) {
			grub_fail(g, GRUB_ERR_OUT_OF_RANGE);
			num = ~0ul;
			break;
		}
	}
	if (!found)
		grub_fail(g, GRUB_ERR_BAD_NUMBER);
	if (ret_end)
		*ret_end = s;
	return num;
}
