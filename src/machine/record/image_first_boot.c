#include "machine/record/image_first_boot.h"

#include "base/text.h"

bool image_first_boot_read(const struct machine *m, struct image_first_boot *ret)
{
	struct buffer text = BUFFER_NONE;
	struct reader rest, line;

	*ret = (struct image_first_boot){ .in_clear = machine_exists(m, FIRST_BOOT_KEY) };
	if (!ret->in_clear && !machine_exists(m, FIRST_BOOT_DEPLOYED))
		return false;
	if (machine_read(m, FIRST_BOOT_NOW, 4096, NULL, &text) == 0) {
		rest = reader_new(text.data, text.len);
		if (reader_line(&rest, &line))
			text_add_printable(&ret->now, line.at, line.left, 400);
	}
	buffer_free(&text);
	return true;
}
