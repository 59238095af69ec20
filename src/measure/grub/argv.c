#include "measure/grub/argv.h"

#include <string.h>

#include "measure/grub/arena.h"

void grub_argv_next(struct grub *g, struct grub_argv *v)
{
	char **more;

	if (v->count && !v->args[v->count - 1])
		return;
	if (v->count + 2 > v->cap) {
		v->cap = (v->count + 2) * 2;
		more = grub_alloc(g, v->cap * sizeof(*more));
		if (v->count)
			memcpy(more, v->args, v->count * sizeof(*more));
		v->args = more;
	}
	v->args[v->count++] = NULL;
	v->args[v->count] = NULL;
}

void grub_argv_append(struct grub *g, struct grub_argv *v, const char *s, size_t n)
{
	char *old = v->args[v->count - 1];
	size_t len = old ? strlen(old) : 0;
	char *p = grub_alloc(g, len + n + 1);

	if (len)
		memcpy(p, old, len);
	memcpy(p + len, s, n);
	v->args[v->count - 1] = p;
}
