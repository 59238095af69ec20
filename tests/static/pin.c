/*
 * pin IMAGE: the volume pin of a LUKS2 header with its keyslot 0. Compiled twice: with the distribution's
 * libcryptsetup as the tool is, and with ours as the static program is. What the one writes into the anchor
 * the other must find.
 */
#include <stdio.h>

#include "seal/volume.h"

int main(int argc, char **argv)
{
	struct error err = ERROR_NONE;
	struct volume *volume = NULL;
	uint8_t pin[SHA256_LEN];
	int i, r;

	if (argc != 2)
		return 2;
	r = volume_open(argv[1], &err, &volume);
	if (r == 0)
		r = volume_pin(volume, 0, &err, pin);
	volume_close(volume);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], err.text);
		return 1;
	}
	for (i = 0; i < SHA256_LEN; i++)
		printf("%02x", pin[i]);
	printf("\n");
	return 0;
}
