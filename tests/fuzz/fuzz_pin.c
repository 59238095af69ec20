#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "seal/volume.h"
#include "seal/volume_pin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/*
 * The first byte chooses the keyslot. An accepted header gives 14 to 18 lines, whatever its strings hold, and
 * no null cipher.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct volume_pin_source src = { .uuid = "12345678-abcd-4cde-8fab-0123456789ab" };
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	const char *cipher;
	size_t lines = 0;

	if (n == 0)
		return 0;
	src.keyslot = data[0] % 4 - 1;
	src.json = (const char *)data + 1;
	src.json_len = n - 1;
	if (volume_pin_text(&src, &err, &text) < 0)
		return 0;
	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	cipher = strstr(buffer_str(&text), "\nsegment.encryption=");
	if (lines < 14 || lines > 18 || !cipher ||
	    memmem(cipher, strcspn(cipher + 1, "\n"), "null", strlen("null")))
		abort();
	buffer_free(&text);
	return 0;
}
