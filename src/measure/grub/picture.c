#include "measure/grub/picture.h"

#include <string.h>

#include "measure/grub/picture_file.h"

int grub_picture_read(const uint8_t *bytes, size_t len, bool png)
{
	struct picture_file f = { .bytes = bytes, .len = len };

	if (png)
		picture_png(&f);
	else
		picture_jpeg(&f);
	return f.error;
}

/* Judged by its start (font/font.c); the rest is assumed to be intact. */
bool grub_font_is_good(const uint8_t *bytes, size_t len)
{
	static const char start[] = "FILE\0\0\0\4PFF2";

	return len > sizeof(start) - 1 && !memcmp(bytes, start, sizeof(start) - 1);
}
