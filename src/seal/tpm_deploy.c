#include "seal/tpm_deploy.h"

#include <errno.h>
#include <string.h>

#include "seal/tpm_gate.h"
#include "seal/tpm_wrap.h"

static int check(const struct deploy_request *q, struct error *err)
{
	if (q->key->len < 1 || q->key->len > FIRST_BOOT_KEY_MAX)
		return error_set(err, -EINVAL,
				 "a key of %zu bytes cannot be sealed for a first boot: 1 to %d", q->key->len,
				 FIRST_BOOT_KEY_MAX);
	if (!(q->mask & PCR(WINDOW_PCR)) || q->mask == PCR(WINDOW_PCR) || q->mask & ~PCR_ALL)
		return error_set(err, -EINVAL, "a policy needs PCR %d and at least one of the others",
				 WINDOW_PCR);
	if (q->branch_count < 1 || q->branch_count > BRANCH_MAX)
		return error_set(err, -EINVAL, "a policy has 1 to %d boot paths, not %zu", BRANCH_MAX,
				 q->branch_count);
	return 0;
}

int tpm_deploy(const struct deploy_request *q, struct error *err, struct first_boot_sealed *ret)
{
	struct first_boot_sealed s = { .mask = q->mask, .resets = q->resets };
	struct wrap w = { .key = q->srk, .label = WRAP_CREDENTIAL, .text = q->key };
	struct buffer object = BUFFER_NONE;
	uint8_t policy[SHA256_LEN];
	int r = check(q, err);

	if (r < 0)
		return r;
	s.srk = q->srk->name;
	s.branch_count = q->branch_count;
	memcpy(s.branch, q->branches, q->branch_count * sizeof(s.branch[0]));
	r = first_boot_policy(&s, policy);
	if (r == 0)
		r = gate_name(policy, &w.name);
	if (r == 0)
		r = tpm_wrap(&w, err, &object);
	if (r < 0)
		return error_set(err, r, "cannot encrypt to that storage root key: %s", strerror(-r));
	memcpy(s.object, object.data, object.len);
	s.object_len = object.len;
	buffer_free(&object);
	*ret = s;
	return 0;
}
