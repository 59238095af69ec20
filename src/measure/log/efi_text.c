#include "measure/log/efi_text.h"

#define TEXT_MAX 8192 /* characters that are shown */

void efi_text_add_utf16(struct buffer *b, struct reader text)
{
	size_t shown = 0;
	uint16_t unit;
	uint8_t byte;

	while (reader_le16(&text, &unit) && unit != 0) {
		if (shown++ == TEXT_MAX) {
			buffer_add_str(b, "...");
			break;
		}
		byte = unit & 0xff;
		if (unit >= 0x20 && unit < 0x7f)
			buffer_add(b, &byte, 1);
		else
			buffer_addf(b, "\\u%04x", unit);
	}
}

void efi_text_add_guid(struct buffer *b, const uint8_t g[static 16])
{
	buffer_addf(b, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", g[3], g[2],
		    g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
}
