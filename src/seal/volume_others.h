/* Keyslots that another program's token describes: what it needs to unlock the volume. */
#ifndef SEAL_VOLUME_OTHERS_H
#define SEAL_VOLUME_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seal/volume.h"

enum other_key {
	OTHER_UNKNOWN,  /* by a type that is not in the list */
	OTHER_CLEVIS,   /* clevis: TPM, a server on the network, or a number of both */
	OTHER_TPM,      /* systemd-cryptenroll --tpm2-device */
	OTHER_FIDO2,    /* --fido2-device */
	OTHER_PKCS11,   /* --pkcs11-token-uri: a smart card */
	OTHER_RECOVERY, /* --recovery-key: text, as a passphrase */
	OTHER_FIRST_BOOT, /* ours, of an image: seal/token_first_boot.h */
	OTHER_KEYRING,  /* cryptsetup token add: a key in the kernel's keyring */
};

struct other_token {
	enum other_key key;
	bool pin;          /* the token says that a person has to type one */
	char type[64];     /* printable */
	char pcrs[64];     /* of OTHER_TPM: "4 7"; "" for none, or where they cannot be read */
	uint32_t keyslots; /* bit n: keyslot n, in use */
};

#define OTHERS_MAX 32 /* tokens in a LUKS2 header */

/* Those with a keyslot that is in use; how many. Ours and our recovery key's are not among them. */
size_t volume_others(const struct volume *v, struct other_token ret[static OTHERS_MAX]);

#endif
