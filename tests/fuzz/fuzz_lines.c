/*
 * The same bytes as the .sbat section of a GRUB image, as a kernel's command line, as the path of a kernel,
 * as a list of PCRs and as a file of PCR values.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "measure/boot/bootpath_names.h"
#include "measure/grub/build.h"
#include "measure/log/pcr_names.h"
#include "measure/log/pcr_values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_values(const uint8_t *data, size_t n)
{
	struct reader text = reader_new(data, n);
	struct error err = ERROR_NONE;
	struct pcr_values v;

	if (pcr_values_parse(&text, "values", &err, &v) < 0) {
		if (strncmp(err.text, "values:", 7) != 0)
			abort();
	} else if (v.mask == 0 || v.mask >> PCR_COUNT || n < 2 + 2 * SHA256_LEN ||
		   pcr_values_require(&v, v.mask, "values", &err) < 0) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct error err = ERROR_NONE;
	const struct grub_build *build = NULL;
	struct reader sbat;
	char *text = malloc(n + 1);
	const char *word;
	uint32_t mask;
	size_t len;

	if (!text)
		return 0;
	memcpy(text, data, n);
	text[n] = '\0';
	/* in its own block, without a NUL behind it */
	sbat = reader_new(data, strnlen((const char *)data, n));
	if (grub_build_from_sbat(&sbat, &err, &build) == 0 &&
	    (!build || !memmem(data, n, build->vendor == GRUB_UBUNTU ? "grub.ubuntu" : "grub.debian", 11)))
		abort();
	if (cmdline_gives_root_shell(text, &word, &len) &&
	    (word < text || len == 0 || word + len > text + strlen(text)))
		abort();
	if (kernel_release(text) > text + strlen(text) && *kernel_release(text))
		abort();
	if (pcr_list_parse(text, &err, &mask) == 0 && (mask == 0 || mask >> 24))
		abort();
	free(text);
	read_values(data, n);
	return 0;
}
