/*
 * The helper VM, in which the image's own system works on the image: a build machine need not have a device
 * mapper, a driver for the root, or the rights of root, and what runs of a foreign image stays in there.
 * Kernel and initrd are the image's own; scripts/image/init and the script of the task are put into the
 * initrd.
 */
#ifndef IMAGE_HELPER_H
#define IMAGE_HELPER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

struct helper_script {
	const char *text;
	size_t len;
};

/* scripts/image/encrypt */
struct helper_script helper_script_encrypt(void);

/* A further file in the root of the initrd, which scripts/image/init copies to /run. */
struct helper_file {
	const char *name, *text;
};

/* What the guest says, as it comes. */
enum helper_word {
	HELPER_STEP,  /* text: what is being done */
	HELPER_BYTES, /* done, all */
	HELPER_NOTE,  /* text: for the person */
};

struct helper {
	const char *work;	      /* a folder for kernel, initrd, changes that are thrown away, console */
	const char *source;	      /* raw image: first and second disk, never written */
	const char *target;	      /* raw image: third disk */
	const char *vmlinuz, *initrd; /* files */
	const char *cmdline;	      /* for scripts/image/init: "root_part=1 boot_part=16" */
	struct helper_script script;
	const struct helper_file *file;
	size_t file_count;
	const struct secret *settings; /* lines for the script, which may hold secrets */
	/* How long KVM has for the script's first word, before all is emulated instead: it may hang. */
	int kvm_ms;
	void (*said)(void *context, enum helper_word word, const char *text, uint64_t done, uint64_t all);
	void *context;
};

/*
 * Runs it to its end. ret: what the script's "done" said. -ECANCELED: the script refused, err says why;
 * -EPIPE: it failed, err says at what; -ETIMEDOUT.
 */
int helper_run(const struct helper *h, struct error *err, char *ret, size_t ret_size);

#endif
