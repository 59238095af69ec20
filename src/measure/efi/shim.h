/*
 * What is built into a shim image, and how shim changes the variables that it owns.
 *
 * shim 16.1: cert.S (section .vendor_cert), include/sbat_var_defs.h and sbat_var.S (section .sbatlevel),
 * sbat.c (set_sbat_uefi_variable), mok.c (mirror_one_mok_variable).
 */
#ifndef MEASURE_EFI_SHIM_H
#define MEASURE_EFI_SHIM_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/reader.h"
#include "measure/efi/pe.h"

struct shim {
	struct reader file;
	struct reader authorized;   /* one DER certificate, or a signature database; empty: none */
	struct reader deauthorized; /* a signature database; empty: none */
	struct reader sbat_automatic, sbat_latest; /* text without its NUL; .at == NULL: none (before 15.6) */
	bool hides_deauthorized; /* looks at them, but leaves them out of MokListX: Ubuntu's builds */
};

/* Is this image a shim? Only one has a section .vendor_cert. */
bool shim_is(const struct pe *image);

/* Points into the image's bytes. -EBADMSG when the sections' own offsets are wrong. */
int shim_parse(const struct pe *image, struct error *err, struct shim *ret);

/* The vendor's certificate, if there is one certificate and not a database. */
bool shim_vendor_cert(const struct shim *s, struct reader *ret_cert);

/*
 * MokList (or MokListX) as the shim `next` will build, mirror and measure it: its own keys, then the user's.
 * The user's keys are those in `mirror` (MokListRT, MokListXRT) after the keys of the shim `running`, which
 * made it; there are none without a mirror (.at == NULL). -EOPNOTSUPP when the mirror does not begin with the
 * keys of `running`, or when `running` was built with a key of its own (as Ubuntu's is) and `next` is a
 * different build, whose key is not known.
 */
int shim_mok_list(const struct shim *next, const struct shim *running, const struct reader *mirror,
		  struct error *err, struct buffer *ret);
int shim_mok_list_x(const struct shim *next, const struct shim *running, const struct reader *mirror,
		    struct error *err, struct buffer *ret);

/* What shim finds when it starts. */
struct shim_sbat {
	struct reader level;  /* SbatLevel; empty: none */
	struct reader policy; /* SbatPolicy, the pending request; empty: none */
	bool secure;          /* shim verifies what it loads */
};

/*
 * SbatLevel after this shim has started: the present level or its own. Points into one of the inputs.
 * -EOPNOTSUPP: a shim before 15.6, which measures otherwise and is revoked.
 */
int shim_sbat_level(const struct shim *s, const struct shim_sbat *before, struct error *err,
		    struct reader *ret);

#endif
