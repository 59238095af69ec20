/* What an enrolment or a reseal of the fake machine led to. */
#ifndef TESTS_OUTCOME_H
#define TESTS_OUTCOME_H

#include "world.h"

/* One of them is about that, and says that: parts of its texts. */
bool notes_have(const struct forecast_note *list, size_t n, const char *what, const char *why);
/* The test fails where it is not so; why: a part of what is said, "" for any. */
void refused(const struct world *w, const char *what, const char *why);
void left_out(const struct world *w, const char *what, const char *why);
/* Some boot path starts the kernel of that release. */
bool has_path(const struct world *w, const char *release);
/* Its path, until the next call. */
const char *initrd_of(const char *release);
struct state state_of(struct world *w);

/* Enrols, and boots by the TPM. */
void enrolled(struct world *w);
/* Does that, installs the newer kernel, and boots by the TPM. */
void upgraded(struct world *w);
/* How many of the handles for our policy index the TPM has. */
size_t indices(struct world *w);

#endif
