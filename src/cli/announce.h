/* `bootseal reseal --next-db FILE` and its like: keys of Secure Boot that will be there after an update. */
#ifndef CLI_ANNOUNCE_H
#define CLI_ANNOUNCE_H

#include "machine/system/machine.h"

struct announcements {
	const char *pk, *kek, *db, *dbx; /* files; NULL: not given */
	bool none;                       /* forget what was announced */
};

#define ANNOUNCE_OPTIONS                                                                              \
	{ "next-pk", required_argument, NULL, 'P' }, { "next-kek", required_argument, NULL, 'K' },    \
		{ "next-db", required_argument, NULL, 'B' }, { "next-dbx", required_argument, NULL, 'X' }, \
		{ "next-none", no_argument, NULL, 'N' }
#define ANNOUNCE_HELP                                                                    \
	"  --next-db FILE     also cover the boot after an update of Secure Boot's keys:\n"  \
	"  --next-dbx FILE    FILE is an authenticated update, or the whole content that\n"  \
	"  --next-kek FILE    the variable will have (signature lists). Both boots unlock,\n" \
	"  --next-pk FILE     before the update and after it\n"                               \
	"  --next-none        forget these\n"

/* An option of getopt_long(): was it one of these? */
bool announce_take(int c, const char *arg, struct announcements *a);
bool announce_given(const struct announcements *a);

/* Keeps them for the reseal that follows: EXIT_YES, or an exit code after a message. */
int announce(const struct machine *m, const struct announcements *a);

#endif
