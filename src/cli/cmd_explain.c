#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/words.h"
#include "cli/answer.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "cli/explain_json.h"
#include "cli/explain_words.h"
#include "machine/record/boot_report.h"
#include "machine/chain/sealed.h"
#include "machine/record/state.h"

#define SHOWN_MAX 400  /* bytes of an event's text */
#define CONTEXT_LEN 60 /* that are shown before the first difference of two long ones */

static const char help[] =
	"usage: bootseal explain [--json]\n\n"
	"Why did the TPM not unlock this boot? Compares what was measured with the\n"
	"nearest sealed boot path and names the first difference and the file behind it.\n"
	"Reads only; does not use the TPM.\n\n"
	"  --json    for programs\n\n"
	"Exit codes: 0 explained, or nothing to explain; 1 failure; 3 nothing is\n"
	"enrolled, or not completely.\n";

static size_t common_len(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

/* One side of a difference: the text from a little before the first differing byte. */
static void say_side(const char *title, const char *text, size_t from)
{
	if (from < CONTEXT_LEN)
		printf("  %-9s %.*s%s\n", title, SHOWN_MAX, text, strlen(text) > SHOWN_MAX ? "..." : "");
	else
		printf("  %-9s ...%.*s%s\n", title, SHOWN_MAX, text + from - CONTEXT_LEN,
		       strlen(text + from - CONTEXT_LEN) > SHOWN_MAX ? "..." : "");
}

static void say_digest(const char *title, const struct event *e)
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(e->digest, SHA256_LEN, hex);
	printf("  %-9s %.*s  sha256 %s\n", title, SHOWN_MAX, e->what, hex);
}

/* That it is a command need not be said. */
static const char *shown(const struct event *e)
{
	return e->kind == EVENT_COMMAND ? event_text(e) : e->what;
}

/* So that a long command line need not be compared by eye. */
static void say_words(const char *sealed, const char *measured)
{
	struct buffer gone = BUFFER_NONE, added = BUFFER_NONE;

	if (words_differ(sealed, measured, &gone, &added)) {
		if (gone.len > 0)
			printf("  %-9s %.*s\n", "gone", SHOWN_MAX, buffer_str(&gone));
		if (added.len > 0)
			printf("  %-9s %.*s\n", "added", SHOWN_MAX, buffer_str(&added));
	}
	buffer_free(&gone);
	buffer_free(&added);
}

static void say_sides(const struct event *sealed, const struct event *measured)
{
	const char *a = sealed ? shown(sealed) : "none: the sealed boot path has no further event";
	const char *b = measured ? shown(measured) : "none: the log ends here";
	size_t from = sealed && measured ? common_len(a, b) : 0;

	if (sealed && measured && strcmp(sealed->what, measured->what) == 0) {
		say_digest("sealed", sealed);
		say_digest("measured", measured);
		return;
	}
	/* with one of them short there is nothing to skip */
	if (strlen(a) < SHOWN_MAX && strlen(b) < SHOWN_MAX)
		from = 0;
	say_side("sealed", a, from);
	say_side("measured", b, from);
	if (sealed && measured)
		say_words(a, b);
}

static void say_file(const struct machine *m, const struct event *measured, const struct event *sealed)
{
	static const char *const words[] = {
		[NOW_UNKNOWN] = "",
		[NOW_AS_SEALED] = ": now matches the sealed version",
		[NOW_AS_MEASURED] = ": still matches the measured version",
		[NOW_OTHER] = ": now matches neither the measured nor the sealed version",
	};
	char path[PATH_MAX];
	enum sealed_now now = sealed_file(m, measured, sealed, path);

	text_make_printable(path);
	if (path[0])
		log_print(12, "  %-9s %s%s", "file", path, words[now]);
}

/* What the changed configuration file made the boot loader do. */
static void say_consequence(const struct sealed_comparison *c)
{
	const struct event_pair *p = &c->comparison.first;

	if (p->logged == COMPARE_NO_EVENT || p->predicted == COMPARE_NO_EVENT)
		return;
	printf("This changed PCR %u, event %zu:\n", c->logged.e[p->logged].pcr, p->logged + 1);
	say_sides(&c->sealed.path[c->path].events.e[p->predicted], &c->logged.e[p->logged]);
}

static void say_others(const struct machine *m, const struct sealed_comparison *c,
		       const struct event_pair *first)
{
	const struct recorded_path *path = &c->sealed.path[c->path];
	const struct event *e;
	size_t n = 0;

	for (size_t i = 0; i < c->comparison.input_count; i++) {
		if (c->comparison.input[i].logged == first->logged)
			continue;
		e = &c->logged.e[c->comparison.input[i].logged];
		printf("%s  PCR %-5u %.*s\n", n++ == 0 ? "Also different:\n" : "", e->pcr, SHOWN_MAX,
		       e->what);
		say_file(m, e, &path->events.e[c->comparison.input[i].predicted]);
	}
}

