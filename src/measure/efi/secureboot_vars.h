/* The variables that decide what Secure Boot measures and lets run. */
#ifndef MEASURE_EFI_SECUREBOOT_VARS_H
#define MEASURE_EFI_SECUREBOOT_VARS_H

#include "base/reader.h"

/*
 * Contents of UEFI variables without efivarfs' four bytes of attributes. .at == NULL: unknown, taken from the
 * log if it has the variable; .at set and .left == 0 (sb_absent()): known not to exist. For SbatLevelRT,
 * MokListRT and MokListXRT both mean unknown.
 *
 * The first five are the firmware's (global GUID; db and dbx: image security GUID), the others shim's
 * (605dab50-e046-4300-abb6-3dd810dd8b23). shim hides its own variables from Linux, but makes mirrors of them
 * ("...RT") at every boot, which hold exactly the bytes that it measures into PCR 7 and PCR 14 (shim's
 * mok.c, mirror_one_mok_variable). The exception is a mirror that was split over MokListRT, MokListRT1, ...:
 * then the log's digest is used.
 */
struct sb_vars {
	struct reader secure_boot, pk, kek, db, dbx;
	struct reader sbat_level_rt;        /* SbatLevelRT */
	struct reader sbat_policy;          /* SbatPolicy: a request that shim carries out and removes */
	struct reader mok_list_rt;          /* MokListRT */
	struct reader mok_list_x_rt;        /* MokListXRT */
	struct reader mok_list_trusted_rt;  /* MokListTrustedRT */
	struct reader mok_sb_state_rt;      /* MokSBStateRT: only when validation is disabled in shim */
	struct reader mok_policy_rt;        /* MokPolicyRT */
	struct reader mok_ignore_db;        /* MokIgnoreDB */
};

static inline struct reader sb_absent(void)
{
	return reader_new("", 0);
}

#endif
