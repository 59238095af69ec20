#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/boot_initrd.h"
#include "machine/chain/calibration.h"
#include "machine/enroll.h"
#include "machine/enroll_pin.h"
#include "machine/record/without_log.h"
#include "machine/room.h"
#include "machine/system/canonical_fde.h"
#include "machine/system/foreign.h"
#include "machine/system/fstab.h"
#include "machine/system/late.h"
#include "machine/system/lvm.h"
#include "machine/system/partitions.h"
#include "machine/system/places.h"
#include "seal/pcr_words.h"
#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"
#include "seal/volume.h"

struct look {
	const struct machine *machine;
	const struct enroll_options *options;
	struct tpm *tpm;
	struct chain *chain;
	struct calibration calibration;
	struct enroll_look found;
};

static void tell(const struct look *l, enum enroll_step step, const char *detail)
{
	if (l->options->progress)
		l->options->progress(l->options->progress_ctx, step, detail);
}

/* Does it give the TPM's values? A chain that has none is no proof that it would. */
static int check_log(const struct look *l, struct error *err)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	pcr_mask mask = chain_pcrs(l->chain) & ~PCR(WINDOW_PCR);
	int r;

	if (l->chain->no_log)
		return error_set(err, -ENODATA, "there is none");
	r = tpm_pcrs(l->tpm, mask, err, pcrs);
	return r < 0 ? r : chain_check_log(l->chain, mask, pcrs, err);
}

/* An earlier enrolment chose to do without: that ends when the log is good again, and not before. */
static int load_as_chosen(struct look *l, struct error *err)
{
	struct error why = ERROR_NONE;
	char detail[600];
	int r;

	r = chain_load_with(l->machine, LOG_USED, &why, &l->chain);
	if (r == 0)
		r = check_log(l, &why);
	if (r == 0) {
		tell(l, ENROLL_LOG, "good again: it is used from now on");
		return 0;
	}
	chain_free(l->chain);
	l->chain = NULL;
	snprintf(detail, sizeof(detail), "not used, as an earlier enrolment chose: %s", why.text);
	tell(l, ENROLL_LOG, detail);
	return chain_load_with(l->machine, LOG_UNUSED, err, &l->chain);
}

static int load_chain(struct look *l, struct error *err)
{
	int r;

	if (l->options->without_log) {
		tell(l, ENROLL_LOG, "not used: this boot is told from the PCRs' values");
		r = chain_load_with(l->machine, LOG_UNUSED, err, &l->chain);
	} else if (without_log_is_set(l->machine)) {
		r = load_as_chosen(l, err);
	} else {
		r = chain_load(l->machine, err, &l->chain);
	}
	l->found.without_log = r == 0 && l->chain->log_unused;
	return r;
}

/* Nothing is written before the model has shown that it knows this boot. */
static int look_at_boot(struct look *l, struct error *err)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	const struct calibrate_options o = { .pcrs = pcrs, .record = true };
	const struct calibration *c = &l->calibration;
	int r;

	r = load_chain(l, err);
	if (r < 0)
		return r;
	r = boot_initrd_require(l->chain, err);
	if (r < 0)
		return r;
	l->found.mask = chain_policy_pcrs(l->chain);
	r = tpm_pcrs(l->tpm, chain_pcrs(l->chain), err, pcrs);
	if (r == 0)
		r = chain_calibrate(l->chain, &o, err, &l->calibration);
	if (r < 0)
		return r;
	if (c->verdict == VERDICT_MISMATCH)
		return error_set(err, -ECANCELED,
				 "restart this machine, then run 'bootseal enroll' again: the model does not "
				 "reproduce the running boot, perhaps because a file of it changed since; if "
				 "a restart does not help, the next boot cannot be predicted: %s",
				 c->reason ? c->reason : "");
	tell(l, ENROLL_VERDICT, c->verdict == VERDICT_EXACT ? chain_summary(l->chain) : c->reason);
	if (l->found.mask & PCR(2))
		tell(l, ENROLL_PCRS, PCR_WORDS_FIRMWARE);
	return 0;
}

