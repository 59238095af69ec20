/* The parser of GRUB's scripts. */
#ifndef MEASURE_GRUB_PARSE_H
#define MEASURE_GRUB_PARSE_H

#include <stdbool.h>

#include "measure/grub/lines.h"
#include "measure/grub/script.h"

struct grub;

/* One line and the further ones that it needs. False on a syntax error; *ret_cmd: NULL for an empty line. */
bool grub_parse(struct grub *g, struct grub_lines *lines, const char *first_line, struct grub_cmd **ret_cmd);

#endif
