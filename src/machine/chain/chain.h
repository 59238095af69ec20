/*
 * The boot chain of this machine: read it, calibrate against the boot that runs, forecast the next boots,
 * vouch for what changed. The order in which reseal uses it:
 *
 *	machine_init, chain_load            read log, variables, ESP, /boot
 *	chain_calibrate                     or the verdict that was recorded earlier in this boot
 *	chain_forecast                      branches, what was left out, what was refused
 *	(make the inputs durable)
 *	chain_still_same                    nothing moved meanwhile
 *	forecast_accept                     the manifest, before the policy index is written
 *
 * Only firmware -> shim -> GRUB -> Linux with PCRs 4, 7, 8, 9 and 14 so far; another chain is -EOPNOTSUPP
 * with words.
 */
#ifndef MACHINE_CHAIN_CHAIN_H
#define MACHINE_CHAIN_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "hash/hash.h"
#include "machine/system/machine.h"
#include "measure/log/event.h"
#include "seal/policy.h"
#include "seal/tpm.h"

struct chain;

/*
 * -ENODATA: no event log (no measured boot); -EBADMSG: a malformed one; -EOPNOTSUPP: a chain without a model.
 */
int chain_load(const struct machine *m, struct error *err, struct chain **ret);
void chain_free(struct chain *c); /* fine on NULL */

/* For status: "shim 16.1, GRUB 2.06, Secure Boot on"; owned by the chain. */
const char *chain_summary(const struct chain *c);

enum verdict {
	VERDICT_EXACT,          /* the model reproduces this boot event by event */
	VERDICT_INPUTS_CHANGED, /* it does with the logged digests of the files that are named: they changed since */
	VERDICT_MISMATCH,       /* it does not: see reason */
};

/*
 * An input of this boot and what was measured of it: kept so that a later judgement in the same boot stays
 * valid.
 */
struct calibration_file {
	char *path;                 /* "/boot/initrd.img-6.1.0-55-amd64"; a variable by its name: "db" */
	uint8_t measured[SHA256_LEN]; /* SHA-256, as PCR 9 has it; Authenticode for what only PCR 4 has (shim, GRUB) */
	bool authenticode;
	bool changed;               /* on disk it was something else already when the verdict was made */
};

struct calibration {
	char boot_id[37];
	enum verdict verdict;
	char *label;  /* boot path that ran: "Linux 6.1.0-55-amd64 (default)"; NULL on a mismatch */
	char *entry;  /* GRUB's identifiers, joined by ">" */
	char *reason; /* what a person must know; NULL when exact */
	uint8_t pcrs[PCR_COUNT][SHA256_LEN]; /* the TPM's values at that time, of PCRS_GRUB */
	struct calibration_file *file; /* owned */
	size_t file_count;
};

#define CALIBRATION_NONE ((struct calibration){ .label = NULL })
#define CALIBRATION_PATH MACHINE_RUN_DIR "/calibration.json"

void calibration_free(struct calibration *c); /* fine twice */

/*
 * The verdict on this boot. A verdict recorded earlier in it is returned as it is, unless `again`; else it is
 * made, and recorded when `record`. pcrs: what the TPM holds (PCR 15 does not matter), NULL: not compared. A
 * mismatch is a verdict, not an error. -EBADMSG: the log does not replay to the TPM's values; other errors:
 * no verdict could be made.
 */
int chain_calibrate(struct chain *c, const uint8_t (*pcrs)[SHA256_LEN], bool again, bool record, struct error *err,
		    struct calibration *ret);
/* Just the recorded one. -ENODATA when there is none of this boot. */
int calibration_read(const struct machine *m, struct error *err, struct calibration *ret);

enum vouching {
	VOUCH_NOT,            /* predict only: nothing is judged, nothing refused */
	VOUCH_CHANGES,        /* reseal: what differs from the manifest must be vouched for */
	VOUCH_NOTHING,        /* reseal after a boot that the TPM did not open: whatever differs from the manifest is refused */
	VOUCH_FIRST,          /* enrolment: as VOUCH_CHANGES, and what the calibrated boot used is accepted as it ran */
	VOUCH_ACCEPT_CURRENT, /* the administrator's word: accepted all, and listed */
};

struct forecast_options {
	const struct calibration *calibration; /* may be NULL with VOUCH_NOT */
	enum vouching vouching;
	bool root_shells;      /* recovery mode and the like, too */
	bool without_proof;    /* predict: show also paths whose initrd is not proven */
};

/* One boot path, one branch. */
struct forecast_path {
	char *key;     /* stable across reseals and unique in a forecast: entry identifiers and variant */
	char *label;   /* for people: "Linux 6.1.0-56-amd64 (default)" */
	char *release; /* "6.1.0-56-amd64" */
	char *kernel, *initrd; /* "/boot/vmlinuz-..."; initrd may be several, joined by spaces */
	char *cmdline;
	bool is_default; /* what boots when nobody touches the keyboard, everything being as it is now */
	struct event_list events; /* of PCRs 4, 7, 8, 9, 14, in order */
	uint8_t pcrs[PCR_COUNT][SHA256_LEN]; /* after them; only those PCRs count */
};

struct forecast_note {
	char *what; /* path's label, or the file's path */
	char *why;  /* one sentence; for a refused file also what to do */
};

struct forecast {
	struct forecast_path *path; /* the default first; at most BRANCH_MAX; all composites differ */
	size_t path_count;
	struct forecast_note *left_out; /* boot paths that get no branch, and why */
	size_t left_out_count;
	/*
	 * Files that nobody vouches for. The paths that need them are in left_out already, so what remains
	 * may be sealed.
	 */
	struct forecast_note *refused;
	size_t refused_count;
	struct forecast_note *accepted; /* new or changed files that are accepted now, and on whose word */
	size_t accepted_count;
	struct forecast_note *warning; /* other ways in: dropbear-initramfs, ... */
	size_t warning_count;
	bool default_lacks_initrd; /* the default entry: it does not even come to a prompt */
	bool pending; /* among the warnings is a request that makes the next boot another one than is predicted */
	struct manifest *manifest; /* what forecast_accept() would write */
};

#define FORECAST_NONE ((struct forecast){ .path = NULL })

/* 0 also when path_count is 0. */
int chain_forecast(struct chain *c, const struct forecast_options *o, struct error *err, struct forecast *ret);
void forecast_free(struct forecast *f); /* fine twice */
/* Takes path i out, for a reason that the forecast could not know: it becomes one of the refused. */
int forecast_refuse_path(struct forecast *f, size_t i, const char *why);

/* After the inputs were made durable: -ESTALE naming the file that is no longer what was forecast. */
int chain_still_same(struct chain *c, struct error *err);
/* Writes the manifest, durably. Not after VOUCH_NOT. */
int forecast_accept(const struct machine *m, const struct forecast *f, struct error *err);

/*
 * The initramfs post-update hook says that it has just made this initrd for this kernel release: recorded in
 * the manifest at once. The caller has made sure that this boot was opened by the TPM (design, 8). -EINVAL
 * when the file is not that release's initrd ("/boot/initrd.img-RELEASE").
 */
int machine_vouch_initrd(const struct machine *m, const char *release, const char *path, struct error *err);

#endif
