#include "machine/reseal_forecast.h"

#include <errno.h>

#include "machine/chain/calibration.h"
#include "machine/chain/chain_loader.h"
#include "machine/chain/next_keys.h"
#include "machine/forecast_ways.h"
#include "machine/reseal_unknown.h"
#include "machine/room.h"
#include "machine/system/durable.h"
#include "machine/system/foreign.h"
#include "seal/tpm_pcrs.h"

#define SETTLE_TRIES 3 /* files that change while they are read */

static int sync_dirs(const struct machine *m, const char *const *dir, struct error *err)
{
	char path[PATH_MAX];
	int r;

	for (; *dir; dir++) {
		r = machine_path(m, *dir, path);
		if (r == 0)
			r = durable_sync(path, err);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

/*
 * A boot loader reads from the disk. Which one it is, is not known yet; where its file systems are not
 * mounted, reading the chain says so better than a sync can.
 */
static int sync_inputs(const struct machine *m, struct error *err)
{
	const struct chain_loader *l;
	int r = 0;

	for (size_t i = 0; r == 0 && (l = chain_loader_at(i)); i++)
		r = sync_dirs(m, l->synced, err);
	return r;
}

static int judge_calibration(const struct calibration *c, struct error *err)
{
	if (c->verdict != VERDICT_MISMATCH)
		return 0;
	return error_set(err, -ECANCELED,
			 "the model does not reproduce the running boot, so the next boot cannot be "
			 "predicted: %s",
			 c->reason ? c->reason : "no reason was recorded");
}

static int forecast_once(const struct reseal_basis *b, struct error *err, struct reseal_report *report)
{
	const struct machine *m = b->machine;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	const struct calibrate_options co = { .pcrs = pcrs, .record = !b->dry_run };
	struct forecast_options fo = { .trust = b->trust };
	struct chain *chain = NULL;
	int r;

	calibration_free(&report->calibration);
	forecast_free(&report->forecast);
	r = foreign_refuse(m, err);
	if (r == 0 && !b->dry_run)
		r = sync_inputs(m, err);
	if (r == 0)
		r = chain_load(m, err, &chain);
	if (r == 0)
		r = tpm_pcrs(b->tpm, chain_pcrs(chain), err, pcrs);
	if (r == 0)
		r = chain_calibrate(chain, &co, err, &report->calibration);
	if (r == 0)
		r = judge_calibration(&report->calibration, err);
	if (r < 0)
		goto out;
	r = reseal_require_pcrs(b->mask, chain, err);
	if (r < 0)
		goto out;
	fo.calibration = &report->calibration;
	r = chain_forecast(chain, &fo, err, &report->forecast);
	if (r == 0)
		r = chain_still_same(chain, err);
	if (r == 0 && !b->dry_run)
		next_keys_forget(chain, false);
out:
	chain_free(chain);
	return r;
}

int reseal_forecast(const struct reseal_basis *b, struct error *err, struct reseal_report *report)
{
	/* an enrolment takes a PIN away at the end: its anchor knows */
	const struct obstacle_options o = { .devices = true,
					    .pin = !b->enrolling && enrolled_wants_pin(b->enrolled),
					    .pins_differ = enrolled_pins_differ(b->enrolled) };
	int r = 0;

	for (int i = 0; i < SETTLE_TRIES; i++) {
		r = forecast_once(b, err, report);
		if (r != -ESTALE)
			break;
	}
	/* an enrolment's policy is a new one, and enroll_judge() has compared what was measured */
	if (r == 0 && b->trust == TRUST_NOTHING_NEW && !b->enrolling)
		r = reseal_refuse_unknown(b->enrolled, b->mask, b->tpm, err, &report->forecast);
	if (r == 0)
		r = room_fit(b->enrolled, b->mask, err, &report->forecast);
	if (r == 0)
		r = forecast_warn_of_keys(b->enrolled, &report->forecast.warning,
					  &report->forecast.warning_count);
	if (r < 0)
		return r;
	report->partly = report->forecast.refused_count > 0;
	for (size_t i = 0; i < report->forecast.path_count; i++)
		report->default_covered |= report->forecast.path[i].is_default;
	if (report->forecast.path_count > 0)
		return obstacles_find(b->machine, report->default_covered ? report->forecast.path : NULL,
				      &o, &report->obstacles);
	if (report->partly)
		return error_set(err, -ECANCELED, "%s: %s", report->forecast.refused[0].what,
				 report->forecast.refused[0].why);
	if (report->forecast.left_out_count > 0)
		return error_set(err, -ECANCELED, "no boot path can be sealed: %s: %s",
				 report->forecast.left_out[0].what, report->forecast.left_out[0].why);
	return error_set(err, -ECANCELED,
			 "no boot path can be sealed: the boot loader's menu has no entry for a Linux "
			 "kernel");
}
