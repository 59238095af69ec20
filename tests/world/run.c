/*
 * run ROOT TCTI COMMAND: one command on the fake machine, in a process that may be killed. Exit code 0 or 1.
 * The commands are in run().
 */
#include "world.h"

#include "machine/chain/calibration.h"
#include "machine/outlook.h"
#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"

/* bootseal check, and the most of bootseal status */
static int check(struct world *w)
{
	struct outlook o = OUTLOOK_NONE;
	int r = outlook_make(&w->machine, w->swtpm.tcti, &w->err, &o);

	if (r == 0)
		puts(o.default_unlocks ? "will unlock" : "will not unlock");
	outlook_free(&o);
	return r;
}

/* bootseal calibrate --force */
static int calibrate(struct world *w)
{
	struct calibration c = CALIBRATION_NONE;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	const struct calibrate_options o = { .pcrs = pcrs, .again = true, .record = true };
	struct chain *chain = NULL;
	struct tpm *tpm = NULL;
	int r;

	r = tpm_open(w->swtpm.tcti, &w->err, &tpm);
	if (r == 0)
		r = chain_load(&w->machine, &w->err, &chain);
	if (r == 0)
		r = tpm_pcrs(tpm, chain_pcrs(chain), &w->err, pcrs);
	tpm_close(tpm);
	if (r == 0)
		r = chain_calibrate(chain, &o, &w->err, &c);
	if (r == 0)
		puts(c.verdict == VERDICT_EXACT ? "exact" : "not exact");
	calibration_free(&c);
	chain_free(chain);
	return r;
}

static int take_away(struct world *w)
{
	struct remove_report removed;
	int r = world_remove(w, &removed);

	if (r == 0 && removed.index_left)
		puts("the index is left");
	return r;
}

static int run(struct world *w, const char *what)
{
	const struct reseal_options accept = { .accept_current = true };

	if (strcmp(what, "enroll") == 0)
		return world_enroll(w);
	if (strcmp(what, "enroll-without-log") == 0)
		return world_enroll_without_log(w);
	if (strcmp(what, "enroll-accept") == 0)
		return world_enroll_accepting(w);
	if (strcmp(what, "enroll-pin") == 0)
		return world_enroll_pin(w, WORLD_PIN, false);
	if (strcmp(what, "enroll-pin-accept") == 0)
		return world_enroll_pin(w, WORLD_PIN, true);
	if (strcmp(what, "enroll-other-pin") == 0)
		return world_enroll_pin(w, WORLD_OTHER_PIN, false);
	if (strcmp(what, "enroll-other-pin-accept") == 0)
		return world_enroll_pin(w, WORLD_OTHER_PIN, true);
	if (strcmp(what, "reseal") == 0)
		return world_reseal(w);
	if (strcmp(what, "accept") == 0)
		return world_reseal_with(w, &accept);
	if (strcmp(what, "remove") == 0)
		return take_away(w);
	if (strcmp(what, "check") == 0)
		return check(w);
	if (strcmp(what, "calibrate") == 0)
		return calibrate(w);
	if (strcmp(what, "recovery-key") == 0)
		return world_set_recovery_key(w, WORLD_NEW_KEY);
	return error_set(&w->err, -EINVAL, "%s: no such command", what);
}

int main(int argc, char **argv)
{
	struct world w = { .report = RESEAL_REPORT_NONE };
	int r;

	if (argc != 4)
		return 2;
	snprintf(w.swtpm.tcti, sizeof(w.swtpm.tcti), "%s", argv[2]);
	r = machine_init(argv[1], &w.err, &w.machine);
	if (r == 0)
		r = run(&w, argv[3]);
	if (r < 0)
		fprintf(stderr, "%s: %d: %s\n", argv[3], r, w.err.text);
	reseal_report_free(&w.report);
	return r < 0;
}
