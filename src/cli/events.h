/*
 * What the system's log hears of us, where a command is about this machine: one entry for each result that an
 * administrator may look for, with fields (bootseal-messages(7) lists them), whoever ran the command; and
 * each warning and error where no person sees standard error. All of it under the identifier "bootseal".
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "machine/reseal.h"
#include "machine/system/machine.h"

/* journalctl MESSAGE_ID=...; hooks/bootseal.catalog explains each. An interface: they stay. */
#define EVENT_BOOT_UNLOCKED "fac68bf9c6ee435dad909858fca578fe"
#define EVENT_BOOT_ASKED "e8bf14207f1342e0900440a5b91c43e8"
#define EVENT_POLICY_MOVED "ded2d7c244f147379578f5cea73b1353"
#define EVENT_POLICY_KEPT "fbc098425fc84bb1b888644461b43a07"
#define EVENT_ENROLMENT "233871273092406d8c490f69bf459743"
#define EVENT_REMOVAL "5b732bc07001443281386e9316a85cd4"
#define EVENT_RECOVERY_KEY "3269a1c311e24cc9bd4211879e65d8e6"
#define EVENT_REFUSED "95daef06852b40c2bd6f142aabcfbf75"

/* The command, which is about this machine and runs as root. Before it nothing is logged. */
void events_begin(const char *command);
/* Of the log's listener (base/log.h). */
void events_hear(int priority, const char *text);

/* After a reseal. r, why: how it ended. Nothing where all is as it was, and the next boot unlocks. */
void event_policy(const struct machine *m, const struct reseal_report *report, int r, const char *why);
/* After an enrolment. */
void event_enrolment(const struct machine *m, const struct reseal_report *report, int r, const char *why);
/* The TPM's key was removed: from all volumes, or only from that one (NULL: all). */
void event_removal(const char *volume);
/* A new recovery key was handed out, or (removed) the one that there was is gone; r, why: or not. */
void event_recovery_key(const struct machine *m, bool removed, int r, const char *why);
/* How this boot was unlocked; at boot. verdict: of the model, "" where there is none. */
void event_boot(const struct machine *m, const char *verdict);
/* A device, or a volume, that is not what was enrolled: not used. */
void event_refused(const char *device, const char *volume, const char *why);

#endif
