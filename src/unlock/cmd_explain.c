/*
 * The command `explain`, for the rescue shell: why the TPM did not unlock the volumes, and what unlocks them
 * now.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/text.h"
#include "seal/pcr_words.h"
#include "seal/tpm_tries.h"
#include "seal/volume_ways.h"
#include "unlock/commands.h"
#include "unlock/run.h"
#include "unlock/run_file.h"
#include "unlock/target_check.h"
#include "unlock/window.h"

static void line(const char *title, const char *text)
{
	log_row(title, "%s", text);
}

static void say_boot(const struct options *o)
{
	struct error reason;

	result_reason(o->run_dir, &reason);
	if (reason.text[0])
		line("This boot", reason.text);
	else
		line("This boot", run_file_exists(o->run_dir, BOOT_RESULT_FILE)
					  ? "the TPM unlocked the volumes"
					  : "bootseal-unlock has not run yet");
}

static const struct branch *nearest_in(const struct token *token, const struct match *m, uint32_t *fewest,
				       uint32_t *differing)
{
	const struct branch *found = NULL;
	const struct generation *g;
	uint32_t d;
	size_t i, at;

	for (i = 0; i < token->generation_count; i++) {
		g = &token->generation[i];
		at = branch_nearest(g->branch, g->branch_count, token->mask, m->pcrs, &d);
		if (at == g->branch_count || (uint32_t)__builtin_popcount(d) >= *fewest)
			continue;
		*fewest = __builtin_popcount(d);
		*differing = d;
		found = &g->branch[at];
	}
	return found;
}

static void say_nearest(const struct targets *t, const struct match *m)
{
	char sealed[2 * BRANCH_PREFIX_LEN + 1], now[2 * BRANCH_PREFIX_LEN + 1];
	const struct branch *nearest = NULL, *b;
	uint32_t fewest = UINT32_MAX, differing = 0;
	size_t i;
	unsigned pcr;

	for (i = 0; i < t->count; i++) {
		b = t->target[i].has_token ? nearest_in(&t->target[i].token, m, &fewest, &differing) : NULL;
		nearest = b ? b : nearest;
	}
	for (pcr = 0; nearest && pcr < PCR_COUNT; pcr++) {
		if (!(differing >> pcr & 1))
			continue;
		text_hex(nearest->prefix[pcr], BRANCH_PREFIX_LEN, sealed);
		text_hex(m->pcrs[pcr], BRANCH_PREFIX_LEN, now);
		log_print(4, "  PCR %-4u  sealed %s.., now %s..: %s", pcr, sealed, now, pcr_words(pcr));
	}
}

/* The same checks as `open`, with the window counted as open: that it is closed now explains nothing. */
static int judge(struct tpm *tpm, const struct anchor *a, const struct targets *t, struct match *m,
		 struct error *err)
{
	int r = tpms_check_enrolled(tpm, a, err);

	if (r < 0)
		return r;
	if (!match_candidate(t, m)) {
		pcr_words_differing(m->differing, err);
		return -EACCES;
	}
	return match_index(tpm, a, t, err, m);
}

static void say_pin(struct tpm *tpm)
{
	struct error words = ERROR_NONE;
	struct tpm_tries tries;

	if (tpm_tries(tpm, &words, &tries) == 0)
		tpm_tries_words(&tries, &words);
	line("PIN", words.text[0] ? words.text : "needed beside the TPM; no try is used");
}

static void say_tpm(const struct options *o, const struct anchor *a, const struct targets *t)
{
	struct match m = { .differing = 0 };
	struct error err = ERROR_NONE;
	struct tpms tpms = TPMS_NONE;
	int r;

	r = tpms_open(o, a, &err, &tpms);
	if (r == 0)
		r = match_read(tpms.tpm[0], t, &err, &m);
	if (r < 0) {
		line("TPM", err.text);
		goto out;
	}
	line("Window",
	     match_window_closed(&m) ? "closed until the next boot: the TPM no longer unlocks" : "open");
	memset(m.pcrs[WINDOW_PCR], 0, SHA256_LEN);
	r = judge(tpms.tpm[0], a, t, &m, &err);
	if (r == 0)
		line("PCRs", "match a sealed boot path");
	else
		line("PCRs", err.text);
	if (a->pin)
		say_pin(tpms.tpm[0]);
	if (r == -EACCES)
		say_nearest(t, &m);
out:
	tpms_close(&tpms);
}

static bool say_volume(const struct target *t)
{
	uint32_t keyslots = t->volume && t->outcome != TARGET_HEADER ?
				    volume_named(t->volume, RECOVERY_TOKEN_TYPE) :
				    0;

	if (t->outcome == TARGET_EXISTS)
		line(t->pinned->name, "is open");
	else if (t->outcome != TARGET_WAITING)
		line(t->pinned->name, t->why.text);
	if (t->outcome != TARGET_WAITING && t->outcome != TARGET_TOKEN)
		return false;
	line(t->outcome == TARGET_WAITING ? t->pinned->name : "",
	     keyslots ? "header as enrolled; has a recovery key" : "header as enrolled; no recovery key");
	return keyslots != 0;
}

static void explain(const struct options *o, const struct anchor *a, struct targets *t)
{
	bool recoverable = false;
	size_t i;

	for (i = 0; i < t->count; i++)
		target_check(&t->target[i], a);
	say_boot(o);
	say_tpm(o, a, t);
	for (i = 0; i < t->count; i++)
		recoverable |= say_volume(&t->target[i]);
	if (recoverable)
		line("What to do", "run 'bootseal-unlock recover' for the recovery key, then 'exit'");
	else
		line("What to do", "'exit' continues the boot; cryptsetup asks for the passphrase");
}

int cmd_explain(const struct options *o, int count, char *const *names)
{
	struct targets targets = TARGETS_NONE;
	struct anchor anchor;
	enum unlock_exit code;

	code = targets_begin(o, count, names, &anchor, &targets);
	if (code == UNLOCK_DONE)
		explain(o, &anchor, &targets);
	targets_free(&targets);
	return code;
}
