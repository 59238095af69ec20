/*
 * What `bootseal enroll --without-log` chose: this machine's event log is damaged or wrong, and each boot is
 * told from the values of the PCRs instead (machine/chain/no_log.h). An empty file would do; it says what it
 * is for. It is on the encrypted root, and it loosens nothing: the PCRs' values prove no less than a log.
 */
#ifndef MACHINE_RECORD_WITHOUT_LOG_H
#define MACHINE_RECORD_WITHOUT_LOG_H

#include <stdbool.h>

#include "base/error.h"
#include "machine/system/machine.h"

#define WITHOUT_LOG_PATH MACHINE_STATE_DIR "/without-log"

bool without_log_is_set(const struct machine *m);
/* Writes nothing where it is so already. The state's directory is there. */
int without_log_set(const struct machine *m, bool on, struct error *err);

#endif
