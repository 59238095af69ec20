/*
 * What everybody who logs in is told until it is settled: /run/motd.d/bootseal, which pam_motd shows. Absent when there is nothing to tell.
 */
#ifndef MACHINE_RECORD_NOTICE_H
#define MACHINE_RECORD_NOTICE_H

#include "base/error.h"
#include "machine/system/machine.h"

#define NOTICE_PATH "/run/motd.d/bootseal"

/* Writes or removes it by how this boot was opened, whether root has accepted that since, and how the last reseal went. */
int notice_update(const struct machine *m, struct error *err);

#endif
