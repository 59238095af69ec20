#include "measure/grub/measure.h"

#include <errno.h>
#include <string.h>

#include "hash/hash.h"
#include "measure/grub/arena.h"
#include "measure/grub/grub.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"

void grub_measure(struct grub *g, uint32_t pcr, uint32_t type, const char *what, const uint8_t *digest)
{
	int r;

	if (++g->measured > GRUB_MAX_EVENTS)
		grub_stop(g, -E2BIG, "%s:%u: more than %u measurements",
			  g->where_name ? g->where_name : "GRUB", g->where_line, GRUB_MAX_EVENTS);
	if (g->list_only)
		return;
	grub_charge(g, strlen(what) + 1);
	r = event_list_add(&g->out->events, pcr, type, digest, what);
	if (r < 0)
		grub_stop(g, r, "an event cannot be recorded");
}

void grub_measure_text(struct grub *g, const char *prefix, const char *text)
{
	uint8_t digest[SHA256_LEN];
	int r = hash_sha256(text, strlen(text), digest);

	if (r < 0)
		grub_stop(g, r, "SHA-256 is not available");
	grub_measure(g, GRUB_PCR_COMMANDS, GRUB_EV_IPL, grub_format(g, "%s%s", prefix, text), digest);
}
