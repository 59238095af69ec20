/*
 * The notice that everyone who logs in sees until its cause is settled: /run/motd.d/bootseal, which pam_motd
 * shows. Absent without a cause.
 */
#ifndef MACHINE_RECORD_NOTICE_H
#define MACHINE_RECORD_NOTICE_H

#include "base/error.h"
#include "machine/system/machine.h"

#define NOTICE_PATH "/run/motd.d/bootseal"

/*
 * Writes or removes it, depending on how this boot was unlocked, whether root accepted it since, and the
 * result of the last reseal.
 */
int notice_update(const struct machine *m, struct error *err);

#endif