/* Whatever is trusted: is there anything that can be sealed at all? */
static int look_for_paths(struct look *l, struct error *err)
{
	const struct forecast_options o = { .trust = TRUST_UNJUDGED, .without_proof = true };
	struct forecast f = FORECAST_NONE;
	int r;

	r = chain_forecast(l->chain, &o, err, &f);
	if (r == 0 && f.path_count == 0)
		r = error_set(err, -ECANCELED, "no boot path can be sealed: %s%s%s",
			      f.left_out_count > 0 ? f.left_out[0].what : "the boot loader's menu",
			      f.left_out_count > 0 ? ": " : " has no entry for a Linux kernel",
			      f.left_out_count > 0 ? f.left_out[0].why : "");
	forecast_free(&f);
	return r;
}

static int look_at_volume(const struct look *l, const struct target *target, struct error *err)
{
	struct partitions p = { .n = 0 };
	uint8_t pin[SHA256_LEN];
	struct volume *v = NULL;
	int r;

	r = room_require(target, err);
	if (r == 0)
		r = volume_open(target->device, err, &v);
	if (r == 0)
		r = volume_pin(v, -1, err, pin);
	if (r == 0)
		r = partitions_read(l->machine, err, &p);
	/* the header that was found under the mapping must be the one that its UUID leads to at boot */
	if (r == 0)
		r = partitions_refuse_clones(&p, volume_uuid(v), err);
	partitions_free(&p);
	volume_close(v);
	return r;
}

/* Is all of the root's volume group ours? */
static int look_at_group(const struct look *l, struct error *err)
{
	struct buffer devices = BUFFER_NONE;
	struct anchor anchor;
	int r = targets_anchor(l->machine, err, &anchor);

	if (r == 0)
		r = lvm_devices(l->machine, &anchor, err, &devices);
	buffer_free(&devices);
	return r;
}

static int look_at_volumes(struct look *l, struct error *err)
{
	int r;

	r = targets_find(l->machine, err, l->found.target, &l->found.target_count);
	for (size_t i = 0; i < l->found.target_count && r == 0; i++)
		r = look_at_volume(l, &l->found.target[i], err);
	return r < 0 ? r : look_at_group(l, err);
}

static int look_at_all(struct look *l, struct error *err)
{
	struct anchor late;
	int r;

	r = canonical_fde_refuse(l->machine, err);
	if (r < 0)
		return r;
	r = tpm_open(l->options->tcti, err, &l->tpm);
	if (r == 0)
		r = tpm_require(l->tpm, err);
	if (r == 0 && l->options->with_pin)
		r = enroll_pin_look(l->tpm, l->options, err);
	if (r == 0)
		r = foreign_refuse(l->machine, err);
	if (r == 0)
		r = look_at_boot(l, err);
	if (r == 0)
		r = look_at_volumes(l, err);
	if (r == 0)
		r = fstab_require(l->machine, err);
	if (r == 0)
		r = late_anchor(l->machine, err, &late);
	if (r == 0)
		r = places_require(l->machine, &late, err);
	if (r == 0)
		r = look_for_paths(l, err);
	return r < 0 ? r : enroll_judge(l->chain, l->options->accept_current, err, &l->found.judgement);
}

int enroll_look(const struct machine *m, const struct enroll_options *o, struct error *err,
		struct enroll_look *ret)
{
	struct look l = { .machine = m, .options = o, .calibration = CALIBRATION_NONE };
	int r;

	r = look_at_all(&l, err);
	tpm_close(l.tpm);
	calibration_free(&l.calibration);
	chain_free(l.chain);
	if (r < 0)
		enroll_look_free(&l.found);
	else
		*ret = l.found;
	return r;
}

void enroll_look_free(struct enroll_look *l)
{
	enroll_judgement_free(&l->judgement);
	*l = (struct enroll_look){ .target_count = 0 };
}
