/* The variables that decide what Secure Boot measures and lets run. */
#ifndef MEASURE_EFI_SECUREBOOT_VARS_H
#define MEASURE_EFI_SECUREBOOT_VARS_H

#include "base/reader.h"

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

#endif
