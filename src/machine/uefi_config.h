/*
 * Secure Boot's keys of a machine that is elsewhere: what PK, KEK, db and dbx will hold, from JSON.
 *
 * One form has the variables themselves, as Canonical's encrypt-cloud-image reads and writes them
 * (internal/efienv): {"PK": base64, "KEK": ..., "db": ..., "dbx": ...}. The other is what Azure's disks have:
 * properties.uefiSettings, signatureMode "Replace", signatures.{PK,KEK,db,dbx} of {type, value: [base64]},
 * where PK is one and the others are lists. Azure's firmware makes one EFI_SIGNATURE_LIST of each certificate
 * and one of all digests, whose owner is Microsoft (compared with PCR 7 of real machines: test_azure_keys.c).
 */
#ifndef MACHINE_UEFI_CONFIG_H
#define MACHINE_UEFI_CONFIG_H

#include "base/buffer.h"
#include "base/error.h"

#define UEFI_CONFIG_KEYS 4

enum uefi_config_form { UEFI_CONFIG_VARIABLES, UEFI_CONFIG_AZURE_DISK };

struct uefi_config {
	struct buffer content[UEFI_CONFIG_KEYS]; /* PK, KEK, db, dbx; empty: there is no such variable */
};

/*
 * -EBADMSG naming the file and the member: no such JSON, a member that is missing, or no signature lists;
 * -EOPNOTSUPP: signatures that are added to others, which are not in the file.
 */
int uefi_config_read(const char *path, enum uefi_config_form form, struct error *err,
		     struct uefi_config *ret);
void uefi_config_free(struct uefi_config *c); /* fine twice */

/* Where Linux would show variable i: its path, and attributes and content. */
const char *uefi_config_path(size_t i);
int uefi_config_file(const struct uefi_config *c, size_t i, struct buffer *ret);

#endif
