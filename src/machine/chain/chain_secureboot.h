/* Secure Boot's part of the chain. */
#ifndef MACHINE_CHAIN_CHAIN_SECUREBOOT_H
#define MACHINE_CHAIN_CHAIN_SECUREBOOT_H

#include "machine/chain/chain.h"

/* Events of PCR 7 and 14 for these images, in the order in which they are started. */
int chain_secureboot(const struct chain *c, const struct sb_image *image, size_t n, struct error *err,
		     struct event_list *ret);

#endif
