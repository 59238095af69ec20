/* Asking a person for secrets. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"
#include "machine/system/machine.h"
#include "machine/system/targets.h"

/* On the terminal, even when standard input is redirected. -ENOTTY with a message when there is none. */
int ask_secret(const char *prompt, struct error *err, struct secret *ret);

/*
 * A passphrase or recovery key: asked for, or with key_file all bytes of that file ("-": standard input). A
 * recovery key may be typed with any separators.
 */
int ask_passphrase(const char *prompt, const char *key_file, struct error *err, struct secret *ret);

/*
 * The same, tried on the root's volumes: three times at a terminal. -EPERM with a message when it opens them
 * not; a key file's newline at the end is named.
 */
int ask_tested(const struct machine *m, const char *key_file, struct error *err, struct secret *ret);

/* The same for another volume, by late_test(). */
int ask_for_volume(const struct target *t, const char *key_file, struct error *err, struct secret *ret);

/*
 * A new PIN (seal/pin.h): asked for twice, three times at most, or the one line of that file ("-": standard
 * input). -EINVAL with a message for what is none.
 */
int ask_new_pin(const char *pin_file, struct error *err, struct secret *ret);

/* Is there a person to ask: are standard input and output a terminal? */
bool ask_can(void);
/* Was exactly "yes" typed? False without a terminal, without asking. */
bool ask_yes(const char *question);

#define ASK_TRIES 3 /* at a terminal, as cryptsetup's */
#define ASK_ROOT "Passphrase of the encrypted root: "

#endif
