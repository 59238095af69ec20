/* Small files of one line in the run directory (/run/bootseal, 0755), which is made when it is missing. */
#ifndef UNLOCK_RUN_FILE_H
#define UNLOCK_RUN_FILE_H

#include <stdbool.h>

#include "base/error.h"

/* There while the window is open because all that is to be opened is absent: local-premount then waits before it closes. */
#define RUN_WAITING "waiting"
/* There from before the TPM's key opens a volume until lock has taken all of them away. */
#define RUN_OPENED "opened"

bool run_file_exists(const char *dir, const char *name);
/* The text without its line end, "" when there is no such file. */
void run_file_read(const char *dir, const char *name, struct error *ret);
/* Writes the text and a line end. */
int run_file_write(const char *dir, const char *name, const char *text, struct error *err);
/* Fine when it is not there. */
int run_file_remove(const char *dir, const char *name, struct error *err);

#endif
