/* A block cipher, over libcrypto: in the tool only. */
#ifndef HASH_SYMMETRIC_H
#define HASH_SYMMETRIC_H

#include <stddef.h>
#include <stdint.h>

#define AES128_LEN 16 /* bytes of a key */

/* AES-128 in CFB mode, its initialisation vector all zeros, in place: for a key that is used once. -EIO. */
int aes128_cfb_encrypt(const uint8_t key[static AES128_LEN], void *data, size_t n);

#endif
