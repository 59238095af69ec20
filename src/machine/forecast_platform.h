/* What the firmware of this machine may do before the next boot starts: for forecast.c. */
#ifndef MACHINE_FORECAST_PLATFORM_H
#define MACHINE_FORECAST_PLATFORM_H

#include "machine/forecast.h"
#include "measure/boot/platform.h"

#define PLATFORMS_MAX 6

struct platforms {
	struct event_list first;                    /* as boot_facts.platform */
	struct boot_platform other[PLATFORMS_MAX];  /* as boot_facts.platforms */
	size_t n;
};

/*
 * The forms that the next boot may find. trusted: this boot may add one that was not seen before; otherwise
 * they are those of earlier boots, so that what is sealed stays sealed. f: gets the attempts to be kept, and
 * a warning where this boot is not among the forms.
 */
int platforms_find(const struct event_list *logged, const struct attempts *seen, bool trusted,
		   struct forecast *f, struct platforms *ret);
/* Is a boot with so many among the forms, after trusted boots with those? */
bool platforms_cover(const struct attempts *seen, unsigned failed);
void platforms_free(struct platforms *p); /* fine twice */

#endif
