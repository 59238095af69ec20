/* The languages in which update-grub may have run: for vouch_grub.c. */
#ifndef MACHINE_TRUST_VOUCH_LANGUAGE_H
#define MACHINE_TRUST_VOUCH_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/reader.h"
#include "machine/system/machine.h"

#define LANGUAGE_MAX 48 /* "fr_FR.UTF-8", NUL included */
#define LANGUAGES_MAX 8

struct languages {
	char system[LANGUAGE_MAX]; /* of /etc/default/locale; "C" */
	/* others, the likely first: that of the configuration, then those that the system has been given */
	char other[LANGUAGES_MAX][LANGUAGE_MAX];
	size_t n;
};

/* cfg: grub.cfg, which nobody trusts yet; it only says what to try first. */
void languages_find(const struct machine *m, const struct reader *cfg, struct languages *ret);

#endif
