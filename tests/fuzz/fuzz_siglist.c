#include <stdlib.h>
#include <string.h>

#include "hash/authenticode.h"
#include "measure/efi/secureboot_siglist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is there already adds nothing, and to nothing all is added that has entries. */
static void append(const struct reader *database)
{
	const struct reader empty = reader_new("", 0);
	struct buffer all = BUFFER_NONE;
	struct reader copy;

	if (siglist_append(database, database, &all) == 0 &&
	    (all.len != database->left || (all.len > 0 && memcmp(all.data, database->at, all.len) != 0)))
		abort();
	buffer_free(&all);
	all = BUFFER_NONE;
	if (siglist_append(&empty, database, &all) == 0) {
		struct buffer again = BUFFER_NONE;

		copy = reader_new(all.data, all.len);
		if (all.len > database->left || siglist_append(&copy, database, &again) < 0 ||
		    again.len != all.len)
			abort();
		buffer_free(&again);
	}
	buffer_free(&all);
}

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
	append(&database);
	buffer_free(&name);
	return 0;
}
