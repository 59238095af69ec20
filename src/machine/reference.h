/*
 * Reference values for a verifier elsewhere: what the next boots will measure, known before the reboot. As
 * JSON of our own (doc/fleet/predict.schema.json), and as the policy that Keylime's verifier takes:
 * tpm_policy, PCR number to values that are good, as readPolicy() of keylime/tpm/tpm_abstract.py wants it
 * (neither PCR 10 nor 16).
 */
#ifndef MACHINE_REFERENCE_H
#define MACHINE_REFERENCE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "machine/forecast.h"
#include "machine/system/machine.h"

/*
 * Where they are written after each reseal: lines "FORMAT PATH", "#" for comments; the path is one in the
 * running system, and its directory must be there.
 */
#define REFERENCE_CONFIG_PATH "/etc/bootseal/reference-values"

enum reference_format { REFERENCE_JSON, REFERENCE_KEYLIME };

struct reference_options {
	enum reference_format format;
	bool events;       /* JSON: with every event */
	bool only_default; /* only the boot path that is taken without a key press */
};

/* "json", "keylime". -EINVAL. */
int reference_format_parse(const char *word, enum reference_format *ret);

/*
 * Adds the text. With an anchor PCR 15 is in it, as bootseal-unlock leaves it when the TPM opened every
 * volume. -ENODATA: there is no boot path.
 */
int reference_add(const struct machine *m, const struct forecast *f, const struct reference_options *o,
		  struct error *err, struct buffer *ret);

/* Writes what the configuration asks for, each file whole or as it was; nothing without one. */
int reference_publish(const struct machine *m, const struct forecast *f, struct error *err);

#endif
