/* Variables and their contexts. */
#ifndef MEASURE_GRUB_VARS_H
#define MEASURE_GRUB_VARS_H

#include <stdbool.h>

struct grub;
struct grub_items;
struct grub_var;

/* Sets var->value, to value or to what GRUB makes of it. */
typedef void (*grub_var_write_fn)(struct grub *g, struct grub_var *var, const char *value);

struct grub_var {
	const char *name;
	const char *value;
	bool exported;
	grub_var_write_fn on_write;
	struct grub_var *next;
};

#define GRUB_VAR_BUCKETS 64u

struct grub_context {
	struct grub_var *vars[GRUB_VAR_BUCKETS];
	struct grub_items *items;	/* menu; NULL: none yet */
	struct grub_context *prev;
};

/* NULL: not set. */
const char *grub_vars_get(struct grub *g, const char *name);
void grub_vars_set(struct grub *g, const char *name, const char *value);
void grub_vars_unset(struct grub *g, const char *name);
/* Sets it, or unsets it for NULL. */
void grub_vars_restore(struct grub *g, const char *name, const char *value);
void grub_vars_export(struct grub *g, const char *name);
void grub_vars_hook(struct grub *g, const char *name, grub_var_write_fn on_write);

/* A new context with the exported variables, or with all of them. */
void grub_context_open(struct grub *g, bool export_all);
void grub_context_close(struct grub *g);

/* What the signed image has set by the time the first script runs. */
void grub_vars_start(struct grub *g);

#endif
