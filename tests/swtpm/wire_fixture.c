#include "wire_fixture.h"

struct fixture wired;

int wire_setup(void **state)
{
	wire_reset();
	return fixture_setup(&wired, 8, 3);
}

int wire_teardown(void **state)
{
	wire_reset();
	fixture_teardown(&wired);
	return 0;
}
