#include "cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "machine/forecast_groups.h"
#include "machine/forecast_ways.h"
#include "machine/outlook.h"
#include "machine/recovery.h"
#include "seal/token.h"
#include "seal/volume_ways.h"

static void notes(const char *title, enum log_mark mark, const struct forecast_note *note, size_t n)
{
	for (size_t i = 0; i < n; i++)
		log_row_marked(mark, i == 0 ? title : "", "%s: %s", note[i].what, note[i].why);
}

void report_paths(const char *title, const struct forecast *f)
{
	struct path_said said[BRANCH_MAX];
	struct path_group group[BRANCH_MAX];
	size_t n;

	for (size_t i = 0; i < f->path_count; i++)
		said[i] = (struct path_said){ .label = f->path[i].label, .unlocks = true, .why = "" };
	n = path_groups_make(said, f->path_count, group);
	for (size_t i = 0; i < n; i++) {
		log_note_row(i == 0 ? title : "", "%s", said[group[i].first].label);
		if (group[i].count > 1)
			log_note_row("", "  and %s", group[i].more);
	}
}

static bool covers_default(const struct forecast *f)
{
	for (size_t i = 0; i < f->path_count; i++)
		if (f->path[i].is_default)
			return true;
	return false;
}

void report_forecast(const struct forecast *f, bool what_was_accepted)
{
	bool quiet = log_level() == LOG_LEVEL_QUIET;

	report_paths("Unlocks", f);
	/* mostly entries that give a root shell, which nothing is wrong with */
	if (!quiet || !covers_default(f))
		notes("Left out", LOG_MARK_NONE, f->left_out, f->left_out_count);
	if (what_was_accepted && !quiet)
		notes("Accepted", LOG_MARK_NONE, f->accepted, f->accepted_count);
	notes("Refused", LOG_MARK_BAD, f->refused, f->refused_count);
	notes("Warning", LOG_MARK_WARNING, f->warning, f->warning_count);
}

void report_changes(const char *headline, const struct changes *c)
{
	log_print(0, "%s", headline);
	for (size_t i = 0; i < c->n; i++) {
		log_print(4, "  %s", c->at[i].what);
		log_print(9, "    was  %s", c->at[i].was);
		log_print(9, "    now  %s", c->at[i].now);
	}
}

const char *report_not_sealed(bool lacks_initrd)
{
	return lacks_initrd ? "WILL NOT UNLOCK THE ROOT: the default menu entry has no initrd; "
			      "'update-initramfs -c -k all' and 'update-grub' add one (boot a different menu "
			      "entry until then); where the menu leaves it out on purpose, 'bootseal enroll "
			      "--boot-with-initrd' changes that"
			    : "WILL ASK FOR THE PASSPHRASE: the default boot path is not in the policy";
}

const char *report_wait_words(bool unlocks)
{
	return unlocks ? "BUT THEN IT MAY WAIT FOR A PERSON" : "AND IT MAY WAIT FOR A PERSON ONCE MORE";
}

static void say_obstacles(const struct obstacles *o, bool unlocks)
{
	for (size_t i = o->pin; i < o->n; i++)
		log_row("", "%s: %s: %s", report_wait_words(unlocks), o->at[i].what, o->at[i].why);
}

const char *report_next_boot_word(const struct reseal_report *report, int r)
{
	if (r < 0 || report->forecast.pending)
		return "unknown";
	if (!report->default_covered)
		return "asks";
	return report->obstacles.n > 0 ? "waits" : "unlocks";
}

void report_next_boot(const struct reseal_report *r)
{
	const char *label = NULL;

	for (size_t i = 0; i < r->forecast.path_count; i++)
		if (r->forecast.path[i].is_default)
			label = r->forecast.path[i].label;
	if (label && log_level() > LOG_LEVEL_QUIET)
		log_row_marked(LOG_MARK_GOOD, "Next boot", "%s %s", label,
			       obstacles_unlock_words(&r->obstacles));
	else if (!label)
		log_row_marked(LOG_MARK_BAD, "Next boot", "%s",
			       report_not_sealed(r->forecast.default_lacks_initrd));
	say_obstacles(&r->obstacles, label != NULL);
}

