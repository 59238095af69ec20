/*
 * The kernel's command line. A boot loader's configuration is accepted when it matches what its tools write
 * now, but these copy names from /boot and, by os-prober, whole command lines from other disks into it, and
 * its state gives values to variables. So each word of a command line must be one that the encrypted root
 * knows: of a boot path that is sealed already, of the boot that runs (which the TPM opened), or of the
 * loader's settings.
 */
#ifndef MACHINE_TRUST_VOUCH_CMDLINE_H
#define MACHINE_TRUST_VOUCH_CMDLINE_H

#include "base/buffer.h"
#include "base/error.h"
#include "machine/chain/chain.h"

/*
 * All that a word of a kernel's command line may be taken from, as text; the chain's boot is one that the TPM
 * opened, or that is being enrolled.
 */
int vouch_words(const struct chain *c, struct buffer *ret);
/* -EPERM naming the first word that is not there and does not name the root by UUID or mapping. */
int vouch_cmdline(const struct buffer *words, const char *cmdline, struct error *err);

#endif
