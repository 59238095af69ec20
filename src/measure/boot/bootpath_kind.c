#include "measure/boot/bootpath_kind.h"

#include <string.h>

static struct way_entry *find_entry(const struct way_entries *menu, const struct way *w)
{
	const char *path = w->prediction.trace.entry;

	for (size_t i = 0; i < menu->n && path; i++)
		if (strcmp(menu->entry[i].path, path) == 0)
			return &menu->entry[i];
	return NULL;
}

enum way_kind way_entry_kind(const struct way_entries *menu, const struct boot_trace *t)
{
	for (size_t i = 0; i < menu->n && t->entry; i++)
		if (strcmp(menu->entry[i].path, t->entry) == 0)
			return menu->entry[i].kind;
	return WAY_OTHER;
}

/* The words after the kernel's own name. */
static const char *arguments(const struct way *w)
{
	const char *space = w->prediction.trace.cmdline ? strchr(w->prediction.trace.cmdline, ' ') : NULL;

	return space ? space : "";
}

static bool is_alike(const struct way *a, const struct way *b)
{
	return strcmp(arguments(a), arguments(b)) == 0;
}

/*
 * Which of the entries with this kernel is the kernel's own, the default apart? The first that boots it as
 * the default is booted: entries for snapshots add words. Where there is none, the first.
 */
static bool is_kernels_own(const struct ways *all, const struct way *w)
{
	const struct way *untouched = &all->way[0], *own = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct way *other = &all->way[i];

		if (other->by_itself || other->fate != WAY_STARTS || other->kind == WAY_DEFAULT ||
		    strcmp(other->prediction.trace.kernel, w->prediction.trace.kernel) != 0)
			continue;
		if (!own || (is_alike(other, untouched) && !is_alike(own, untouched)))
			own = other;
	}
	return own == w;
}

static void make_default(struct ways *all, struct way_entry *e)
{
	const char *path;

	e->kind = WAY_DEFAULT;
	for (size_t i = 0; i < all->n; i++) {
		path = all->way[i].prediction.trace.entry;
		if (path && strcmp(path, e->path) == 0)
			all->way[i].kind = WAY_DEFAULT;
	}
}

void ways_tell_kinds(struct ways *all, struct way_entries *menu)
{
	struct way_entry *e = all->n > 0 ? find_entry(menu, &all->way[0]) : NULL;

	if (e)
		make_default(all, e);
	for (size_t i = 0; i < all->n; i++) {
		struct way *w = &all->way[i];

		if (w->by_itself || w->fate != WAY_STARTS || w->kind == WAY_DEFAULT ||
		    !is_kernels_own(all, w))
			continue;
		w->kind = WAY_KERNEL;
		e = find_entry(menu, w);
		if (e)
			e->kind = WAY_KERNEL;
	}
	for (size_t i = 0; i < menu->n; i++)
		menu->others += menu->entry[i].kind == WAY_OTHER;
}

void ways_tell_next_default(struct ways *all, size_t first, struct way_entries *menu)
{
	struct way_entry *e = first < all->n && all->way[first].by_itself ?
				      find_entry(menu, &all->way[first]) : NULL;

	if (e && e->kind != WAY_DEFAULT)
		make_default(all, e);
}
