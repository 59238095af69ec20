/*
 * GRUB's environment block as a boot read it.
 *
 * GRUB measures grubenv, then rewrites it (save_env), and services of the running system rewrite it again
 * (grub-editenv). Both only ever change a few known variables, so the block as it was measured is a few such
 * changes away from the one on disk; SHA-256 says when it was found.
 */
#ifndef MEASURE_GRUB_ENV_BEFORE_H
#define MEASURE_GRUB_ENV_BEFORE_H

#include <stddef.h>
#include <stdint.h>

#include "hash/hash.h"
#include "measure/log/event.h"

/*
 * The environment block whose SHA-256 is `measured`, from what it is `now` and the values that the log shows
 * GRUB setting: undoes what a boot and the services after it do (recordfail, next_entry, prev_saved_entry,
 * saved_entry). len bytes in ret. -ENOENT when no such block is found within a bounded search.
 */
int grubenv_before(const uint8_t *now, size_t len, const uint8_t measured[static SHA256_LEN],
		   const struct event_list *log, uint8_t *ret);

#endif
