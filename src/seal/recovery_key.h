/*
 * The recovery key: 128 random bits as eight groups of six digits.
 *
 *   135795 000011 720885 ...        shown, and the passphrase of its keyslot: 48 digits, one blank between
 * two groups
 *
 * Digits and blanks, unlike dashes and letters, are in the same place on most keyboard layouts that an
 * initramfs may have loaded, some need Shift for them (tests/scripts/keyboards), the numeric keypad has them
 * on all; and they pass a serial line. So the key unlocks the volume at cryptsetup's ordinary prompt, typed
 * exactly as shown. Where we read it ourselves, blanks, dashes and dots are ignored.
 *
 * A group is a 16-bit number times 11, so eight of them carry 128 bits. The factor 11 finds typing errors: a
 * wrong digit changes the group by d * 10^i and two exchanged neighbours by d * 9 * 10^i, neither of which 11
 * divides. So both are always found, any other error in 94 of 100 cases (65536 of a million groups are
 * valid), and the message can name the group. (BitLocker's recovery passwords are made in the same way.) Only
 * the keyslot detects exchanged groups.
 */
#ifndef SEAL_RECOVERY_KEY_H
#define SEAL_RECOVERY_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

#define RECOVERY_LEN 16 /* bytes of randomness */
#define RECOVERY_GROUPS 8
#define RECOVERY_GROUP_DIGITS 6
#define RECOVERY_DIGITS (RECOVERY_GROUPS * RECOVERY_GROUP_DIGITS)
#define RECOVERY_TEXT_LEN (RECOVERY_DIGITS + RECOVERY_GROUPS - 1)
#define RECOVERY_TYPED_MAX 256 /* bytes that are read from a person */

/* The text of these bits, without a NUL. */
void recovery_text(const uint8_t bits[static RECOVERY_LEN], uint8_t ret[static RECOVERY_TEXT_LEN]);

/*
 * The text of a typed key. -EINVAL with a message that names the wrong group and contains nothing of the key.
 * ret is written on success only.
 */
int recovery_read(const void *typed, size_t n, struct error *err, uint8_t ret[static RECOVERY_TEXT_LEN]);

/* A new key, as text. */
int recovery_new(struct secret *ret);
/* recovery_read() for secrets. */
int recovery_parse(const struct secret *typed, struct error *err, struct secret *ret);

#endif
