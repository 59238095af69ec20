#include "machine/enroll_tpm.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "machine/record/state.h"
#include "seal/tpm_index.h"
#include "seal/tpm_name.h"
#include "seal/tpm_srk.h"
#include "seal/tpm_srk_ensure.h"

static void tell(const struct enroll_options *o, const char *detail)
{
	if (o->progress)
		o->progress(o->progress_ctx, ENROLL_TPM, detail);
}

#define LOCKOUT_WARNING                                                                                    \
	"WARNING: the storage key was made without the attribute noDA: each power cut counts as a wrong "  \
	"try, and after some of them the TPM unlocks nothing for a while. If no other program needs the "  \
	"key: 'bootseal remove', 'tpm2_evictcontrol -C o -c 0x81000001', and enroll again"

int enroll_prepare_tpm(const struct machine *m, const struct enroll_options *o, struct tpm *t,
		       struct error *err, struct authority *ret_authority, struct anchor *anchor)
{
	char detail[128], path[PATH_MAX];
	struct srk_kind kind = { .made = false };
	int r;

	r = tpm_srk_ensure(t, err, &anchor->srk, &kind);
	if (r == 0 && o->srk && memcmp(o->srk, &anchor->srk, sizeof(anchor->srk)) != 0)
		r = error_set(err, -EKEYREJECTED,
			      "TPM: the storage key is another one than was proven a moment ago");
	if (r == 0)
		r = state_make_dir(m, err);
	if (r == 0)
		r = machine_path(m, AUTHORITY_PATH, path);
	if (r == 0)
		r = authority_ensure(path, err, ret_authority);
	if (r == 0)
		r = index_create(t, ret_authority, err, &anchor->index_handle);
	/* the memory of a TPM may be full after it: then it is as it was */
	if (r < 0 && kind.made)
		tpm_srk_undo(t, &anchor->srk);
	if (r == 0)
		r = index_name(anchor->index_handle, ret_authority, true, &anchor->index);
	if (r < 0)
		return r;
	snprintf(detail, sizeof(detail), "storage key 0x%08x, policy index 0x%08x", SRK_HANDLE,
		 anchor->index_handle);
	tell(o, detail);
	if (kind.counts_tries)
		tell(o, LOCKOUT_WARNING);
	return 0;
}
