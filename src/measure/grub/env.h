/*
 * The environment block (grubenv, lib/envblk.c): "# GRUB Environment Block\n", then lines NAME=VALUE with a
 * backslash before each backslash and newline, padded with '#'; usually 1024 bytes. The bytes are untrusted:
 * nothing is read or written past len.
 */
#ifndef MEASURE_GRUB_ENV_H
#define MEASURE_GRUB_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool grub_env_valid(const uint8_t *block, size_t len);
/*
 * Calls each() for every variable in order, as load_env would set it, until one returns nonzero; returns
 * that. -EINVAL: not an environment block.
 */
int grub_env_each(const uint8_t *block, size_t len,
		  int (*each)(void *context, const char *name, const char *value), void *context);
/*
 * In place, the way save_env does it, remnants of earlier values included. -EINVAL: not an environment block,
 * -ENOSPC: the block is too small or broken.
 */
int grub_env_set(uint8_t *block, size_t len, const char *name, const char *value);
void grub_env_unset(uint8_t *block, size_t len, const char *name);

#endif
