/*
 * Every way through a loader's menu that the next boot may take: each entry, chosen or not, in each state and
 * layout. Nothing is selected here: for bootpath.c.
 */
#ifndef MEASURE_BOOT_BOOTPATH_WALK_H
#define MEASURE_BOOT_BOOTPATH_WALK_H

#include "measure/boot/bootpath.h"

enum way_kind {
	WAY_DEFAULT, /* the entry that boots without a person, however it is chosen */
	WAY_KERNEL,  /* the one entry of a kernel that boots it as the default is booted */
	WAY_OTHER,
};

enum way_fate {
	WAY_STARTS, /* Linux, with an initrd */
	WAY_UNFIT,  /* it can never be a boot path: `why` */
	WAY_UNSEEN, /* the model cannot follow it: `why` */
};

struct way {
	enum way_kind kind;
	enum way_fate fate;
	unsigned changes;  /* how much differs from today: state, layout */
	bool by_itself;    /* no person chooses */
	char *key;         /* see struct bootpath */
	char *stem;        /* the label without its last ")" */
	char *title;       /* the entry's, for one that is left out */
	char *why;         /* of a way that does not start */
	struct prediction prediction; /* of one that starts */
};

struct ways {
	struct way *way; /* as they were found: today's state and layout first, the untouched boot first */
	size_t n;
	bool default_lacks_initrd;
};

#define WAYS_NONE ((struct ways){ .way = NULL })

/* Errors as bootpaths_find(). */
int ways_find(const struct boot_facts *facts, const struct bootpath_options *o, struct error *err,
	      struct ways *ret);
void ways_free(struct ways *w); /* fine twice */

#endif
