/* The memory of one evaluation: allocated piece by piece, counted against a budget, freed as a whole. */
#ifndef MEASURE_GRUB_ARENA_H
#define MEASURE_GRUB_ARENA_H

#include <stddef.h>

struct grub;

/* Zeroed. Running out of memory or budget ends the evaluation, so these never return NULL. */
void *grub_alloc(struct grub *g, size_t n);
char *grub_dup(struct grub *g, const char *s);
char *grub_dup_n(struct grub *g, const char *s, size_t n);
char *grub_format(struct grub *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Counts n bytes that are allocated elsewhere (texts of events) against the same budget. */
void grub_charge(struct grub *g, size_t n);
/* Moves a malloc'ed block of n bytes into the arena and adds a NUL. Frees the block also on failure. */
char *grub_adopt(struct grub *g, void *block, size_t n);
void grub_free_arena(struct grub *g);

#endif
