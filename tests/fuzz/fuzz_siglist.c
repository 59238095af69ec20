#include <stdlib.h>
#include <string.h>

#include "hash/authenticode.h"
#include "measure/efi/secureboot_siglist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct reader database = reader_new(data, size);
	struct siglist s = siglist_begin(&database);
	struct buffer name = BUFFER_NONE;
	struct siglist_entry e;
	size_t sum = 0;

	while (siglist_next(&s, &e) > 0) {
		sum += e.signature.left;
		if (e.signature.at < data || e.signature.left > size ||
		    e.data.left + EFI_GUID_LEN != e.signature.left)
			abort();
		if (siglist_is(&e, siglist_type_x509)) {
			/*
			 * only one of these per input: each parses the certificate again, which takes most of
			 * the time
			 */
			if (size & 1)
				(void)authenticode_cert_add_name(&e.data, &name);
			else
				(void)authenticode_cert_has_usage(&e.data, "1.3.6.1.4.1.2312.16.1.2");
		}
	}
	if (sum > size)
		abort();
	buffer_free(&name);
	return 0;
}
