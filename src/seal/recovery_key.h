/*
 * The recovery key: 128 random bits as eight groups of six digits.
 *
 *   135795 000011 720885 ...        shown, and the passphrase of its keyslot: 48 digits, one blank between two groups
 *
 * Digits and blanks are in the same place on every keyboard layout that an initramfs may or may not have loaded, and pass a serial line;
 * dashes are not. So what is shown opens the volume at cryptsetup's ordinary prompt, typed as it stands there.
 * Where we read it ourselves, blanks, dashes and dots are ignored.
 *
 * A group is a 16-bit number times 11, so eight of them carry 128 bits. Eleven is what finds typing errors: a wrong digit changes the group
 * by d * 10^i and two exchanged neighbours by d * 9 * 10^i, neither of which 11 divides. So both are found always, anything else
 * in 94 of 100 cases (65536 of a million groups are valid), and the group can be named. (BitLocker's recovery passwords are made in the
 * same way.) Whole groups that changed places are found by the keyslot only.
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
 * The text of the key that somebody typed. -EINVAL; the words name the group that is wrong and hold nothing of the key. ret is written on
 * success only.
 */
int recovery_read(const void *typed, size_t n, struct error *err, uint8_t ret[static RECOVERY_TEXT_LEN]);

/* A new key, as text. */
int recovery_new(struct secret *ret);
/* recovery_read() for secrets. */
int recovery_parse(const struct secret *typed, struct error *err, struct secret *ret);

#endif