const char *report_unseen(int r)
{
	/* no TPM, no token, or TPM, index and header are not those of the enrolment */
	return r == -EKEYREJECTED || r == -ENODEV || r == -ENODATA ? "WILL PROBABLY ASK FOR THE PASSPHRASE"
						  : "UNKNOWN, have the passphrase or the recovery key ready";
}

void report_next_boot_now(const struct machine *m, const char *tcti)
{
	struct error err = ERROR_NONE;
	struct outlook o = OUTLOOK_NONE;
	int r;

	r = outlook_make(m, tcti, &err, &o);
	if (r < 0)
		log_row("Next boot", "%s: %s", report_unseen(r),
		       err.text[0] ? err.text : strerror(-r));
	else if (o.verdict == VERDICT_MISMATCH)
		log_row("Next boot", "%s: %s", report_unseen(-ENOTSUP), o.reason);
	else if (o.path_count == 0 || !o.path[0].is_default)
		log_row("Next boot", "%s", report_not_sealed(o.default_lacks_initrd));
	else
		log_row("Next boot", "%s %s%s%s", o.path[0].label,
		       o.default_unlocks ? obstacles_unlock_words(&o.obstacles) :
					   "WILL ASK FOR THE PASSPHRASE",
		       o.default_unlocks ? "" : ": ", o.default_unlocks ? "" : o.path[0].why);
	say_obstacles(&o.obstacles, o.default_unlocks);
	outlook_free(&o);
}

static void add_way(struct buffer *b, const char *what, uint32_t keyslots)
{
	if (keyslots == 0)
		return;
	buffer_addf(b, "%s%s (keyslot%s", b->len > 0 ? ", " : "", what, keyslots & (keyslots - 1) ? "s" : "");
	for (unsigned i = 0; i < KEYSLOT_MAX; i++)
		if (keyslots >> i & 1)
			buffer_addf(b, " %u", i);
	buffer_add_str(b, ")");
}

static void add_volume(const struct machine *m, const struct state_volume *v, struct buffer *ret)
{
	struct error err = ERROR_NONE;
	struct buffer b = BUFFER_NONE;
	struct volume_ways w;

	if (recovery_ways(m, v->uuid, &err, &w) < 0) {
		buffer_addf(ret, "probably the passphrase: %s", err.text);
		return;
	}
	add_way(&b, "passphrase", w.passphrase);
	add_way(&b, "recovery key", w.recovery);
	add_way(&b, "another program's key", w.other);
	buffer_addf(ret, "%s%s", b.len > 0 ? buffer_str(&b) : "NOTHING ELSE UNLOCKS IT",
		    w.recovery ? "" : "; no recovery key: make one with 'bootseal recovery-key'");
	buffer_free(&b);
}

void report_ways(const struct machine *m, struct buffer *ret)
{
	struct state s;

	if (state_load(m, NULL, &s) < 0)
		return;
	for (size_t i = 0; i < s.volume_count; i++) {
		if (s.volume_count > 1)
			buffer_addf(ret, "%s%s: ", i > 0 ? "; " : "", s.volume[i].name);
		add_volume(m, &s.volume[i], ret);
	}
}

void report_panic(const struct forecast *f)
{
	static const char note[] =
		"the kernel's command line has no 'panic=': where a boot fails, it starts a root shell. No "
		"volume that the TPM unlocked is open there, but software on the machine makes attacks on "
		"the TPM easier, such as a reset of it. 'panic=30' in GRUB_CMDLINE_LINUX of "
		"/etc/default/grub, and then 'update-grub', makes the machine restart instead; for the "
		"rescue shell remove it in GRUB's menu";

	for (size_t i = 0; i < f->path_count; i++)
		if (f->path[i].is_default && f->path[i].cmdline && !forecast_restarts(f->path[i].cmdline))
			log_row("Note", "%s", note);
}
