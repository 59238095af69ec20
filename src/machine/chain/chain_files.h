/*
 * The files of the boot chain on this machine: where a boot path's names lead, and what the model asks of
 * them.
 */
#ifndef MACHINE_CHAIN_CHAIN_FILES_H
#define MACHINE_CHAIN_CHAIN_FILES_H

#include "machine/chain/chain.h"

/* Callbacks of the model; context is the chain. */
int chain_kernel_facts(void *context, const char *path, struct error *err, struct boot_kernel *ret);
int chain_kernel_stub(void *context, const char *path, struct error *err, struct boot_stub *ret);
int chain_initrds_digest(void *context, char *const *path, size_t n, struct error *err,
			 uint8_t ret[static SHA256_LEN]);

/* boot_keys.allow for the keys of c->next_secureboot. Why not: next_why of the kernel in c->kernel. */
bool chain_kernel_next(void *context, const char *path);
/* -EKEYREJECTED naming the file: with these keys shim or the firmware would not let this kernel run. */
int chain_kernel_verify(const struct chain *c, const struct secureboot *keys, const char *path,
			struct error *err);

/*
 * The mount point of the file system that a boot path's device name means. -ENODEV: no such device;
 * -ENOMEDIUM: it is not mounted. The second takes a whole "(hd0,gpt2)/vmlinuz" apart. Points into c and
 * boot_path.
 */
int chain_locate(const struct chain *c, const char *device, size_t device_len, const char **ret_base);
int chain_locate_path(const struct chain *c, const char *boot_path, const char **ret_base,
		      const char **ret_path);

/* The path on the running system, "/boot/vmlinuz" for "(hd0,gpt2)/vmlinuz"; malloc'ed. */
int chain_system_path(const struct chain *c, const char *device, const char *path, char **ret);

#endif
