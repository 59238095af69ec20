#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "peak.h"

long peak_mib(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss >> 10;
}

void peak_grew_by(long before, long least, long most)
{
#ifndef __SANITIZE_ADDRESS__
	assert_in_range(peak_mib() - before, least, most);
#endif
}
