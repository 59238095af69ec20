#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seal/crypttab.h"
#include "seal/crypttab_cmdline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const struct crypttab *t)
{
	if (t->count > CRYPTTAB_MAX)
		abort();
	for (size_t i = 0; i < t->count; i++) {
		const struct crypttab_entry *e = &t->entry[i];

		if (strlen(e->name) == 0 || strchr(e->name, '/') || strlen(e->device) == 0 ||
		    (e->device[0] != '/' && !e->unsupported[0]))
			abort();
	}
}

/* The same bytes as a crypttab and as a command line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct error err = ERROR_NONE;
	struct crypttab t = { .count = 0 };

	if (crypttab_parse(data, n, "fuzz", &err, &t) == 0)
		check(&t);
	if (crypttab_add_cmdline(data, n, &err, &t) == 0)
		check(&t);
	return 0;
}
