#include "cli/explain_json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "base/words.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/explain_words.h"
#include "machine/chain/sealed.h"

static void put_file(struct json_object *o, const struct machine *m, const struct event *measured,
		     const struct event *sealed)
{
	static const char *const words[] = {
		[NOW_UNKNOWN] = "unknown",
		[NOW_AS_SEALED] = "as-sealed",
		[NOW_AS_MEASURED] = "as-measured",
		[NOW_OTHER] = "other",
	};
	char path[PATH_MAX];
	const enum sealed_now now = sealed_file(m, measured, sealed, path);

	if (!path[0])
		return;
	answer_put_words(o, "file", path);
	json_put_text(o, "file_now", words[now]);
}

static void put_words(struct json_object *o, const char *sealed, const char *measured)
{
	struct buffer gone = BUFFER_NONE, added = BUFFER_NONE;

	if (words_differ(sealed, measured, &gone, &added)) {
		answer_put_words(o, "gone", buffer_str(&gone));
		answer_put_words(o, "added", buffer_str(&added));
	}
	buffer_free(&gone);
	buffer_free(&added);
}

static void put_digest(struct json_object *o, const char *name, const struct event *e)
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(e->digest, SHA256_LEN, hex);
	json_put_text(o, name, hex);
}

/* One of them may be NULL: it has no such event. */
static struct json_object *difference(const struct machine *m, const struct event *sealed,
				      const struct event *measured, size_t n)
{
	struct json_object *o = json_new_object();

	if (measured) {
		json_put_number(o, "pcr", measured->pcr);
		json_put_number(o, "event", (int64_t)n + 1);
		answer_put_words(o, "measured", measured->what);
		put_digest(o, "measured_sha256", measured);
		put_file(o, m, measured, sealed);
	} else if (sealed) {
		json_put_number(o, "pcr", sealed->pcr);
	}
	if (sealed) {
		answer_put_words(o, "sealed", sealed->what);
		put_digest(o, "sealed_sha256", sealed);
	}
	if (sealed && measured)
		put_words(o, event_text(sealed), event_text(measured));
	return o;
}

static void put_differences(struct json_object *top, const struct machine *m,
			    const struct sealed_comparison *c, const struct event_pair *first)
{
	const struct event *sealed = c->sealed.path[c->path].events.e, *logged = c->logged.e;
	struct json_object *list = json_new_list();
	const struct event_pair *p;

	json_list_add(list,
		      difference(m, first->predicted == COMPARE_NO_EVENT ? NULL : &sealed[first->predicted],
				 first->logged == COMPARE_NO_EVENT ? NULL : &logged[first->logged],
				 first->logged));
	for (size_t i = 0; i < c->comparison.input_count; i++) {
		p = &c->comparison.input[i];
		if (p->logged != first->logged)
			json_list_add(list, difference(m, &sealed[p->predicted], &logged[p->logged],
						       p->logged));
	}
	json_put_member(top, "differences", list);
	/* what the changed file made the boot loader do */
	p = &c->comparison.first;
	if (c->comparison.differs && p->logged != first->logged && p->logged != COMPARE_NO_EVENT &&
	    p->predicted != COMPARE_NO_EVENT)
		json_put_member(top, "consequence",
				difference(m, &sealed[p->predicted], &logged[p->logged], p->logged));
}

static void put_harmless(struct json_object *top, const struct harmless *h)
{
	struct buffer options = BUFFER_NONE, disks = BUFFER_NONE;

	explain_harmless(h, &options, &disks);
	if (options.len > 0 && disks.len > 0)
		buffer_add_str(&options, " ");
	buffer_add_str(&options, buffer_str(&disks));
	answer_put_words(top, "meaning", buffer_str(&options));
	buffer_free(&options);
	buffer_free(&disks);
}

static void put_meaning(struct json_object *top, const struct sealed_comparison *c,
			const struct event_pair *first)
{
	const struct event *e = first->logged != COMPARE_NO_EVENT ? &c->logged.e[first->logged] :
					&c->sealed.path[c->path].events.e[first->predicted];

	answer_put_words(top, "meaning", explain_meaning(c, e));
}

/* What explain compares; the verdict. "unknown": err says why. */
static const char *put_comparison(struct json_object *top, const struct machine *m, pcr_mask mask,
				  struct error *err)
{
	struct sealed_comparison c = SEALED_COMPARISON_NONE;
	struct event_pair first;
	const char *verdict = "same";
	int r;

	r = sealed_compare(m, mask, err, &c);
	if (r < 0) {
		if (!err->text[0])
			error_set(err, r, "%s", strerror(-r));
		return "unknown";
	}
	answer_put_words(top, "nearest", c.sealed.path[c.path].label);
	if (c.is_harmless) {
		verdict = "harmless";
		put_harmless(top, &c.harmless);
	} else if (comparison_first(&c.comparison, &first) &&
		   (first.logged != COMPARE_NO_EVENT || first.predicted != COMPARE_NO_EVENT)) {
		verdict = "differs";
		put_differences(top, m, &c, &first);
		put_meaning(top, &c, &first);
	}
	sealed_comparison_free(&c);
	return verdict;
}

struct json_object *explain_object(const struct machine *m, const struct state *s,
				   const struct boot_report *report, const char *why, int *ret_code)
{
	const bool opened = report && report->opened;
	struct json_object *top = json_new_object();
	struct error err = ERROR_NONE;
	const char *verdict = "unknown";
	int code = EXIT_YES;

	json_put_number(top, "version", ANSWER_VERSION);
	json_put_text(top, "bootseal", BOOTSEAL_VERSION);
	json_put_bool(top, "enrolled", s != NULL);
	json_put_bool(top, "unlocked_by_tpm", opened);
	answer_put_words(top, "reason", opened || !s ? "" : report ? report->reason : why);
	if (!s) {
		code = EXIT_NOT_ENROLLED;
	} else if (s->generation == 0) {
		error_set(&err, 0, "%s", EXPLAIN_UNFINISHED);
		code = EXIT_NOT_ENROLLED;
	} else if (opened) {
		verdict = "unlocked";
	} else if (boot_before_enrolment(m)) {
		verdict = "before-enrolment";
	} else if (!report || report->exit_code != UNLOCK_NO_TPM) {
		verdict = put_comparison(top, m, s->mask, &err);
		if (err.text[0])
			code = EXIT_FAILED;
	}
	json_put_text(top, "verdict", verdict);
	answer_put_words(top, "failure", err.text);
	json_put_number(top, "exit_code", code);
	*ret_code = code;
	return top;
}

int explain_json(const struct machine *m, const struct state *s, const struct boot_report *report,
		 const char *why)
{
	int code;
	struct json_object *top = explain_object(m, s, report, why, &code);

	return answer_print(top) < 0 ? EXIT_FAILED : code;
}
