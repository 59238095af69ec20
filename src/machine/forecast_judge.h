/* Is a boot path accepted? Its files are vouched for, its command line is known, its initrds are proven. */
#ifndef MACHINE_FORECAST_JUDGE_H
#define MACHINE_FORECAST_JUDGE_H

#include "machine/forecast.h"
#include "machine/trust/initrd_check.h"

struct judged;

struct judge {
	struct chain *chain;
	const struct forecast_options *options;
	/* its manifest, and its lists of what is accepted and refused, are filled */
	struct forecast *forecast;
	struct vouch vouch;
	struct initrd_check initrds;
	struct buffer words; /* see vouch_words() */
	struct judged *judged; /* owned: each file is asked about once */
	size_t judged_count;
	const struct state *state; /* for bootpath_options.was_sealed */
	bool quiet; /* of the path that is judged: nobody waits for it */
};

/* before: the manifest as it was accepted. All but ret are borrowed until judge_free(). */
int judge_new(struct chain *c, const struct forecast_options *o, const struct manifest *before,
	      struct forecast *f, struct judge *ret);
void judge_free(struct judge *j); /* fine twice */

/*
 * For bootpaths_find(); context is the judge. 0; -EPERM and why not in err; other errors end the forecast.
 * What is refused is listed for an expected path only. Expected ones must be asked about first.
 */
int judge_admit(void *context, const struct prediction *p, bool expected, struct error *err);

#endif
