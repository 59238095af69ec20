/*
 * GRUB_FORCE_PARTUUID, with which Ubuntu's images for clouds are delivered: each entry first starts Linux
 * without an initrd, and with one only after that has failed. No encrypted root can be opened so.
 */
#ifndef MACHINE_CHAIN_CHAIN_GRUB_INITRD_H
#define MACHINE_CHAIN_CHAIN_GRUB_INITRD_H

#include "machine/chain/chain_loader.h"

/* The file of ours that takes it back, /etc/default/grub.d/zz-bootseal.cfg. */
extern const char chain_grub_initrd_setting[];

extern const struct chain_initrd_switch chain_grub_initrd;

#endif
