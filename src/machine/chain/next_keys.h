/*
 * Keys of Secure Boot that were announced: what db, dbx, KEK or PK will hold after an update that is about
 * to be written. PCR 7 follows from them, so the boot after the update is known before it, and sealed
 * beside that of today.
 *
 * Kept in the state's directory until the variable holds them.
 */
#ifndef MACHINE_CHAIN_NEXT_KEYS_H
#define MACHINE_CHAIN_NEXT_KEYS_H

#include "machine/chain/chain.h"

#define NEXT_KEYS_DIR MACHINE_STATE_DIR "/next"

/*
 * name: "db", "dbx", "KEK" or "PK", else -EINVAL. bytes: the whole content that the variable will have
 * (EFI_SIGNATURE_LISTs), or an authenticated update (a file *.auth, as fwupd and Microsoft hand them out),
 * which is appended to what it has. Refused, and nothing kept: -EBADMSG for what is neither; -EKEYREJECTED
 * where shim, the boot loader or the kernel of the default boot would not be let run. -EALREADY: the
 * variable has it.
 */
int next_keys_announce(struct chain *c, const char *name, const struct reader *bytes, struct error *err);

/*
 * Fills c->next_keys, when something is announced that the variables do not hold yet; why it cannot be
 * used in c->next_why.
 */
int next_keys_load(struct chain *c);

/* Forgets what the variables hold by now, or everything. */
void next_keys_forget(const struct chain *c, bool everything);

#endif
