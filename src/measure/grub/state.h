/*
 * The state of one evaluation, shared by all parts of the model. It owns only its arena (arena.h); the caller
 * owns the trace under construction.
 *
 * GRUB's own errors (a file that is not there, a failing test) are part of the model: grub_errno, and the
 * enum grub_err that commands return and scripts see as $?.
 */
#ifndef MEASURE_GRUB_STATE_H
#define MEASURE_GRUB_STATE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/boot/trace.h"

/* include/grub/err.h; the numbers are visible to scripts as $? */
enum grub_err {
	GRUB_OK = 0,
	GRUB_ERR_TEST_FAILURE = 1,
	GRUB_ERR_BAD_MODULE = 2,
	GRUB_ERR_BAD_FILE_TYPE = 4,
	GRUB_ERR_FILE_NOT_FOUND = 5,
	GRUB_ERR_FILE_READ_ERROR = 6,
	GRUB_ERR_BAD_FILENAME = 7,
	GRUB_ERR_UNKNOWN_FS = 8,
	GRUB_ERR_BAD_NUMBER = 10,
	GRUB_ERR_OUT_OF_RANGE = 11,
	GRUB_ERR_UNKNOWN_DEVICE = 12,
	GRUB_ERR_BAD_DEVICE = 13,
	GRUB_ERR_UNKNOWN_COMMAND = 16,
	GRUB_ERR_INVALID_COMMAND = 17,
	GRUB_ERR_BAD_ARGUMENT = 18,
	GRUB_ERR_NO_KERNEL = 22,
	GRUB_ERR_BAD_FONT = 23,
	GRUB_ERR_NOT_IMPLEMENTED = 24,
	GRUB_ERR_MENU = 27,
	GRUB_ERR_ACCESS_DENIED = 30,
	GRUB_ERR_EXTRACTOR = 31,
	GRUB_ERR_NET_BAD_ADDRESS = 32,
	GRUB_ERR_BUG = 38,
	GRUB_ERR_RECURSION_DEPTH = 47,
};

struct grub_machine;
struct grub_chunk;
struct grub_cmd_entry;
struct grub_context;
struct grub_function;
struct grub_items;
struct grub_name;
struct grub_scope;

struct grub {
	const struct grub_machine *machine;
	const struct boot_choice *choice;
	struct boot_trace *out;
	struct error *err;
	jmp_buf stop;
	int stop_r;

	struct grub_chunk *chunks;
	size_t heap_used;
	void *pending;			/* malloc'ed, being copied into the arena */
	unsigned steps, measured;

	const char *where_name;		/* the command being executed, for messages */
	unsigned where_line;
	const char *theme_name;		/* where the theme was set, which counts when a menu is drawn */
	unsigned theme_line;

	enum grub_err grub_errno;
	struct grub_context *context;
	struct grub_function *functions;
	struct grub_scope *scope;
	/* looks a name up in the table of commands; NULL: not in it */
	const struct grub_cmd_entry *(*command)(const char *name);
	bool is_continue, function_return;
	unsigned active_loops, active_breaks, recursion_depth;
	unsigned extractor_level, parse_depth, module_depth;

	struct grub_name *dyncmds;	/* command.lst: command -> module */
	struct grub_name *fs_modules;	/* fs.lst, in the order of loading */
	bool fs_autoload;
	struct grub_name *terminals;	/* terminal.lst */
	struct grub_name *loaded;	/* modules that are not built in */
	struct grub_name *search_cache;
	const uint8_t *mo;		/* catalogue of translations */
	size_t mo_len;
	bool gfxterm;
	bool glob_unordered;		/* a wildcard matched several names of one directory */

	bool loader_is_linux, loader_set;
	const char *kernel, *cmdline, *image;
	struct grub_name *initrds;

	const char *choice_left;	/* the rest of the chosen path; NULL: no person chooses */
	const char *entry_path, *entry_title;
	bool list_only;			/* measure nothing: only list the menu at the chosen path */
	struct grub_items *listed;
};

/* Sets grub_errno and returns it. */
static inline enum grub_err grub_fail(struct grub *g, enum grub_err e)
{
	g->grub_errno = e;
	return e;
}

#endif
