/* Any bytes as an environment block: read it, change it, and what was set must be read back. */
#include <stdlib.h>
#include <string.h>

#include "measure/grub/env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int look(void *context, const char *name, const char *value)
{
	if (!strcmp(name, "next_entry") && !strcmp(value, "a\\b\nc"))
		++*(int *)context;
	return strlen(name) + strlen(value) > 1u << 20;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len + 1);
	int seen = 0;

	if (!copy)
		return 0;
	memcpy(copy, data, len);
	grub_env_each(copy, len, look, &seen);
	grub_env_unset(copy, len, "next_entry");
	seen = 0;
	/*
	 * a block with the variable twice, or broken before it, may hide what was set: then it only must
	 * not crash
	 */
	if (!grub_env_set(copy, len, "next_entry", "a\\b\nc") && len == 64 && grub_env_each(copy, len, look,
		&seen) < 0)
		abort();
	grub_env_set(copy, len, "a", "");
	grub_env_unset(copy, len, "a");
	free(copy);
	return 0;
}
