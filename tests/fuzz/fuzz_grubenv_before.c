/*
 * An environment block as it is now; what was measured is the same block after a change that a boot makes, or
 * something else altogether.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hash/hash.h"
#include "measure/grub/env_before.h"
#include "measure/grub/env.h"
#include "measure/log/tcg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/*
 * First byte: which change. Second: how many bytes of what follows are an event's text; the rest is the
 * block.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const variables[] = { "recordfail", "next_entry", "prev_saved_entry",
						 "saved_entry" };
	struct event_list log = EVENT_LIST_NONE;
	uint8_t measured[SHA256_LEN] = { 0 }, found[SHA256_LEN];
	uint8_t *block, *before;
	char what[256] = "";
	size_t used;

	if (n < 2 || data[1] > n - 2)
		return 0;
	memcpy(what, data + 2, data[1]);
	used = 2 + data[1];
	n -= used;
	block = malloc(2 * n + 1);
	if (!block)
		return 0;
	if (event_list_add(&log, 8, EV_IPL, measured, what) < 0)
		goto out;
	before = block + n;
	memcpy(before, data + used, n);
	if (data[0] & 1)
		grub_env_set(before, n, variables[data[0] >> 1 & 3], data[0] & 8 ? "1" : "");
	if (data[0] & 16)
		grub_env_unset(before, n, variables[data[0] >> 5 & 3]);
	hash_sha256(before, n, measured);
	memcpy(block, data + used, n);
	/* what is found is what was measured */
	if (grubenv_before(block, n, measured, &log, before) == 0) {
		hash_sha256(before, n, found);
		if (memcmp(found, measured, SHA256_LEN) != 0)
			abort();
	}
out:
	event_list_free(&log);
	free(block);
	return 0;
}
