/*
 * GRUB's environment block as a boot read it.
 *
 * GRUB measures grubenv, then rewrites it (save_env), and services of the running system rewrite it again
 * (grub-editenv). Both change only a few known variables, so undoing a few such changes turns the block on
 * disk into the measured one, which its SHA-256 identifies.
 */
#ifndef MEASURE_GRUB_ENV_BEFORE_H
#define MEASURE_GRUB_ENV_BEFORE_H

#include <stddef.h>
#include <stdint.h>

#include "hash/hash.h"
#include "measure/log/event.h"

/*
 * The environment block whose SHA-256 is `measured`: starts from the block on disk (now) and tries the values
 * that the log shows GRUB assigning to the variables that a boot and the services after it change: those that
 * hold an entry (next_entry, saved_entry, ...) and Ubuntu's flags (recordfail, initrdfail, ...). Writes len
 * bytes to ret. -ENOENT when a bounded search does not find it.
 */
int grubenv_before(const uint8_t *now, size_t len, const uint8_t measured[static SHA256_LEN],
		   const struct event_list *log, uint8_t *ret);

#endif
