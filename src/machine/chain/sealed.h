/*
 * What was sealed beside what this boot measured: the events of the policy in force, saved with it, against
 * the event log. For people; and the words of its command lines are known to vouch_cmdline().
 */
#ifndef MACHINE_CHAIN_SEALED_H
#define MACHINE_CHAIN_SEALED_H

#include "base/error.h"
#include "machine/system/machine.h"
#include "measure/log/compare.h"
#include "measure/boot/harmless.h"
#include "measure/boot/prediction_record.h"
#include "seal/token.h"

/* Writes it when its generation is not what stands there. */
int sealed_save(const struct machine *m, const struct prediction_record *p, struct error *err);

struct sealed_comparison {
	struct event_list logged;  /* of the boot that runs */
	struct prediction_record sealed;
	size_t path;               /* the nearest */
	struct comparison comparison;
	bool is_harmless;          /* this boot started what that path starts: */
	struct harmless harmless;
};

#define SEALED_COMPARISON_NONE ((struct sealed_comparison){ .path = 0 })

/*
 * mask: of the policy in force. -ENODATA: nothing was saved, or there is no event log; -EBADMSG: one of them
 * is damaged.
 */
int sealed_compare(const struct machine *m, pcr_mask mask, struct error *err, struct sealed_comparison *ret);
void sealed_comparison_free(struct sealed_comparison *c); /* fine twice */

/*
 * The policy in force as it was recorded when it was sealed: for a tree, where neither TPM nor LUKS header
 * can be asked. ret_detailed: what each branch expects of each PCR is known, too, so that the nearest one can
 * be found; without it only whole boot paths can be compared. -ENODATA: not enrolled; -EBADMSG: damaged.
 */
int sealed_policy(const struct machine *m, struct error *err, struct generation *ret, pcr_mask *ret_mask,
		  bool *ret_detailed);

/* What lies on the disk now where a difference was found. */
enum sealed_now { NOW_UNKNOWN, NOW_AS_SEALED, NOW_AS_MEASURED, NOW_OTHER };

/*
 * The file behind event i of the log, by the verdict on this boot; "" when there is none. sealed may be NULL.
 */
enum sealed_now sealed_file(const struct machine *m, const struct event *measured, const struct event *sealed,
			    char ret_path[static PATH_MAX]);

#endif
