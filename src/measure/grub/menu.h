/* The menu. */
#ifndef MEASURE_GRUB_MENU_H
#define MEASURE_GRUB_MENU_H

#include <stdbool.h>

#include "measure/grub/argv.h"

struct grub;

struct grub_menu_item {
	const char *title, *id, *source;
	struct grub_argv args;
	bool submenu;
	bool restricted;
	const char *where_name;	/* file and line of its command, for messages */
	unsigned where_line;
	struct grub_menu_item *next;
};

struct grub_items {
	struct grub_menu_item *first, **tail;
	unsigned count;
};

/*
 * Chooses and runs entries. autobooted: the submenu was opened without a person, so return if its entry
 * fails.
 */
void grub_menu_show(struct grub *g, struct grub_items *items, bool autobooted);

#endif
