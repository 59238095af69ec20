/* Secure Boot's part of the chain. */
#ifndef MACHINE_CHAIN_CHAIN_SECUREBOOT_H
#define MACHINE_CHAIN_CHAIN_SECUREBOOT_H

#include "machine/chain/chain.h"

/* This chain's images with these variables, whose contents stay as long as *ret does. */
int chain_secureboot(const struct chain *c, const struct sb_vars *vars, struct error *err,
		     struct secureboot **ret);

#endif
