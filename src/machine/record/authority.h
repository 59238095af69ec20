/*
 * The authority key: who may write the policy index. A P-256 key in a file on the encrypted root
 * (/var/lib/bootseal/authority.pem), handed to seal/tpm.h as a struct authority.
 */
#ifndef MACHINE_RECORD_AUTHORITY_H
#define MACHINE_RECORD_AUTHORITY_H

#include "base/error.h"
#include "seal/tpm_name.h"

/* The key in that file. -ENOENT; -EPERM when others may read it; -EBADMSG. */
int authority_load(const char *path, struct error *err, struct authority *ret);
/* The same, made and saved (mode 0600) where there is none. A file that is no good is never replaced. */
int authority_ensure(const char *path, struct error *err, struct authority *ret);
void authority_free(struct authority *a); /* fine on a zeroed one, fine twice */

#endif
