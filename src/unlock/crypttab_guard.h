/*
 * Keeping cryptsetup-initramfs from asking for a passphrase.
 *
 * Its cryptroot script goes through the crypttab and prompts as soon as a source is there. Twice that is
 * wrong: while the device of a target has not come up (it may come up while cryptroot sleeps, and the TPM
 * would not be asked), and when the header is not the one of the anchor (the passphrase would be typed into
 * a foreign header). So the guard is put up: the crypttab is set aside, as PATH.held, and replaced by one
 * without the guarded targets, or by a link to /dev/null when other lines must wait, too, or when the targets
 * come from cryptopts=, since cryptroot then writes the crypttab itself at every run. DIR/held has the
 * reason. DIR/ask exists when a
 * person has to be asked (a foreign header) and has the volume's name; DIR/confirmed.NAME exists when a
 * person has said yes to that volume. DIR/confirmed, for all of them, is the answer where the program died
 * before it knew which.
 */
#ifndef UNLOCK_CRYPTTAB_GUARD_H
#define UNLOCK_CRYPTTAB_GUARD_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

struct options;
struct targets;

/* The crypttab as it was in the initrd, whether set aside or not. -ENOENT when there is none. */
int guard_read_crypttab(const struct options *o, struct error *err, struct buffer *ret);

/* Is it up? */
bool guard_active(const struct options *o);

/*
 * Guards the absent targets, and those with a foreign header unless a person said yes to it in this boot;
 * takes the guard down when there are none. ret_guarded: the guard is up.
 */
int guard_update(const struct options *o, const struct targets *t, struct error *err, bool *ret_guarded);

/*
 * The same while devices are waited for and the window is open: nothing else in the crypttab may be asked
 * about meanwhile either, because a prompt is something that runs while the TPM could still unlock.
 */
int guard_wait(const struct options *o, const struct targets *t, struct error *err);

/*
 * Guards everything while headers are read: should a header be able to make this program crash, it gets no
 * quiet prompt out of it. To be followed by guard_update().
 */
int guard_begin(const struct options *o, const struct targets *t, struct error *err);

/*
 * Guards everything while the window is open for a person who has to type the PIN, for that reason and
 * without a question about headers. To be followed by guard_update(), of the next run.
 */
int guard_hold(const struct options *o, const char *reason, struct error *err);

/* Takes the guard down: puts the crypttab back. */
int guard_release(const struct options *o, struct error *err);

/* The reason of the guard, "" when it is down. */
void guard_reason(const struct options *o, struct error *ret);
/* Is there a question for a person? */
bool guard_asks(const struct options *o);
/* Remembers that a person said yes; open then no longer guards the volume. */
int guard_confirm(const struct options *o, struct error *err);

#endif
