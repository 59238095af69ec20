/* Short lists of names, each with a value or without. */
#ifndef MEASURE_GRUB_NAMES_H
#define MEASURE_GRUB_NAMES_H

struct grub;

struct grub_name {
	const char *name;
	const char *value;	/* may be NULL */
	struct grub_name *next;
};

/* NULL: not in the list. */
struct grub_name *grub_name_find(struct grub_name *list, const char *name);
/* At the end; copies both. */
void grub_name_add(struct grub *g, struct grub_name **list, const char *name, const char *value);

#endif
