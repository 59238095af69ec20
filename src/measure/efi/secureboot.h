/*
 * PCR 7 and PCR 14: Secure Boot's variables, and whose signature let each image run.
 *
 * TCG PC Client Platform Firmware Profile 1.06, section 3.3.4.8 (PCR 7); EDK2's Tcg2Dxe and DxeImageVerificationLib;
 * shim's mok.c, verify.c and tpm.c for what shim adds. Pure: variable contents and files are passed in.
 */
#ifndef MEASURE_EFI_SECUREBOOT_H
#define MEASURE_EFI_SECUREBOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "measure/log/event.h"
#include "measure/log/eventlog.h"

/*
 * Contents of UEFI variables without efivarfs' four bytes of attributes. .at == NULL: not known, the log's word is
 * taken where it has one; .at set and .left == 0: known not to be there. sb_absent() makes the latter. (Of SbatLevelRT,
 * MokListRT and MokListXRT both mean unknown.)
 *
 * The first five are the firmware's (global GUID; db and dbx: image security GUID), the others shim's
 * (605dab50-e046-4300-abb6-3dd810dd8b23). shim's own variables are hidden from Linux: what it measures into PCR 7 and
 * PCR 14 is bit by bit what it also puts into the mirrors ("...RT") that it makes at every boot (mok.c,
 * mirror_one_mok_variable). Only where a mirror had to be split over MokListRT, MokListRT1, ... it is not; then the
 * log's digest is carried over.
 */
struct sb_vars {
	struct reader secure_boot, pk, kek, db, dbx;
	struct reader sbat_level_rt;        /* SbatLevelRT */
	struct reader sbat_policy;          /* SbatPolicy: a pending request to shim, gone after the next boot */
	struct reader mok_list_rt;          /* MokListRT */
	struct reader mok_list_x_rt;        /* MokListXRT */
	struct reader mok_list_trusted_rt;  /* MokListTrustedRT */
	struct reader mok_sb_state_rt;      /* MokSBStateRT: there only when validation was switched off in shim */
	struct reader mok_policy_rt;        /* MokPolicyRT */
	struct reader mok_ignore_db;        /* MokIgnoreDB */
};

static inline struct reader sb_absent(void)
{
	return reader_new("", 0);
}

/* One image in the order in which a boot verifies it: shim (or whatever the firmware starts), GRUB, kernel, ... */
struct sb_image {
	const char *name; /* for messages */
	struct reader file;
	uint8_t digest[SHA256_LEN]; /* Authenticode, from pe_image_digest() */
};

struct sb_boot {
	const struct sb_vars *vars;
	const struct eventlog *log; /* the running boot's: for what the variables do not tell; NULL: EDK2's five */
	/*
	 * The shim that booted this machine and made the mirrors; NULL: image[0] is that same file (an error follows when
	 * the mirrors say that it is not).
	 */
	const struct reader *running_shim;
	const struct sb_image *image; /* image[0] is started by the firmware, the others by it or, if it is one, by shim */
	size_t n_images;
};

/*
 * All events of PCR 7 and PCR 14 that this boot will measure, in order (the two PCRs interleaved as shim does).
 * -EKEYREJECTED when an image would not be allowed to run, -EBADMSG for malformed input, -EOPNOTSUPP for what the
 * model does not know. ret_carried (may be NULL) says whether an event was taken over from the log although its data
 * could not be checked.
 */
int secureboot_events(const struct sb_boot *boot, struct error *err, struct event_list *ret, bool *ret_carried);

/*
 * What the log itself says of the variables: fills those members of vars that are not known and that the log's events
 * carry (SecureBoot, PK, KEK, db, dbx, SbatLevel). Each event's digest is computed again from its data first:
 * -EBADMSG when it differs. Points into the log's bytes.
 */
int secureboot_vars_from_log(const struct eventlog *log, struct error *err, struct sb_vars *vars);

#endif
