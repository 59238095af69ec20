#include <stdlib.h>
#include <string.h>

#include "hash/authenticode.h"
#include "measure/efi/pe_earlier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct reader file = reader_new(data, size);
	uint8_t digest[SHA256_LEN], whole[SHA256_LEN], tbs[SHA256_LEN];
	struct authenticode *sig;
	struct reader section;
	struct pe_earlier form[PE_EARLIER_MAX];
	struct pe pe;
	size_t sum, forms;

	if (pe_parse(&file, NULL, &pe) < 0)
		return 0;
	if (pe_image_digest(&pe, digest) < 0)
		abort();
	/* no byte is hashed twice, so what is hashed fits into the file */
	sum = pe.headers_len + pe.certs.left;
	for (size_t i = 0; i < pe.n_sections; i++)
		sum += pe.section[i].raw.left;
	if (sum > size)
		abort();
	for (size_t i = 0; i < pe.n_sections; i++)
		if (pe_section(&pe, pe.section[i].name, &section) && section.left > size)
			abort();
	forms = pe_earlier_forms(&pe, form);
	if (forms > PE_EARLIER_MAX || (forms == 0) != (pe.n_signatures == 0))
		abort();
	for (size_t i = 0; i < forms; i++)
		if (form[i].len >= size || pe_earlier_hash(&pe, &form[i], HASH_SHA256, whole) < 0)
			abort();
	for (size_t i = 0; i < pe.n_signatures; i++) {
		if (authenticode_parse(&pe.signature[i], &sig) < 0)
			continue;
		(void)authenticode_covers(sig, digest);
		for (size_t k = 0; k < authenticode_n_certs(sig); k++)
			(void)authenticode_cert_digest(sig, k, whole, tbs);
		authenticode_free(sig);
	}
	return 0;
}
