#include "machine/outlook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/chain/calibration.h"
#include "machine/chain/sealed.h"
#include "machine/enroll_pin.h"
#include "machine/forecast_ways.h"
#include "machine/record/late_volumes.h"
#include "machine/system/boot_mounts.h"
#include "machine/system/foreign.h"
#include "machine/system/lvm.h"
#include "machine/system/places.h"
#include "machine/system/targets.h"
#include "machine/transaction.h"
#include "seal/pcr_words.h"
#include "seal/token.h"
#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_tries.h"

/* What the boot paths of this chain are compared with. */
struct in_force {
	const uint8_t (*pcrs)[SHA256_LEN]; /* this boot's */
	const struct machine *machine;
	bool collected; /* a tree of files: its devices are elsewhere */
	bool pin;       /* a token wants one */
	bool pins_differ;
	const struct generation *live;
	pcr_mask mask;
};

/* While the window is open. 1: the branch is among those in force. */
static int is_in_force(const struct in_force *now, const uint8_t predicted[PCR_COUNT][SHA256_LEN],
		       uint8_t ret_pcrs[PCR_COUNT][SHA256_LEN])
{
	const struct generation *live = now->live;
	struct branch b;
	int r;

	memcpy(ret_pcrs, predicted, PCR_COUNT * SHA256_LEN);
	memset(ret_pcrs[WINDOW_PCR], 0, SHA256_LEN);
	r = branch_from_pcrs(0, now->mask, ret_pcrs, &b);
	return r < 0 ? r : branch_find(live->branch, live->branch_count, b.composite) < live->branch_count;
}

static bool in_force(const void *context, const uint8_t predicted[PCR_COUNT][SHA256_LEN])
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];

	return is_in_force(context, predicted, pcrs) == 1;
}

/* The path's branch among those in force, or the PCRs that keep it out. */
static int judge(const struct forecast_path *path, const struct in_force *now, struct outlook_path *ret)
{
	struct outlook_path p = { .is_default = path->is_default };
	struct error words = ERROR_NONE;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	uint32_t differing = 0;
	int r;

	snprintf(p.label, sizeof(p.label), "%s", path->label);
	r = is_in_force(now, path->pcrs, pcrs);
	if (r < 0)
		return r;
	p.unlocks = r == 1;
	if (!p.unlocks) {
		branch_nearest(now->live->branch, now->live->branch_count, now->mask, pcrs, &differing);
		pcr_words_differing(differing, &words);
		snprintf(p.why, sizeof(p.why), "%.255s", words.text);
	}
	*ret = p;
	return 0;
}

static int warn_of_mount(void *context, const struct boot_mount *b)
{
	struct outlook *o = context;
	char why[320];

	snprintf(why, sizeof(why), "mounted without %s; add this to its line in /etc/fstab and run "
		 "'mount -o remount,%s %.100s'", b->missing, b->missing, b->dir);
	return forecast_note(&o->warning, &o->warning_count, b->dir, why);
}

/* A disk that was added to the root's volume group. A tree is of another machine: lvm knows nothing of it. */
static int warn_of_group(const struct machine *m, struct outlook *ret)
{
	struct buffer devices = BUFFER_NONE;
	struct error why = ERROR_NONE;
	struct anchor anchor;
	int r = 0;

	if (!machine_is_tree(m) && targets_anchor(m, NULL, &anchor) == 0 &&
	    lvm_devices(m, &anchor, &why, &devices) == -EOPNOTSUPP)
		r = forecast_note(&ret->warning, &ret->warning_count, "LVM", why.text);
	buffer_free(&devices);
	return r;
}

/* What has changed around the boot chain since it was enrolled. */
static int warn_of_surroundings(const struct machine *m, struct error *err, struct outlook *ret)
{
	struct error why = ERROR_NONE;
	struct anchor late;
	struct foreign f;
	int r;

	r = foreign_find(m, err, &f);
	for (size_t i = 0; i < f.named_count && r == 0; i++)
		r = forecast_note(&ret->warning, &ret->warning_count, f.named[i],
				  "does not belong on a boot file system, so nothing new is accepted");
	if (r == 0)
		r = boot_mounts_each_gap(m, warn_of_mount, ret, err);
	if (r == 0 && late_volumes_read(m, NULL, &late) != -ENOMEM &&
	    places_require(m, &late, &why) == -EOPNOTSUPP)
		r = forecast_note(&ret->warning, &ret->warning_count, "the root volume", why.text);
	return r < 0 ? r : warn_of_group(m, ret);
}

