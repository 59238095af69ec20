/*
 * What the next boot will do: every boot path of this machine compared with the policy that the index holds.
 * Writes nothing.
 */
#ifndef MACHINE_OUTLOOK_H
#define MACHINE_OUTLOOK_H

#include <stdbool.h>

#include "machine/forecast.h"
#include "machine/forecast_groups.h"
#include "machine/obstacles.h"
#include "machine/record/state.h"

struct outlook_path {
	char label[STATE_LABEL_MAX];
	bool is_default;
	bool unlocks;
	char why[256]; /* why not: the PCRs that differ from the nearest sealed boot path */
};

struct outlook {
	struct outlook_path path[BRANCH_MAX]; /* the default first */
	size_t path_count;
	uint32_t generation;   /* in force; 0 when no token has it */
	size_t branch_count;   /* of that generation */
	char summary[160];     /* chain_summary() */
	bool default_unlocks;
	bool default_lacks_initrd;
	enum verdict verdict;  /* on the running boot: after a mismatch the rest is unreliable */
	char reason[512];      /* of the verdict; empty when exact */
	struct forecast_note *left_out; /* owned */
	size_t left_out_count;
	struct forecast_note *warning; /* owned */
	size_t warning_count;
	/*
	 * then the boot does not come up unattended, although the root unlocks; its warnings are among
	 * `warning`
	 */
	struct obstacles obstacles;
	char tries[256]; /* with a PIN: how many are used, or that the TPM is locked; empty: none */
	bool tries_are_anyones; /* with a PIN: see TPM_TRIES_NOT_OWNED */
	bool pending; /* see struct forecast: then default_unlocks is about a boot after the next one */
};

#define OUTLOOK_NONE ((struct outlook){ .path_count = 0 })

/* What an outlook was made of, for those who show it, too. Owned. */
struct outlook_source {
	struct chain *chain;
	struct forecast forecast; /* its notes are the outlook's */
	uint8_t pcrs[PCR_COUNT][SHA256_LEN]; /* those of chain_pcrs() */
};

#define OUTLOOK_SOURCE_NONE ((struct outlook_source){ .chain = NULL })

void outlook_source_free(struct outlook_source *s); /* fine twice */

/* ret_source: NULL, or what is set with the outlook. Errors as below. */
int outlook_make_from(const struct machine *m, const char *tcti, struct error *err,
		      struct outlook_source *ret_source, struct outlook *ret);
/* -ENODATA: not enrolled. -EKEYREJECTED: a different TPM or header. */
int outlook_make(const struct machine *m, const char *tcti, struct error *err, struct outlook *ret);
/*
 * The same of a tree (machine_init_collected()), without TPM and LUKS header: the boot paths are compared
 * with what the last reseal recorded. pcrs: the values of that machine's TPM, from the file pcrs_name; NULL:
 * the log is believed. -ENODATA: no record of an enrolment.
 */
int outlook_make_of_tree(const struct machine *m, const struct pcr_values *pcrs, const char *pcrs_name,
			 struct error *err, struct outlook *ret);
/* Its boot paths for people; the number of the groups. */
size_t outlook_groups(const struct outlook *o, struct path_group ret[static BRANCH_MAX]);
void outlook_free(struct outlook *o); /* fine twice */

#endif
