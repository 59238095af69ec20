/* The text that a volume pin is made of: pure. */
#ifndef SEAL_VOLUME_PIN_H
#define SEAL_VOLUME_PIN_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* What a volume pin is made of. The UUID is not part of the JSON: it is in the binary header. */
struct volume_pin_source {
	const char *json; /* crypt_dump_json's text */
	size_t json_len;
	const char *uuid; /* lower case, canonical */
	int keyslot;
};

/*
 * The canonical text whose SHA-256 is the pin: pure, for volume_pin, tests and the fuzzer. -EKEYREJECTED
 * when a rule is broken, -EBADMSG.
 */
int volume_pin_text(const struct volume_pin_source *src, struct error *err, struct buffer *ret);
/* Bytes of that JSON in the compact form in which libcryptsetup writes it to the disk. */
int volume_json_len(const char *json, size_t n, struct error *err, size_t *ret);

#endif