static void say_difference(const struct machine *m, const struct sealed_comparison *c,
			   const struct event_pair *first)
{
	const struct recorded_path *path = &c->sealed.path[c->path];
	const struct event *measured = first->logged == COMPARE_NO_EVENT ? NULL : &c->logged.e[first->logged];
	const struct event *sealed =
		first->predicted == COMPARE_NO_EVENT ? NULL : &path->events.e[first->predicted];
	const struct event *either = measured ? measured : sealed;

	if (!either)
		return;
	log_print(2, "Nearest sealed boot path: %s", path->label);
	if (measured)
		printf("First difference: PCR %u, event %zu\n", measured->pcr, first->logged + 1);
	else
		printf("First difference: PCR %u, after the last event\n", either->pcr);
	say_sides(sealed, measured);
	if (measured)
		say_file(m, measured, sealed);
	log_print(0, "%s", explain_meaning(c, either));
	if (c->comparison.differs && first->logged != c->comparison.first.logged)
		say_consequence(c);
	say_others(m, c, first);
}

/* Everything that ran is as sealed: nobody is accused. */
static void say_harmless(const struct machine *m, const struct sealed_comparison *c)
{
	struct buffer options = BUFFER_NONE, disks = BUFFER_NONE;

	log_print(2, "This boot started exactly what is sealed: %s.", c->sealed.path[c->path].label);
	explain_harmless(&c->harmless, &options, &disks);
	if (options.len > 0)
		log_print(2, "%s", buffer_str(&options));
	if (disks.len > 0)
		log_print(2, "%s", buffer_str(&disks));
	buffer_free(&options);
	buffer_free(&disks);
	puts("A boot as before unlocks automatically.");
	if (!boot_trusted(m))
		puts("If this is to stay, 'bootseal reseal --accept-current' covers it, too.");
}

/* ret_harmless: whether this boot started what is sealed. */
static int compare(const struct machine *m, pcr_mask mask, bool *ret_harmless)
{
	struct sealed_comparison c = SEALED_COMPARISON_NONE;
	struct error err = ERROR_NONE;
	struct event_pair first;
	int r;

	r = sealed_compare(m, mask, &err, &c);
	if (r < 0) {
		log_say("cannot compare this boot with the sealed boot paths: %s",
			err.text[0] ? err.text : strerror(-r));
		return EXIT_FAILED;
	}
	*ret_harmless = c.is_harmless;
	if (c.is_harmless)
		say_harmless(m, &c);
	else if (comparison_first(&c.comparison, &first))
		say_difference(m, &c, &first);
	else
		log_print(2, "This boot matches a boot path that is sealed now: %s.",
			  c.sealed.path[c.path].label);
	sealed_comparison_free(&c);
	return EXIT_YES;
}

static void say_what_next(const struct machine *m)
{
	const bool accepted = boot_trusted(m);

	log_print(0, "%s", accepted ? EXPLAIN_ACCEPTED : EXPLAIN_ADVICE);
	if (!accepted)
		puts("Changes of the boot chain are rejected in this boot. If you know the cause:\n"
		     "'bootseal check' says what the next boot will do, and\n"
		     "'bootseal reseal --accept-current' accepts the current files.");
}

static int explain(const struct machine *m)
{
	struct error err = ERROR_NONE;
	struct boot_report report;
	bool harmless = false;
	struct state s;
	int code = EXIT_YES, r;

	r = state_load(m, &err, &s);
	if (r < 0) {
		log_say("%s", err.text);
		return cli_exit_code(r);
	}
	r = boot_report_read(m, &err, &report);
	if (answer_is_json())
		return explain_json(m, &s, r < 0 ? NULL : &report, err.text);
	if (r == 0 && report.opened) {
		printf("The TPM unlocked this boot (generation %u): there is nothing to explain.\n",
		       report.generation);
		return EXIT_YES;
	}
	if (s.generation == 0) {
		log_print(0, "%s", EXPLAIN_UNFINISHED);
		return EXIT_NOT_ENROLLED;
	}
	if (boot_before_enrolment(m)) {
		log_print(0, "This boot began before the machine was enrolled: there is nothing to explain. "
			     "'bootseal check' says what the next boot will do.");
		return EXIT_YES;
	}
	if (r < 0)
		log_print(2, "The TPM did not unlock this boot: %s.", text_after_tpm(err.text));
	else
		log_print(2, "The TPM did not unlock this boot: %s.",
			  report.reason[0] ? text_after_tpm(report.reason) : "no reason was recorded");
	/* without a TPM there are no measurements */
	if (r < 0 || report.exit_code != UNLOCK_NO_TPM)
		code = compare(m, s.mask, &harmless);
	if (!harmless)
		say_what_next(m);
	return code;
}

int cmd_explain(int argc, char **argv)
{
	const struct cli_takes takes = { .json = true };
	struct machine m;
	int code;

	code = cli_begin(argc, argv, help, &takes, &m);
	if (code >= 0)
		return code;
	if (cli_need_enrolled(&m))
		return explain(&m);
	return answer_is_json() ? explain_json(&m, NULL, NULL, "") : EXIT_NOT_ENROLLED;
}
