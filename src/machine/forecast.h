/* The next boots: one branch for each boot path whose files are accepted, and what was left out and why. */
#ifndef MACHINE_FORECAST_H
#define MACHINE_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/chain/calibration_file.h"
#include "machine/chain/chain.h"
#include "machine/forecast_notes.h"
#include "machine/record/state.h"
#include "machine/trust/vouch.h"

struct forecast_options {
	const struct calibration *calibration; /* may be NULL with TRUST_UNJUDGED */
	enum trust_mode trust;
	bool root_shells;      /* recovery mode and the like, too */
	bool expected_only;    /* check: leave out entries that nobody waits for (bootpath_options.admit) */
	bool without_proof;    /* predict: show also paths whose initrd is not proven */
	/*
	 * outlook: is a boot with these PCRs in force? Then its initrd was proven when it was sealed, and may
	 * be older than what is installed now. May be NULL.
	 */
	bool (*in_force)(const void *context, const uint8_t pcrs[PCR_COUNT][SHA256_LEN]);
	const void *context;
	bool pin; /* in_force: a token wants one */
};

/* One boot path, one branch. */
struct forecast_path {
	char *key;     /* stable across reseals and unique in a forecast: entry identifiers and variant */
	char *label;   /* for people: "Linux 6.1.0-56-amd64 (default)" */
	char *release; /* "6.1.0-56-amd64" */
	char *kernel, *initrd; /* "/boot/vmlinuz-..."; initrd may be several, joined by spaces */
	char *cmdline;
	bool is_default; /* boots without a key press if nothing changes */
	struct event_list events; /* of the PCRs of the forecast, in order */
	uint8_t pcrs[PCR_COUNT][SHA256_LEN]; /* after them; only those PCRs count */
};

struct forecast {
	pcr_mask mask; /* the PCRs that are forecast */
	struct forecast_path *path; /* the default first; at most BRANCH_MAX; all composites differ */
	size_t path_count;
	struct forecast_note *left_out; /* boot paths that get no branch, and why */
	size_t left_out_count;
	/*
	 * Files that are not trusted. The paths that need them are in left_out already, so what remains
	 * may be sealed.
	 */
	struct forecast_note *refused;
	size_t refused_count;
	struct forecast_note *accepted; /* new or changed files that are accepted now, and why */
	size_t accepted_count;
	struct forecast_note *warning; /* other ways in: dropbear-initramfs, ... */
	size_t warning_count;
	bool default_lacks_initrd; /* the default entry: it does not even reach a prompt */
	struct attempts attempts; /* for the state, once this forecast is sealed */
	bool pending; /* a warning is about a request that will alter the next boot */
	struct manifest *manifest; /* what forecast_accept() would write */
};

#define FORECAST_NONE ((struct forecast){ .path = NULL })

/* 0 also when path_count is 0. */
int chain_forecast(struct chain *c, const struct forecast_options *o, struct error *err,
		   struct forecast *ret);
void forecast_free(struct forecast *f); /* fine twice */
/* Moves path i to the refused ones, for a reason that the forecast could not know. */
int forecast_refuse_path(struct forecast *f, size_t i, const char *why);

/* The same to those that are left out, from path n on. */
int forecast_keep_paths(struct forecast *f, size_t n, const char *why);

/* Writes the manifest, durably. Not after TRUST_UNJUDGED. */
int forecast_accept(const struct machine *m, const struct forecast *f, struct error *err);

#endif
