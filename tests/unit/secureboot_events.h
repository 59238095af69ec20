/* All that a boot measures of Secure Boot, as a list of the caller's. */
#ifndef SECUREBOOT_EVENTS_H
#define SECUREBOOT_EVENTS_H

#include "measure/efi/secureboot.h"

/* As secureboot_new(); ret_carried may be NULL. */
static inline int secureboot_events(const struct sb_boot *boot, struct error *err, struct event_list *ret,
				    bool *ret_carried)
{
	struct secureboot *s;
	int r = secureboot_new(boot, err, &s);

	if (r < 0)
		return r;
	*ret = EVENT_LIST_NONE;
	r = event_list_append(ret, secureboot_measured(s));
	if (ret_carried)
		*ret_carried = secureboot_carried(s);
	secureboot_free(s);
	return r;
}

#endif
