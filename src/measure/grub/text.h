/* A text that grows in the arena. Initialise it with { 0 }. */
#ifndef MEASURE_GRUB_TEXT_H
#define MEASURE_GRUB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct grub;

struct grub_text {
	char *s;	/* NUL terminated; NULL: nothing was added yet */
	size_t len, cap;
};

void grub_text_add(struct grub *g, struct grub_text *t, const char *s, size_t n);
void grub_text_char(struct grub *g, struct grub_text *t, char c);
/* The text, "" when nothing was added. */
char *grub_text_str(struct grub *g, struct grub_text *t);

/* include/grub/misc.h, grub_isspace */
bool grub_is_space(char c);

#endif
