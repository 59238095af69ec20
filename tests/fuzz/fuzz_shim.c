/* A whole boot: the image is shim and everything that shim verifies; its own lists serve as the variables. */
#include <stdlib.h>
#include <string.h>

#include "measure/efi/pe.h"
#include "measure/efi/shim.h"
#include "../unit/secureboot_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_image image[2] = { { .name = "first", .file = { data, size } },
				     { .name = "second", .file = { data, size } } };
	struct event_list events = EVENT_LIST_NONE;
	struct sb_vars vars = { .secure_boot = { (const uint8_t *)"\1", 1 } };
	const struct sb_boot boot = { .vars = &vars, .image = image, .n_images = 2 };
	struct error err = ERROR_NONE;
	struct buffer list = BUFFER_NONE;
	struct reader level, policy;
	struct shim_sbat sbat;
	struct shim s;
	struct pe pe;

	if (pe_parse(&image[0].file, &err, &pe) < 0 || !shim_is(&pe) || shim_parse(&pe, &err, &s) < 0)
		return 0;
	if (pe_image_digest(&pe, image[0].digest) < 0)
		abort();
	memcpy(image[1].digest, image[0].digest, SHA256_LEN);
	/* a mirror that is this shim's own, another's, or that is not there */
	if (shim_mok_list(&s, &s, &s.authorized, &err, &list) == 0)
		buffer_free(&list);
	if (shim_mok_list(&s, &s, &s.deauthorized, &err, &list) == 0)
		buffer_free(&list);
	policy = sb_absent();
	if (shim_mok_list_x(&s, &s, size & 1 ? &s.deauthorized : &policy, &err, &list) == 0)
		buffer_free(&list);
	/* the level that is there: what this shim brings, or whatever its last list says */
	sbat.level = size & 2 ? s.deauthorized : size & 4 ? s.sbat_automatic : s.sbat_latest;
	sbat.policy = size & 8    ? reader_new(size & 16 ? "\1" : "\2", 1)
		      : size & 16 ? s.authorized
				  : sb_absent();
	sbat.secure = size & 1;
	(void)shim_sbat_level(&s, &sbat, &err, &level);
	vars.db = s.deauthorized;
	vars.mok_list_x_rt = s.deauthorized;
	if (secureboot_events(&boot, &err, &events, NULL) == 0)
		event_list_free(&events);
	vars.secure_boot = reader_new("\0", 1);
	if (secureboot_events(&boot, &err, &events, NULL) == 0)
		event_list_free(&events);
	return 0;
}
