#include "measure/grub/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/grub/grub.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"

#define CHUNK_LEN (64u << 10)

/* AddressSanitizer: the bytes after each block are out of bounds, as with malloc. */
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
	char most[256];
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(most, sizeof(most), fmt, ap);
	va_end(ap);
	if (n < 0)
		grub_stop(g, -EINVAL, "a text cannot be formatted");
	if ((size_t)n < sizeof(most))
		return grub_dup_n(g, most, (size_t)n);
	p = grub_alloc(g, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
