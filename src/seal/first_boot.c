#include "seal/first_boot.h"

int first_boot_policy(const struct first_boot_sealed *s, uint8_t ret[static SHA256_LEN])
{
	uint8_t digest[SHA256_LEN];
	int r = policy_root(s->mask, s->branch, s->branch_count, digest);

	if (r == 0)
		r = policy_counter_timer(digest, s->resets, digest);
	return r < 0 ? r : policy_activate(digest, ret);
}
