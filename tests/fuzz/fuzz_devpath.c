#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "measure/log/devpath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A file name is printable, has no doubled slashes and fits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reader r = reader_new(data, n);
	struct devpath p;

	if (devpath_of_image(&r, &p) < 0)
		return 0;
	if (strlen(p.file) >= sizeof(p.file) || strstr(p.file, "//") ||
	    strlen(p.part_uuid) >= sizeof(p.part_uuid))
		abort();
	for (const char *c = p.file; *c; c++)
		if (*c < 0x20 || *c == 0x7f || *c == '\\')
			abort();
	return 0;
}
