/* The fixture of a test behind wire.h, which is at rest before and after it. */
#ifndef TESTS_WIRE_FIXTURE_H
#define TESTS_WIRE_FIXTURE_H

#include "fixture.h"
#include "wire.h"

extern struct fixture wired;

int wire_setup(void **state);
int wire_teardown(void **state);
#define wire_test(f) cmocka_unit_test_setup_teardown(f, wire_setup, wire_teardown)

#endif
