/*
 * PCR 7 and PCR 14: Secure Boot's variables, and whose signature let each image run.
 *
 * TCG PC Client Platform Firmware Profile 1.06, section 3.3.4.8 (PCR 7); EDK2's Tcg2Dxe and DxeImageVerificationLib;
 * shim's mok.c, verify.c and tpm.c for what shim adds. Pure: variable contents and files are passed in.
 */
#ifndef MEASURE_SECUREBOOT_H
#define MEASURE_SECUREBOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "measure/event.h"
#include "measure/eventlog.h"

/*
 * Contents of UEFI variables without efivarfs' four bytes of attributes; .at == NULL: the variable is not there.
 * The first five are the firmware's (global GUID, db and dbx image security GUID), the others shim's
 * (605dab50-e046-4300-abb6-3dd810dd8b23): Linux sees only the mirrors ("RT") that shim makes of them at every boot.
 */
struct sb_vars {
	struct reader secure_boot, pk, kek, db, dbx;
	struct reader sbat_level_rt;
	struct reader mok_list_rt, mok_list_x_rt; /* with their continuations MokListRT1, ... concatenated by the caller */
	struct reader mok_list_trusted_rt, mok_sb_state_rt, mok_policy_rt;
	struct reader mok_ignore_db;
};

/* One image in the order in which a boot verifies it: shim (or whatever the firmware starts), GRUB, kernel, ... */
struct sb_image {
	const char *name;               /* for messages */
	struct reader file;
	uint8_t digest[SHA256_LEN];     /* Authenticode, from pe_image_digest() */
};

struct sb_boot {
	const struct sb_vars *vars;
	const struct eventlog *log;     /* the running boot's: for what the variables do not tell; NULL: EDK2's five */
	/* the shim that booted this machine, whose mirrors vars holds; NULL: image[0] is that same file */
	const struct reader *running_shim;
	const struct sb_image *image;   /* image[0] is started by the firmware; the rest are verified by it when it is shim */
	size_t n_images;
};

/*
 * All events of PCR 7 and PCR 14 that this boot will measure, in order (the two PCRs interleaved as shim does).
 * -EKEYREJECTED when an image would not be allowed to run, -EBADMSG, -EOPNOTSUPP for what the model does not know.
 */
int secureboot_events(const struct sb_boot *boot, struct error *err, struct event_list *ret);

/*
 * What the log itself says of the variables: fills those members of ret that are empty and that the log's events
 * carry (SecureBoot, PK, KEK, db, dbx, SbatLevel). Each event's digest is computed again from its data first:
 * -EBADMSG when it differs. ret_from_log (may be NULL) says whether anything was taken. Points into the log's bytes.
 */
int secureboot_vars_from_log(const struct eventlog *log, struct error *err, struct sb_vars *ret, bool *ret_from_log);

#endif
