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
#include "measure/grub/names.h"
#include "measure/grub/number.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"

#define GRUB_PCR_COMMANDS 8u
#define GRUB_PCR_FILES 9u
#define GRUB_EV_IPL 0x0du
/* script/execute.c: MAX_RECURSION_DEPTH */
#define GRUB_RECURSION_DEPTH 64u

/* ---- the machine under evaluation ---- */

struct grub_var {
	const char *name;
	const char *value;
	bool exported;
	void (*on_write)(struct grub *g, struct grub_var *var, const char *value);
	struct grub_var *next;
};

struct grub_menu_item {
	const char *title, *id, *source;
	struct grub_argv args;
	bool submenu;
	bool restricted;
	const char *users;
	struct grub_menu_item *next;
};

struct grub_items {
	struct grub_menu_item *first, **tail;
	unsigned count;
};

#define GRUB_VAR_BUCKETS 64u

struct grub_context {
	struct grub_var *vars[GRUB_VAR_BUCKETS];
	struct grub_items *items;	/* menu; NULL: none yet */
	struct grub_context *prev;
};

struct grub_path {
	const struct grub_device *device;	/* NULL: GRUB's memdisk */
	const char *path;
};

/* ---- grub_vars.c ---- */
const char *grub_vars_get(struct grub *g, const char *name);
void grub_vars_set(struct grub *g, const char *name, const char *value);
void grub_vars_unset(struct grub *g, const char *name);
void grub_vars_export(struct grub *g, const char *name);
void grub_vars_hook(struct grub *g, const char *name, void (*on_write)(struct grub *, struct grub_var *,
		    const char *));
void grub_context_open(struct grub *g, bool export_all);
void grub_context_close(struct grub *g);
void grub_vars_start(struct grub *g);

/* ---- grub_dev.c ---- */
enum grub_file_use {
	USE_PLAIN,	/* lists, configurations, environment, initrds, pictures: any file is good */
	USE_UNMEASURED,	/* GRUB_FILE_TYPE_SKIP_SIGNATURE */
	USE_DENIED,	/* modules, fonts: refused under Secure Boot, after the measurement */
	USE_IMAGE,	/* kernels, EFI images: shim verifies and measures */
};
/* Looks a file name up; sets grub_errno when there is no such device or file system. */
bool grub_dev_resolve(struct grub *g, const char *name, struct grub_path *ret_path);
const struct grub_device *grub_dev_find(struct grub *g, const char *name);
bool grub_dev_stat(struct grub *g, const struct grub_path *p, struct grub_stat *ret_stat);
/* grub_file_open: measures. False with grub_errno set when GRUB could not open it. */
bool grub_dev_open(struct grub *g, const char *name, enum grub_file_use use, struct grub_path *ret_path,
		   struct grub_stat *ret_stat);
void grub_dev_read(struct grub *g, const struct grub_path *p, const uint8_t **ret_bytes, size_t *ret_len);
void grub_dev_write(struct grub *g, const struct grub_path *p, const uint8_t *bytes, size_t len);
const char *grub_dev_name(struct grub *g, const struct grub_path *p);
/* Calls each(context) per device in GRUB's order until it returns true. */
bool grub_dev_each(struct grub *g, bool (*each)(struct grub *g, const char *name, void *context),
		   void *context);
bool grub_dev_fs(struct grub *g, const struct grub_device *device);
void grub_measure(struct grub *g, uint32_t pcr, uint32_t type, const char *what, const uint8_t *digest);
void grub_measure_text(struct grub *g, const char *prefix, const char *text);

/* ---- grub_module.c ---- */
bool grub_module_builtin(struct grub *g, const char *name);
bool grub_module_load(struct grub *g, const char *name);
bool grub_module_load_file(struct grub *g, const char *file);
bool grub_elf_section(struct reader whole, const char *name, struct reader *ret_section);
void grub_module_lists(struct grub *g, const char *prefix);
void grub_module_autoload_fs(struct grub *g);

/* ---- grub_gettext.c ---- */
void grub_gettext_start(struct grub *g);
void grub_gettext_reread(struct grub *g, const char *prefix);
const char *grub_gettext(struct grub *g, const char *s);

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
