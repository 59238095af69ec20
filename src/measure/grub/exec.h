/* The interpreter of parsed scripts. */
#ifndef MEASURE_GRUB_EXEC_H
#define MEASURE_GRUB_EXEC_H

#include "measure/grub/argv.h"
#include "measure/grub/script.h"
#include "measure/grub/state.h"

/* script may be NULL, which does nothing. */
enum grub_err grub_exec(struct grub *g, struct grub_cmd *script);
/* A text, line by line. */
enum grub_err grub_exec_source(struct grub *g, const char *source);
/* The body of a menu entry; args are its positional parameters, first_line its number for messages. */
enum grub_err grub_exec_entry(struct grub *g, const char *source, const struct grub_argv *args,
			      unsigned first_line);

#endif
