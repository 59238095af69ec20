/* One-line files in the run directory (/run/bootseal, 0755), which is created when it is missing. */
#ifndef UNLOCK_RUN_FILE_H
#define UNLOCK_RUN_FILE_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Exists while the window is open because every device is absent: local-premount then waits before it closes
 * the window.
 */
#define RUN_WAITING "waiting"
/* The question for the PIN, while the window is open because of it: the boot script asks (unlock/pin.h). */
#define RUN_ASK_PIN "ask-pin"
/* Exists from before the TPM unlocks a volume until `lock` has closed all of them. */
#define RUN_OPENED "opened"

bool run_file_exists(const char *dir, const char *name);
/* The text without its line end, "" when there is no such file. */
void run_file_read(const char *dir, const char *name, struct error *ret);
/* Writes the text and a line end. */
int run_file_write(const char *dir, const char *name, const char *text, struct error *err);
/* 0 also when there is no such file. */
int run_file_remove(const char *dir, const char *name, struct error *err);

#endif
