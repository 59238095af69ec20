/*
 * The boot result: what bootseal-unlock did in this boot, for the installed system.
 * /run/bootseal/unlock.json, written by the one program and read by the other. On one line:
 *
 *   {"version":1,"command":"open","exit":5,"window":"closed","reason":"PCR 8 (boot loader ...) differs ...",
 *    "generation":7,"branch":3,"differing":[8],
 *    "targets":[{"name":"cryptroot","uuid":"...","result":"policy","reason":"..."}],
 *    "ms":{"devices":0.1,"headers":1.2,"pcrs":3.0,"unseal":9.0,"window":4.0,"activate":60.0,"total":77.3}}
 *
 * command: "open" or "close" (the last step before the root is mounted or a shell starts). exit: enum
 * unlock_exit. window: "closed", "open", or "none" without a TPM. reason: "" when all volumes were
 * unlocked. generation, branch: the number and id that matched; null when none did. differing: PCRs that
 * differ from the nearest branch. result of a target: "opened", "exists", "absent", "header", "token",
 * "policy", "no-tpm", "failed", "pin". ms: wall time of each step, null when it was not reached.
 */
#ifndef SEAL_BOOT_RESULT_H
#define SEAL_BOOT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/pcr.h"
#include "seal/anchor.h"

#define BOOT_RESULT_FILE "unlock.json" /* in /run/bootseal */
#define BOOT_RESULT_MAX_LEN 65536

enum step {
	STEP_DEVICES,
	STEP_HEADERS,
	STEP_PCRS,
	STEP_UNSEAL,
	STEP_WINDOW,
	STEP_ACTIVATE,
	STEP_TOTAL,
	STEP_COUNT,
};

enum window { WINDOW_OPEN, WINDOW_CLOSED, WINDOW_NONE };

enum outcome {
	TARGET_WAITING,  /* nothing is decided */
	TARGET_OPENED,
	TARGET_EXISTS,   /* the mapping was there */
	TARGET_ABSENT,   /* no device yet */
	/* not the enrolled header, or it cannot be checked: no passphrase prompt without a warning */
	TARGET_HEADER,
	TARGET_TOKEN,    /* the enrolled header, but its token or keyslot cannot be used */
	TARGET_POLICY,
	TARGET_NO_TPM,
	TARGET_FAILED,
	TARGET_PIN,      /* no PIN, a wrong one, or the TPM takes none now */
	TARGET_OUTCOMES,
};

struct boot_result {
	char command[16];
	int exit; /* enum unlock_exit */
	enum window window;
	struct error reason;
	bool matched;
	uint32_t generation, branch; /* when matched */
	pcr_mask differing;
	struct boot_result_target {
		char name[TARGET_NAME_MAX];
		char uuid[37];
		enum outcome outcome; /* one that is still waiting is written as failed */
		struct error why;
	} target[TARGET_MAX];
	size_t target_count;
	double ms[STEP_COUNT]; /* below zero: not reached */
};

/* Bytes outside of printable ASCII become '?'. -ENOMEM. */
int boot_result_format(const struct boot_result *r, struct buffer *ret);

/*
 * -EBADMSG. The programs may be of different versions: an outcome without a known name is a failure, a window
 * without one WINDOW_NONE, and command, differing, the other members of a target and the single steps may be
 * missing.
 */
int boot_result_parse(const char *text, size_t n, struct error *err, struct boot_result *ret);

#endif
