/* A time for people. */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stdint.h>

#define WHEN_MAX 64

/* "2026-11-29 21:19", local time; "an unknown time" where the clock was not set. */
void when(int64_t seconds, char ret[static WHEN_MAX]);

#endif
