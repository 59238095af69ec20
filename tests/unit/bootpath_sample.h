/* The boot paths of a machine of chain_sample.h, and changes of its grub.cfg. */
#ifndef TESTS_BOOTPATH_SAMPLE_H
#define TESTS_BOOTPATH_SAMPLE_H

#include "chain_sample.h"
#include "measure/boot/bootpath.h"

#define DEFAULT_LABEL "Linux " SAMPLE_RELEASE_12 " (default)"
#define MENU_LABEL "Linux " SAMPLE_RELEASE_12 " (from the menu)"
/* where an entry can be put in, with replace_in_cfg() */
#define ENTRY_END "\n### END /etc/grub.d/10_linux"

/* No two paths have the same key or the same values. */
void find_paths(struct sample *s, const struct bootpath_options *o, struct bootpaths *ret);
/* NULL where there is none. */
const struct bootpath *labelled(const struct bootpaths *b, const char *label);
/* Why that one has no branch; "" where it is not said of it. */
const char *why_out(const struct bootpaths *b, const char *label);
/* The first `from' in /boot's grub.cfg, which must be there. */
void replace_in_cfg(struct sample *s, const char *from, const char *to);

#endif
