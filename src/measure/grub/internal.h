/*
 * The inside of the GRUB model, shared by grub_*.c only.
 *
 * An evaluation allocates from one arena, which is thrown away as a whole. What ends it early (a kernel is
 * started, a budget is used up, a command is not modelled) unwinds with grub_stop() or grub_finish(),
 * which longjmp to grub_evaluate(): nothing but arena memory and the result under construction is held at
 * any time, so nothing leaks. Never call them from inside a callback of the file provider.
 *
 * GRUB's own errors (a file that is not there, a failing test) are part of what is modelled: g->grub_errno
 * and the enum grub_err that commands return, which scripts see as $?.
 */
#ifndef MEASURE_GRUB_INTERNAL_H
#define MEASURE_GRUB_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>

#include "base/reader.h"
#include "measure/grub/arena.h"
#include "measure/grub/grub.h"
#include "measure/grub/argv.h"
#include "measure/grub/glob.h"
#include "measure/grub/lex.h"
#include "measure/grub/lines.h"
#include "measure/grub/parse.h"
#include "measure/grub/script.h"
#include "measure/grub/words.h"
#include "measure/grub/dev.h"
#include "measure/grub/gettext.h"
#include "measure/grub/lists.h"
#include "measure/grub/module.h"
#include "measure/grub/measure.h"
#include "measure/grub/vars.h"
#include "measure/grub/elf.h"
#include "measure/grub/names.h"
#include "measure/grub/number.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"

/* script/execute.c: MAX_RECURSION_DEPTH */
#define GRUB_RECURSION_DEPTH 64u

/* ---- the machine under evaluation ---- */

struct grub_menu_item {
	const char *title, *id, *source;
	struct grub_argv args;
	bool submenu;
	bool restricted;
	struct grub_menu_item *next;
};

struct grub_items {
	struct grub_menu_item *first, **tail;
	unsigned count;
};

/* ---- grub_picture.c ---- */
bool grub_picture_is_good(const uint8_t *bytes, size_t len, bool png);
bool grub_font_is_good(const uint8_t *bytes, size_t len);

/* ---- grub_opt.c: lib/arg.c ---- */
#define OPT_REPEAT 1u
#define OPT_OPTIONAL 2u
#define OPT_MAX 16
struct grub_opt {
	const char *name;	/* NULL: short only */
	char letter;
	unsigned flags;
	bool takes_value;
};
struct grub_opts {
	bool set[OPT_MAX];
	const char *value[OPT_MAX];		/* the last one */
	struct grub_argv values[OPT_MAX];	/* OPT_REPEAT */
	struct grub_argv rest;
};
enum { OPTS_ACCEPT_DASH = 1 };
/* False: GRUB refused or printed a help text; grub_errno says which. */
bool grub_opt_parse(struct grub *g, const struct grub_opt *options, unsigned flags,
		    const struct grub_argv *args, struct grub_opts *ret);

/* ---- grub_exec.c ---- */
enum grub_err grub_exec(struct grub *g, struct grub_cmd *script);
enum grub_err grub_exec_source(struct grub *g, const char *source);
enum grub_err grub_exec_entry(struct grub *g, const char *source, const struct grub_argv *args);

/* ---- grub_cmd*.c ---- */
struct grub_call {
	const char *name;
	struct grub_argv argv;	/* arguments, without the name */
};
typedef enum grub_err (*grub_cmd_fn)(struct grub *g, const struct grub_call *call);
enum { CMD_EXTRACTOR = 1 };
struct grub_cmd_entry {
	const char *name;
	const char *module;	/* NULL: the kernel's own */
	grub_cmd_fn run;	/* NULL: not modelled */
	unsigned flags;
};
/* What the name stands for: a command (its module may have to be loaded first), or NULL. */
enum grub_lookup { LOOKUP_NONE, LOOKUP_COMMAND, LOOKUP_FAILED };
enum grub_lookup grub_cmd_find(struct grub *g, const char *name, const struct grub_cmd_entry **ret_entry);


enum grub_err grub_cmd_test(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_break(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_shift(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_setparams(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_return(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_source(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_normal(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_load_env(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_save_env(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_list_env(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_search(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_search_by(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_probe(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_linux(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_initrd(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_chainloader(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_boot(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_menuentry(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_terminal(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_loadfont(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_background_image(struct grub *g, const struct grub_call *call);
enum grub_err grub_cmd_regexp(struct grub *g, const struct grub_call *call);

/* ---- grub_menu.c, grub_normal.c ---- */
void grub_menu_show(struct grub *g, struct grub_items *items, bool autobooted);
void grub_normal_execute(struct grub *g, const char *config, bool nested, bool batch);
/* Remembers for the result that this file was not there to be read. */
void grub_note_missing(struct grub *g, const char *config);
_Noreturn void grub_boot(struct grub *g);

#endif
