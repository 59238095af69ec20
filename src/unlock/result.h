/*
 * What this boot's unlock did, for the installed system: DIR/unlock.json, DIR being /run/bootseal.
 *
 * Written once per boot, by the first run that makes a decision (waiting for a device is none), so that
 * later manual runs do not overwrite it. All on one line:
 *
 * {"version":1,"command":"open","exit":5,"window":"closed","reason":"PCR 8 (boot loader commands ...)
 * differs ...", "generation":7,"branch":3,"differing":[8],
 * "targets":[{"name":"cryptroot","uuid":"...","result":"policy","reason":"..."}],
 * "ms":{"devices":0.1,"headers":1.2,"pcrs":3.0,"unseal":9.0,"window":4.0,"activate":60.0,"total":77.3}}
 *
 * command: "open" or "close" (the last step before the root is mounted or a shell starts). exit: enum
 * unlock_exit. window: "closed", "open", or "none" without a TPM. reason: "" when all volumes were
 * unlocked. generation, branch: the number and id that matched; null when none did. differing: PCRs that
 * differ from the nearest branch. result of a target: "opened", "exists", "absent", "header", "token",
 * "policy", "no-tpm", "failed". ms: wall time of each step, null when it was not reached.
 *
 * Beside it: DIR/reason, the line for the person at the prompt, absent when all volumes were unlocked; and
 * DIR/prompt, the line of the last run with what to type, for a splash screen.
 */
#ifndef UNLOCK_RESULT_H
#define UNLOCK_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "unlock/target.h"

enum step { STEP_DEVICES, STEP_HEADERS, STEP_PCRS, STEP_UNSEAL, STEP_WINDOW, STEP_ACTIVATE, STEP_TOTAL, STEP_COUNT };

enum window { WINDOW_OPEN, WINDOW_CLOSED, WINDOW_NONE };

struct result {
	const char *command;
	int exit;
	enum window window;
	struct error reason;
	bool matched;
	uint32_t generation, branch; /* when matched */
	uint32_t differing;          /* mask */
	double ms[STEP_COUNT];       /* below zero: not reached */
	double started, step_started;
};

/* Starts the clock. */
void result_begin(struct result *r, const char *command);
/* Ends a step: its time is what passed since the last step ended. */
void result_step(struct result *r, enum step step);
/* Writes reason and unlock.json, unless an earlier run of this boot has written them. */
int result_write(const struct result *r, const struct targets *t, const char *dir, struct error *err);
/* The reason that an earlier run of this boot left, "" when none did. */
void result_reason(const char *dir, struct error *ret);

#endif
