/*
 * The sources, each for its role: does the system itself vouch for this content? False also when it has
 * nothing to say.
 */
#ifndef MACHINE_TRUST_VOUCH_SOURCES_H
#define MACHINE_TRUST_VOUCH_SOURCES_H

#include "machine/trust/vouch.h"

bool vouch_by_dpkg(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_signed_image(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_grub_install(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_grub_mkconfig(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_copy(const struct vouch *v, const struct vouch_question *q);
/* grubenv: -EPERM naming the variable that GRUB and its tools do not set. */
int vouch_grubenv(const struct vouch *v, const struct vouch_question *q, struct error *why);

#endif
