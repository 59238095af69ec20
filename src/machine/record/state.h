/*
 * What the installed system remembers, in /var/lib/bootseal on the encrypted root (mode 0700): which volumes
 * are enrolled, what the policy in force allows, and how the last reseal went. Reports only: the state
 * unlocks nothing, and a lost state file is rebuilt by `bootseal enroll`.
 */
#ifndef MACHINE_RECORD_STATE_H
#define MACHINE_RECORD_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "machine/system/machine.h"
#include "seal/anchor.h"
#include "seal/policy.h"

#define STATE_PATH MACHINE_STATE_DIR "/state.json"
#define SEALED_PATH MACHINE_STATE_DIR "/predicted" /* machine/chain/sealed.h */
#define AUTHORITY_PATH MACHINE_STATE_DIR "/authority.pem"
/* Why the last reseal failed, when the state itself could not be written; until the next reseal that can. */
#define FAILURE_PATH MACHINE_RUN_DIR "/failure"
#define STATE_MAX_LEN 262144
#define STATE_LABEL_MAX 160
/* Said before the advice to enroll again: what made it necessary may be an attack. */
#define PERHAPS_AN_ATTACK \
	"if you did not cause this, somebody else may have tampered with the machine: see " \
	"'bootseal explain' first; "

struct state_volume {
	char name[TARGET_NAME_MAX];
	char uuid[37];
};

struct state_branch {
	uint32_t id;
	char label[STATE_LABEL_MAX]; /* "Linux 6.1.0-56-cloud-amd64 (default)" */
	uint8_t composite[SHA256_LEN];
};

#define ATTEMPTS_MAX 3

/* How many boot options failed in earlier trusted boots before the one that led here; the latest first. */
struct attempts {
	unsigned failed[ATTEMPTS_MAX];
	size_t n;
};

struct state {
	struct state_volume volume[TARGET_MAX];
	size_t volume_count;
	pcr_mask mask;
	uint32_t generation; /* 0: no policy was written yet */
	int64_t sealed_at;   /* seconds since 1970 */
	struct state_branch branch[BRANCH_MAX];
	size_t branch_count;
	struct attempts attempts;
	bool failed;       /* the last reseal refused or failed */
	int64_t failed_at; /* seconds since 1970 */
	char failure[512]; /* why, one line */
};

/*
 * -ENODATA: not enrolled (no file). -EBADMSG with a message: damaged. Includes a failure that was recorded
 * separately.
 */
int state_load(const struct machine *m, struct error *err, struct state *ret);
/* Makes the directory where it is missing. */
int state_save(const struct machine *m, const struct state *s, struct error *err);

/* One line into FAILURE_PATH. Best effort. */
void state_note_failure(const struct machine *m, const char *why);

/* mkdir of the state's directory, 0700, where it is missing. */
int state_make_dir(const struct machine *m, struct error *err);

#endif
