/* From the words of a command to its arguments. */
#ifndef MEASURE_GRUB_WORDS_H
#define MEASURE_GRUB_WORDS_H

#include <stdbool.h>

#include "measure/grub/argv.h"
#include "measure/grub/script.h"

struct grub;

/* The positional parameters of the function or menu entry that runs. */
struct grub_scope {
	struct grub_argv argv;
};

/* False when there is no word at all. */
bool grub_expand(struct grub *g, struct grub_word *words, struct grub_argv *ret_argv);

#endif