static int look_for_obstacles(const struct in_force *now, const struct forecast *f, struct outlook *ret)
{
	const struct obstacle_options options = { .devices = !now->collected, .pin = now->pin,
						  .pins_differ = now->pins_differ };
	const struct forecast_path *path = f->path_count > 0 && f->path[0].is_default ? &f->path[0] : NULL;
	struct obstacles *o = &ret->obstacles;
	int r = obstacles_find(now->machine, path, &options, o);

	for (size_t i = 0; i < o->warning_count && r == 0; i++)
		r = forecast_note(&ret->warning, &ret->warning_count, o->warning[i].what, o->warning[i].why);
	return r;
}

/* f: set, owned by the caller, also after an error. */
static int look(struct chain *c, const struct in_force *now, struct error *err, struct forecast *f,
		struct outlook *ret)
{
	const struct calibrate_options co = { .pcrs = now->pcrs };
	struct calibration cal = CALIBRATION_NONE;
	struct forecast_options o = { .trust = TRUST_UNJUDGED,
				      .expected_only = true,
				      .in_force = in_force,
				      .context = now,
				      .pin = now->pin,
				      .calibration = &cal };
	int r;

	r = chain_calibrate(c, &co, err, &cal);
	if (r < 0)
		goto out;
	ret->verdict = cal.verdict;
	snprintf(ret->reason, sizeof(ret->reason), "%s", cal.reason ? cal.reason : "");
	r = chain_forecast(c, &o, err, f);
	ret->default_lacks_initrd = f->default_lacks_initrd;
	for (size_t i = 0; i < f->path_count && i < BRANCH_MAX && r == 0; i++) {
		r = judge(&f->path[i], now, &ret->path[i]);
		ret->path_count += r == 0;
		ret->default_unlocks |= r == 0 && ret->path[i].is_default && ret->path[i].unlocks;
	}
	/* the notes change hands */
	ret->pending = f->pending;
	ret->left_out = f->left_out;
	ret->left_out_count = f->left_out_count;
	ret->warning = f->warning;
	ret->warning_count = f->warning_count;
	f->left_out = f->warning = NULL;
	f->left_out_count = f->warning_count = 0;
	if (r == 0)
		r = look_for_obstacles(now, f, ret);
out:
	calibration_free(&cal);
	return r;
}

static int look_around(struct chain *c, const struct in_force *now, struct error *err,
		       struct forecast *ret_forecast, struct outlook *ret)
{
	int r;

	ret->generation = now->live->number;
	ret->branch_count = now->live->branch_count;
	snprintf(ret->summary, sizeof(ret->summary), "%s", chain_summary(c));
	r = look(c, now, err, ret_forecast, ret);
	if (r == 0 && now->mask & PCR(2))
		r = forecast_note(&ret->warning, &ret->warning_count, "firmware", PCR_WORDS_FIRMWARE);
	return r < 0 ? r : warn_of_surroundings(now->machine, err, ret);
}

static int read_policy(const struct enrolled *e, struct tpm *tpm, struct error *err, struct generation *ret)
{
	const struct generation *live;
	uint8_t root[SHA256_LEN];
	int r;

	r = policy_live(tpm, &e->anchor, err, root);
	if (r == -ENODATA) /* never written: no boot path is allowed */
		return 0;
	if (r < 0)
		return r;
	live = enrolled_live(e, root);
	if (live)
		*ret = *live;
	return 0;
}

/* A locked TPM makes the next boot ask for the passphrase; it may be over by then. */
static int look_at_tries(struct tpm *tpm, struct outlook *ret)
{
	struct tpm_tries tries;
	struct error words;
	int r;

	r = tpm_tries(tpm, &words, &tries);
	if (r == 0) {
		tpm_tries_words(&tries, &words);
		ret->tries_are_anyones = !tries.owned;
	}
	snprintf(ret->tries, sizeof(ret->tries), "%.255s", words.text);
	if (r < 0)
		return 0;
	tpm_tries_weakness(&tries, &words);
	return words.text[0] ? forecast_note(&ret->warning, &ret->warning_count, "the PIN", words.text) : 0;
}

