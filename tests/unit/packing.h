/* Compressed data for tests, made by the programs that Debian makes it with. */
#ifndef TESTS_PACKING_H
#define TESTS_PACKING_H

#include "base/buffer.h"

/* Runs argv with `in` as its input; what it prints is added to ret. A failure ends the test. */
void pack(const char *const *argv, const struct buffer *in, struct buffer *ret);

#endif
