/* What an initrd's compressed part is made of, and which files its names make. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "measure/initrd/packed.h"
#include "measure/initrd/unpacked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int see(void *context, const struct cpio_entry *e)
{
	return unpacked_see(context, e, NULL);
}

static void check_packed(const uint8_t *data, size_t n)
{
	struct reader packed = reader_new(data, n);
	enum packing format;

	if (packed_format(&packed, NULL, &format) == 0 && packed_check(&packed, format, NULL) == 0)
		packed_check_end(&packed, format, n, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cpio_sink sink = { .entry = see };
	struct unpacked *u;
	struct cpio *c;
	size_t used;

	check_packed(data, n);
	if (unpacked_new(&u) < 0)
		abort();
	sink.context = u;
	if (cpio_new(&sink, &c) < 0)
		abort();
	if (cpio_push(c, data, n, NULL, &used) == 0)
		unpacked_leads_to(u, "sbin", "usr/sbin");
	cpio_free(c);
	unpacked_free(u);
	return 0;
}
