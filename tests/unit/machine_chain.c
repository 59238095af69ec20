#include "machine_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct chain *loaded(const struct tree *t)
{
	struct error err = ERROR_NONE;
	struct chain *c = NULL;

	if (chain_load(&t->machine, &err, &c) < 0)
		fail_msg("%s", err.text);
	return c;
}

void calibrated(const struct tree *t, bool again, bool record, struct calibration *ret)
{
	const struct calibrate_options o = { .again = again, .record = record };
	struct error err = ERROR_NONE;
	struct chain *c = loaded(t);

	if (chain_calibrate(c, &o, &err, ret) < 0)
		fail_msg("%s", err.text);
	chain_free(c);
}
