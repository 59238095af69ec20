#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "machine/system/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What was read is written such that it reads as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct manifest m = MANIFEST_NONE, again = MANIFEST_NONE;
	struct buffer text = BUFFER_NONE, other = BUFFER_NONE;
	struct error err = ERROR_NONE;

	if (manifest_parse(data, n, "fuzz", &err, &m) < 0)
		return 0;
	for (size_t i = 0; i < m.n; i++)
		if (manifest_find(&m, m.file[i].path) != &m.file[i])
			abort();
	if (manifest_format(&m, &text) < 0 || text.len != n ||
	    manifest_parse(text.data, text.len, "again", &err, &again) < 0 ||
	    manifest_format(&again, &other) < 0 || text.len != other.len ||
	    memcmp(text.data, other.data, text.len) != 0)
		abort();
	/* `again' loses its first file and gets it back, twice */
	if (m.n > 0) {
		manifest_remove(&again, m.file[0].path);
		manifest_remove(&again, m.file[0].path);
		if (again.n != m.n - 1 || manifest_find(&again, m.file[0].path) ||
		    manifest_set(&again, &m.file[0]) < 0 || manifest_set(&again, &m.file[0]) < 0 ||
		    again.n != m.n || strcmp(again.file[0].path, m.file[0].path) != 0)
			abort();
	}
	buffer_free(&text);
	buffer_free(&other);
	manifest_free(&m);
	manifest_free(&again);
	return 0;
}
