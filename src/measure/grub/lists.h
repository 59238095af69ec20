/* command.lst, fs.lst, crypto.lst and terminal.lst of a prefix. */
#ifndef MEASURE_GRUB_LISTS_H
#define MEASURE_GRUB_LISTS_H

struct grub;

/* Reads them all, then the catalogue of translations. prefix may be NULL. */
void grub_lists_read(struct grub *g, const char *prefix);

#endif
