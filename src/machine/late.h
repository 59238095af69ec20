/*
 * Late volumes (machine/record/late_volumes.h): LUKS2 volumes that the running system opens, with a key
 * that lies on the encrypted root.
 *
 *   key on the root -> keyslot -> token that names it -> record with the volume pin -> drop-in for systemd
 *
 * At boot the unit systemd-cryptsetup@NAME.service runs 'bootseal open NAME' before its own program, which
 * then finds the volume open. The header is judged in memory by the record, and the mapping is made
 * through that header: systemd's own program would believe any header that the key opens, and a header can
 * say that its keyslots are not encrypted at all (CVE-2025-59054).
 *
 * Stopped anywhere, the passphrase works as before, and running the same again ends the job.
 */
#ifndef MACHINE_LATE_H
#define MACHINE_LATE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"
#include "machine/system/machine.h"
#include "machine/system/targets.h"
#include "seal/crypttab.h"
#include "seal/volume.h"

/*
 * Which passphrase opens it, tested before anything is written. -EPERM: not this one; -ECANCELED: the key
 * on the root itself.
 */
int late_test(const struct target *t, const struct secret *passphrase, struct error *err, int *ret_keyslot);

/* Makes the keyslot, unless it is there, and the record. -ENOSPC and others of the layers below. */
int late_enroll(const struct machine *m, const struct target *t, const struct secret *passphrase,
		struct error *err);

/*
 * Before late_remove(): -ECANCELED when the key on the root opens the only keyslot of one of them. name:
 * NULL for all.
 */
int late_require_other_way(const struct machine *m, const char *name, struct error *err);

struct late_removed {
	size_t volumes;
	size_t absent;          /* not connected: they keep keyslot, record and key */
	char absent_names[512]; /* of those: "data, backup"; cut off when longer */
	bool damaged;           /* the list is, and stays, with the key */
};

/*
 * name: that one; NULL: all, also what an interrupted enrolment left. -ENOENT: no late volume of that
 * name.
 */
int late_remove(const struct machine *m, const char *name, struct error *err, struct late_removed *ret);

/* The drop-ins of machine/system/device_guard.h for the volumes of the anchor and for these. */
int late_update_units(const struct machine *m, const struct anchor *early, bool afresh, struct error *err);

/*
 * Opens the volume of that name, as the record and /etc/crypttab say. 0, too, when it is open
 * already, or is no late volume: then the system goes on as without us. -EKEYREJECTED: header or mapping is
 * not the enrolled one; -EPERM: it is, but the key does not open it (also when its keyslot is gone): then
 * late_open_by() takes a passphrase.
 */
int late_open(const struct machine *m, const char *name, struct error *err);
int late_open_by(const struct machine *m, const char *name, const struct secret *passphrase,
		 struct error *err);

/* How its line in /etc/crypttab has the passphrase asked for; as without options where there is no line. */
struct crypttab_asking late_asking(const struct machine *m, const char *name);

/* The one keyslot that our token names and the key opens, with the pin's rules for it. -EPERM: none is. */
int late_keyslot(struct volume *v, const struct secret *key, struct error *err, int *ret);

/*
 * Will systemd open it at boot? Its line in crypttab, the unit, and header, keyslot and key as they are now.
 * -ENOENT: its device is not connected; -ENODATA: crypttab has no line for it any more; others: why not, and
 * what to do.
 */
int late_check(const struct machine *m, const struct anchor_target *t, struct error *err);

#endif
