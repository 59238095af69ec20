/* GRUB's vouchers: what its packages brought, and what grub-install and grub-mkconfig write. */
#ifndef MACHINE_TRUST_VOUCH_GRUB_H
#define MACHINE_TRUST_VOUCH_GRUB_H

#include "machine/trust/vouch.h"

bool vouch_by_signed_grub(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_grub_install(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_grub_mkconfig(const struct vouch *v, const struct vouch_question *q);
/* Modules, fonts, messages and pictures, copied from where the packages have them. */
bool vouch_by_copy(const struct vouch *v, const struct vouch_question *q);
/* The environment block: -EPERM naming the variable that GRUB and its tools do not set. */
int vouch_grubenv(const struct vouch *v, const struct vouch_question *q, struct error *why);

#endif
