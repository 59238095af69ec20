/*
 * Cutting the power: a command is stopped before every single thing that it writes, and everything that was
 * promised is tried after it (test_cuts.c).
 */
#ifndef TESTS_CUTS_H
#define TESTS_CUTS_H

#include "world.h"

struct cut {
	const char *command;
	/* until the command; sets cuts_worked_before when the boots up to here work */
	void (*prepare)(struct world *w);
	/* what must be besides; may be NULL */
	bool (*after_cut)(const struct world *w), (*after)(const struct world *w);
	bool removes; /* afterwards nothing opens but the passphrase */
	bool torn;    /* the last write is done by half */
	bool splits;  /* cut between two headers, the volumes have different PINs, and the boot asks */
};

struct cut_tally {
	unsigned tried, lost, asked, split;
};

extern struct cut_tally cuts;
extern bool cuts_worked_before;

/* Before each write, or each n-th; fails the test for what is lost. */
void cuts_check(const struct cut *s);
/*
 * The power goes while update-initramfs runs: before each initrd is in place, and after the last. These are
 * few; only the shortest sample leaves some out.
 */
void cuts_check_initrds(const struct cut *s);

#endif
