#include "measure/grub/names.h"

#include <string.h>

#include "measure/grub/arena.h"

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
