/*
 * LUKS2 volumes in files, made by Debian's own cryptsetup in a directory of their own; and evil ones, by
 * tests/evil/luks2.py, with right checksums.
 */
#ifndef TESTS_VOLUME_SAMPLE_H
#define TESTS_VOLUME_SAMPLE_H

#include "seal/volume.h"

#define VOLUME_UUID "12345678-abcd-4cde-8fab-0123456789ab"

extern char dir[];
/* Passphrase of keyslot 0, key of keyslot 1, and neither. */
extern struct secret pass, key, wrong;
extern uint8_t good_pin[SHA256_LEN]; /* of good.img */

/*
 * Setup and teardown of a group of tests. There are then in dir: base.img with keyslot 0, good.img with both
 * and our token 0, other.img the same over another volume key, plain.img, which is no volume, pass, the
 * passphrase, and two, another one. volumes_make_evil() makes all of luks2.py's besides, in evil.
 */
int volumes_make(void **state);
int volumes_make_evil(void **state);
int volumes_remove(void **state);

/* A shell command in dir, which must go well. */
void sh(const char *command);
/* Path of that file in dir, until the next call. */
const char *in_dir(const char *name);
struct volume *opened(const char *name);
void pin_of(const char *name, int keyslot, uint8_t ret[SHA256_LEN]);

#endif
