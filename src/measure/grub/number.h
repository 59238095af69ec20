/* Numbers as GRUB reads them. */
#ifndef MEASURE_GRUB_NUMBER_H
#define MEASURE_GRUB_NUMBER_H

struct grub;

/*
 * kern/misc.c, grub_strtoul: base 0 decides by the prefix. Sets grub_errno when there is no number or it is
 * too large. ret_end may be NULL.
 */
unsigned long grub_number(struct grub *g, const char *s, const char **ret_end, int base);

#endif
