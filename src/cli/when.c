#include "cli/when.h"

#include <stdio.h>
#include <time.h>

#define SENSIBLE_TIME 1577836800 /* the year 2020 */

void when(int64_t seconds, char ret[static WHEN_MAX])
{
	time_t t = seconds;
	struct tm tm;

	/* the clock was not set yet */
	if (seconds < SENSIBLE_TIME || !localtime_r(&t, &tm) ||
	    strftime(ret, WHEN_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(ret, WHEN_MAX, "an unknown time");
}