int outlook_make_from(const struct machine *m, const char *tcti, struct error *err,
		      struct outlook_source *ret_source, struct outlook *ret)
{
	struct outlook_source source = OUTLOOK_SOURCE_NONE;
	struct outlook o = OUTLOOK_NONE;
	struct generation live = { .number = 0 };
	struct in_force now = { .machine = m, .pcrs = source.pcrs, .live = &live };
	struct enrolled e = { .n = 0 };
	struct tpm *tpm = NULL;
	int r;

	r = enrolled_open(m, err, &e);
	if (r == 0)
		r = tpm_open(tcti, err, &tpm);
	if (r == 0)
		r = read_policy(&e, tpm, err, &live);
	if (r == 0)
		r = chain_load(m, err, &source.chain);
	if (r == 0)
		r = tpm_pcrs(tpm, chain_pcrs(source.chain), err, source.pcrs);
	if (r < 0)
		goto out;
	now.mask = e.at[0].token.mask;
	now.pin = enrolled_wants_pin(&e);
	now.pins_differ = enrolled_pins_differ(&e);
	r = look_around(source.chain, &now, err, &source.forecast, &o);
	if (r == 0 && o.obstacles.pin)
		r = look_at_tries(tpm, &o);
	if (r == 0)
		r = forecast_warn_of_keys(&e, &o.warning, &o.warning_count);
	if (r == 0) {
		*ret = o;
		o = OUTLOOK_NONE;
	}
	if (r == 0 && ret_source) {
		*ret_source = source;
		source = OUTLOOK_SOURCE_NONE;
	}
out:
	outlook_free(&o);
	outlook_source_free(&source);
	tpm_close(tpm);
	enrolled_close(&e);
	return r;
}

int outlook_make(const struct machine *m, const char *tcti, struct error *err, struct outlook *ret)
{
	return outlook_make_from(m, tcti, err, NULL, ret);
}

void outlook_source_free(struct outlook_source *s)
{
	forecast_free(&s->forecast);
	chain_free(s->chain);
	*s = OUTLOOK_SOURCE_NONE;
}

int outlook_make_of_tree(const struct machine *m, const struct pcr_values *pcrs, const char *pcrs_name,
			 struct error *err, struct outlook *ret)
{
	struct outlook o = OUTLOOK_NONE;
	struct generation live;
	/* the tokens are not in it */
	struct in_force now = { .machine = m, .live = &live, .collected = true, .pin = enroll_pin_is(m) };
	struct forecast f = FORECAST_NONE;
	struct chain *c = NULL;
	bool detailed;
	int r;

	r = sealed_policy(m, err, &live, &now.mask, &detailed);
	if (r < 0)
		return r;
	r = chain_load(m, err, &c);
	if (r == -ENODATA) /* there is an enrolment, but no log */
		r = -ENOENT;
	if (r == 0 && pcrs)
		r = chain_check_pcrs(c, pcrs, pcrs_name, err);
	if (r == -ENODATA)
		r = -ENOENT;
	if (r < 0)
		goto out;
	r = look_around(c, &now, err, &f, &o);
	for (size_t i = 0; i < o.path_count && !detailed; i++)
		snprintf(o.path[i].why, sizeof(o.path[i].why), "it is none of the sealed boot paths");
	if (r == 0) {
		*ret = o;
		o = OUTLOOK_NONE;
	}
out:
	forecast_free(&f);
	outlook_free(&o);
	chain_free(c);
	return r;
}

size_t outlook_groups(const struct outlook *o, struct path_group ret[static BRANCH_MAX])
{
	struct path_said said[BRANCH_MAX];

	for (size_t i = 0; i < o->path_count; i++)
		said[i] = (struct path_said){ .label = o->path[i].label,
					      .unlocks = o->path[i].unlocks,
					      .why = o->path[i].unlocks ? "" : o->path[i].why };
	return path_groups_make(said, o->path_count, ret);
}

void outlook_free(struct outlook *o)
{
	forecast_notes_free(o->left_out, o->left_out_count);
	forecast_notes_free(o->warning, o->warning_count);
	obstacles_free(&o->obstacles);
	*o = OUTLOOK_NONE;
}
