/*
 * `bootseal report`: what somebody elsewhere needs in order to see what this machine sees (doc/root.md has
 * the same list). The result is a tree for --root.
 *
 * Nothing secret is in it: no key, no passphrase, no LUKS header. Of what lies on /boot only the boot
 * loaders, their configuration and the kernels are copied; initrds, which may hold secrets of their owner,
 * and everything else are there by size and digest (machine/system/digests.h). Of the firmware's variables
 * only those that decide about Secure Boot and the next boot.
 */
#ifndef MACHINE_COLLECT_H
#define MACHINE_COLLECT_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "machine/system/machine.h"

#define COLLECT_PCRS "/report/pcrs"         /* for --pcrs */
#define COLLECT_TPM "/report/tpm"           /* properties, handles, public areas */
#define COLLECT_VERSIONS "/report/versions" /* of the packages that have a part in a boot */
#define COLLECT_MISSING "/report/missing"   /* what could not be had, and why */

struct collected {
	size_t files, digests; /* copied; by their digest */
	size_t missing;        /* lines in COLLECT_MISSING */
};

/* Lines of dpkg-query(1), "ii  bootseal 0.1-1", of the packages that have a part in a boot. */
int collect_versions(const struct machine *m, struct error *err, struct buffer *ret);

/*
 * dir: an empty directory. What the machine does not have is noted, and no error; -EIO and the like when
 * dir cannot be written.
 */
int collect_machine(const struct machine *m, const char *tcti, const char *dir, struct error *err,
		    struct collected *ret);

/*
 * The same as one file: a tar archive, compressed by gzip, with the tree in the directory
 * "bootseal-report".
 */
int collect_archive(const struct machine *m, const char *tcti, const char *file, struct error *err,
		    struct collected *ret);

#endif
