/* Translations of $"..." */
#ifndef MEASURE_GRUB_GETTEXT_H
#define MEASURE_GRUB_GETTEXT_H

struct grub;

/* Watches the variables that choose the catalogue. */
void grub_gettext_start(struct grub *g);
/* A new prefix: the catalogue is opened again from there. prefix may be NULL. */
void grub_gettext_reread(struct grub *g, const char *prefix);
/* The translation, or s. */
const char *grub_gettext(struct grub *g, const char *s);

#endif
