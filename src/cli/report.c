#include "cli/report.h"

#include <stdio.h>

static void notes(const char *title, const struct forecast_note *note, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%-12s %s: %s\n", i == 0 ? title : "", note[i].what, note[i].why);
}

void report_forecast(const struct forecast *f, bool what_was_accepted)
{
	for (size_t i = 0; i < f->path_count; i++)
		printf("%-12s %s\n", i == 0 ? "Unlocks" : "", f->path[i].label);
	notes("Left out", f->left_out, f->left_out_count);
	if (what_was_accepted)
		notes("Accepted", f->accepted, f->accepted_count);
	notes("Refused", f->refused, f->refused_count);
	notes("Warning", f->warning, f->warning_count);
}

void report_next_boot(const struct reseal_report *r)
{
	const char *label = NULL;

	for (size_t i = 0; i < r->forecast.path_count; i++)
		if (r->forecast.path[i].is_default)
			label = r->forecast.path[i].label;
	if (label)
		printf("%-12s %s will unlock by itself\n", "Next boot", label);
	else
		printf("%-12s WILL ASK FOR THE PASSPHRASE: the default boot path is not in the policy\n", "Next boot");
}
