/* A whole boot: the image is shim and everything that shim verifies; its own lists serve as the variables. */
#include <stdlib.h>
#include <string.h>

#include "measure/pe.h"
#include "measure/secureboot.h"
#include "measure/shim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_image image[2] = { { .name = "first", .file = { data, size } }, { .name = "second", .file = { data, size } } };
	struct event_list events = EVENT_LIST_NONE;
	struct sb_vars vars = { .secure_boot = { (const uint8_t *)"\1", 1 } };
	const struct sb_boot boot = { .vars = &vars, .image = image, .n_images = 2 };
	struct error err = ERROR_NONE;
	struct buffer list = BUFFER_NONE;
	struct reader level;
	struct shim s;
	struct pe pe;

	if (pe_parse(&image[0].file, &err, &pe) < 0 || !shim_is(&pe) || shim_parse(&pe, &err, &s) < 0)
		return 0;
	if (pe_image_digest(&pe, image[0].digest) < 0)
		abort();
	memcpy(image[1].digest, image[0].digest, SHA256_LEN);
	if (shim_mok_list(&s, &s, &s.deauthorized, &err, &list) == 0)
		buffer_free(&list);
	if (shim_mok_list_x(&s, &s, &s.deauthorized, &err, &list) == 0)
		buffer_free(&list);
	(void)shim_sbat_level(&s, &s.sbat_latest, &s.authorized, size % 2, &err, &level);
	vars.db = s.deauthorized;
	vars.mok_list_x_rt = s.deauthorized;
	if (secureboot_events(&boot, &err, &events, NULL) == 0)
		event_list_free(&events);
	vars.secure_boot = reader_new("\0", 1);
	if (secureboot_events(&boot, &err, &events, NULL) == 0)
		event_list_free(&events);
	return 0;
}
