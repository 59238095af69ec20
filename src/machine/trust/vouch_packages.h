/* Vouchers that any boot loader may have: what the packages of the kernel and of shim brought. */
#ifndef MACHINE_TRUST_VOUCH_PACKAGES_H
#define MACHINE_TRUST_VOUCH_PACKAGES_H

#include "machine/trust/vouch.h"

/* A kernel, by its package's list of checksums. */
bool vouch_by_dpkg(const struct vouch *v, const struct vouch_question *q);
/*
 * A kernel that its owner signed, for a Machine Owner Key: without the last signatures it has that checksum,
 * byte by byte (measure/efi/pe_earlier.h).
 */
bool vouch_by_dpkg_but_signed(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_signed_shim(const struct vouch *v, const struct vouch_question *q);

#endif
