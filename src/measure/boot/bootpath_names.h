/* What kernels and command lines tell by their names. */
#ifndef MEASURE_BOOT_BOOTPATH_NAMES_H
#define MEASURE_BOOT_BOOTPATH_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Does this kernel command line end in a shell for anyone at the console? ret_word: the word that says
 * so, in cmdline.
 */
bool cmdline_gives_root_shell(const char *cmdline, const char **ret_word, size_t *ret_len);

/* "6.1.0-56-amd64" of "(hd0,gpt2)/vmlinuz-6.1.0-56-amd64"; "" when it is not called so. Points into path. */
const char *kernel_release(const char *path);

#endif
