/*
 * Reseal: move the policy to what the next boot will measure (doc/design.md, 7 to 8a).
 *
 *   make the inputs durable -> read the chain -> this boot's verdict -> forecast, each file judged
 *   -> nothing changed meanwhile -> manifest -> policy_move()
 *
 * Each file is hashed once: it is synced first and compared by inode, size and times just before the policy
 * is written. A boot path whose files are not trusted is left out, which makes the policy tighter; if no path
 * is left the old policy stays. Errors: -ECANCELED refused (err says why; the old policy is in force); others
 * as the layers below.
 */
#ifndef MACHINE_RESEAL_H
#define MACHINE_RESEAL_H

#include <stdbool.h>

#include "base/error.h"
#include "machine/chain/calibration_file.h"
#include "machine/changes.h"
#include "machine/forecast.h"
#include "machine/obstacles.h"

struct reseal_options {
	bool dry_run;        /* forecast and judge, write nothing */
	bool accept_current; /* the administrator accepts every file as it is */
	const struct changes *shown; /* with accept_current: these only; NULL: whatever there is */
	/* enrolment: the caller holds the lock and decides what is trusted; accept_current is not used */
	bool enrolling;
	enum trust_mode trust;
	const char *tcti;    /* NULL: the machine's TPM */
};

struct reseal_report {
	struct calibration calibration;
	struct forecast forecast;
	struct changes changes; /* with accept_current: what it accepts, old beside new */
	uint32_t generation;
	struct obstacles obstacles; /* of the next boot, once it is sealed */
	bool moved;           /* the policy of the forecast is in force, whatever failed afterwards */
	bool changed;         /* a new policy is in force */
	bool partly;          /* sealed, but at least one file was refused */
	bool default_covered; /* the default boot path is in the policy */
	struct error unpublished; /* why reference values (machine/reference.h) were not written; "" */
};

#define RESEAL_REPORT_NONE ((struct reseal_report){ .generation = 0 })

/*
 * The report is filled as far as it went, on errors too: free it always. Records the outcome in the state,
 * but for a dry run.
 */
int reseal_run(const struct machine *m, const struct reseal_options *o, struct error *err,
	       struct reseal_report *ret);
void reseal_report_free(struct reseal_report *r); /* fine twice */

/*
 * At boot: repeats a reseal that failed, in a boot that the TPM unlocked, because the cause may have been
 * limited to the earlier boot. 1 when it did; 0: there is nothing to do. The report is to be freed.
 */
int reseal_retry(const struct machine *m, const char *tcti, struct error *err, struct reseal_report *ret);

/*
 * The post-update hook says that it has just made this initrd. -ECANCELED in a boot that the TPM did not
 * unlock.
 */
int reseal_vouch_initrd(const struct machine *m, const char *release, const char *path, struct error *err);

#endif
