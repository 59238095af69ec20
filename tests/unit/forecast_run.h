/*
 * One run of the tool on the machine of machine_sample.h, and what it says of a file and of the default
 * entry.
 */
#ifndef TESTS_FORECAST_RUN_H
#define TESTS_FORECAST_RUN_H

#include "machine/forecast.h"
#include "machine_sample.h"

#define DEFAULT_PATH "Linux " M_RELEASE " (default)"

/* One run of the tool: load, calibrate (with the verdict of this boot), forecast. */
struct run {
	struct chain *chain;
	struct calibration calibration;
	struct forecast f;
};

void run_start(struct run *r, const struct tree *t, enum trust_mode trust);
void run_end(struct run *r);
/* Why: of that file or path; NULL when nothing is noted of it. */
const char *note_of(const struct forecast_note *n, size_t count, const char *what);
/* The first boot path is the default entry. */
bool run_has_default(const struct run *r);
/* As after a reseal: the files are in the manifest. */
void run_accept(const struct tree *t, const struct run *r);

/* A machine whose files were accepted once. */
void make_enrolled(struct tree *t);

/* Reseal says that this file is refused, and the path that needs it has no branch. */
void expect_refused(const struct tree *t, enum trust_mode how, const char *file, const char *says);
void expect_accepted(const struct tree *t, enum trust_mode how, const char *file, const char *word);
/* The system's grub-mkconfig is that shell script. */
void make_mkconfig(const struct tree *t, const char *script);

#endif
