#include "machine/chain/sealed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "machine/chain/calibration_file.h"
#include "machine/chain/chain.h"
#include "machine/chain/no_log.h"
#include "machine/record/state.h"
#include "machine/record/without_log.h"
#include "machine/system/layout.h"

static bool is_saved(const struct machine *m, uint32_t generation)
{
	struct prediction_record p = PREDICTION_RECORD_NONE;
	struct buffer text = BUFFER_NONE;
	bool same = false;

	if (machine_read(m, SEALED_PATH, PREDICTION_RECORD_MAX_LEN, NULL, &text) == 0 &&
	    prediction_record_parse(text.data, text.len, SEALED_PATH, NULL, &p) == 0)
		same = p.generation == generation;
	prediction_record_free(&p);
	buffer_free(&text);
	return same;
}

int sealed_save(const struct machine *m, const struct prediction_record *p, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	if (is_saved(m, p->generation))
		return 0;
	r = prediction_record_format(p, &text);
	if (r < 0)
		return error_set(err, r, SEALED_PATH ": cannot write: %s", strerror(-r));
	r = machine_path(m, SEALED_PATH, path);
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0600, err);
	buffer_free(&text);
	return r;
}

static int read_log(const struct machine *m, struct error *err, struct event_list *ret)
{
	struct eventlog log = EVENTLOG_NONE;
	struct buffer bytes = BUFFER_NONE;
	struct reader r;
	bool unused = without_log_is_set(m);
	int e;

	/* where the boot was told from the PCRs' values, its events are known, too */
	if (unused && no_log_kept(m, ret) == 0)
		return 0;
	if (unused)
		return error_set(err, -ENODATA, "the event log of this machine is not used ('bootseal enroll "
				 "--without-log'), and the PCRs' values alone do not tell what differed");
	e = machine_read(m, EVENTLOG_PATH, EVENTLOG_MAX_LEN, err, &bytes);
	if ((e == -ENOENT || (e == 0 && bytes.len == 0)) && no_log_kept(m, ret) == 0) {
		buffer_free(&bytes);
		return 0;
	}
	if (e == -ENOENT)
		e = error_set(err, -ENODATA, "this boot has no event log");
	if (e == 0) {
		r = reader_new(bytes.data, bytes.len);
		e = eventlog_parse(&r, err, &log);
	}
	if (e == 0)
		e = eventlog_events(&log, err, ret);
	if (e == 0)
		e = eventlog_add_start(&log, ret);
	else if (bytes.len > 0)
		e = no_log_advise(e, err);
	eventlog_free(&log);
	buffer_free(&bytes);
	return e;
}

/*
 * The nearest path; where it is not the same, one that this boot equals in all that it started, whatever else
 * may be near.
 */
static int find_nearest(struct sealed_comparison *c, pcr_mask mask)
{
	struct event_pair first;
	int r = prediction_record_nearest(&c->sealed, &c->logged, mask, &c->path, &c->comparison);

	if (r < 0 || !comparison_first(&c->comparison, &first))
		return r;
	for (size_t i = 0; i < c->sealed.n; i++) {
		const struct event_list *sealed = &c->sealed.path[i].events;

		if (!harmless_find(&c->logged, sealed, mask, &c->harmless))
			continue;
		c->is_harmless = true;
		c->path = i;
		return compare_events(&c->logged, sealed, mask, &c->comparison);
	}
	return 0;
}

int sealed_compare(const struct machine *m, pcr_mask mask, struct error *err, struct sealed_comparison *ret)
{
	struct sealed_comparison c = SEALED_COMPARISON_NONE;
	struct buffer text = BUFFER_NONE;
	int r;

	r = machine_read(m, SEALED_PATH, PREDICTION_RECORD_MAX_LEN, err, &text);
	if (r == -ENOENT)
		r = error_set(err, -ENODATA,
			      "the sealed boot paths are not recorded; the next reseal records them");
	if (r == 0)
		r = prediction_record_parse(text.data, text.len, SEALED_PATH, err, &c.sealed);
	if (r == 0)
		r = read_log(m, err, &c.logged);
	if (r == 0)
		r = find_nearest(&c, mask & ~PCR(WINDOW_PCR));
	buffer_free(&text);
	if (r < 0) {
		sealed_comparison_free(&c);
		return r;
	}
	*ret = c;
	return 0;
}

/* The prefixes of a branch whose composite is known: those of the recorded path that has this composite. */
static int add_detail(const struct prediction_record *p, pcr_mask mask, struct branch *b, bool *ret_found)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct branch made;
	int r = 0;

	*ret_found = false;
	for (size_t i = 0; i < p->n && r == 0 && !*ret_found; i++) {
		r = event_list_replay(&p->path[i].events, pcrs);
		if (r == 0)
			r = branch_from_pcrs(b->id, mask, pcrs, &made);
		*ret_found = r == 0 && memcmp(made.composite, b->composite, SHA256_LEN) == 0;
	}
	if (*ret_found)
		*b = made;
	return r;
}

static int add_details(const struct machine *m, pcr_mask mask, struct error *err, struct generation *g,
		       bool *ret_all)
{
	struct prediction_record p = PREDICTION_RECORD_NONE;
	struct buffer text = BUFFER_NONE;
	int r;

	*ret_all = false;
	r = machine_read(m, SEALED_PATH, PREDICTION_RECORD_MAX_LEN, err, &text);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = prediction_record_parse(text.data, text.len, SEALED_PATH, err, &p);
	*ret_all = r == 0;
	for (size_t i = 0; i < g->branch_count && r == 0 && *ret_all; i++)
		r = add_detail(&p, mask, &g->branch[i], ret_all);
	prediction_record_free(&p);
	buffer_free(&text);
	return r;
}

int sealed_policy(const struct machine *m, struct error *err, struct generation *ret, pcr_mask *ret_mask,
		  bool *ret_detailed)
{
	struct generation g = { .number = 0 };
	struct state s;
	int r;

	r = state_load(m, err, &s);
	if (r == -ENODATA && machine_is_tree(m))
		return layout_explain(m, STATE_PATH, -ENOENT, err), -ENODATA;
	if (r < 0)
		return r;
	g.number = s.generation;
	g.branch_count = s.branch_count;
	for (size_t i = 0; i < s.branch_count; i++) {
		g.branch[i].id = s.branch[i].id;
		memcpy(g.branch[i].composite, s.branch[i].composite, SHA256_LEN);
	}
	r = add_details(m, s.mask, err, &g, ret_detailed);
	if (r < 0)
		return r;
	*ret = g;
	*ret_mask = s.mask;
	return 0;
}

void sealed_comparison_free(struct sealed_comparison *c)
{
	event_list_free(&c->logged);
	prediction_record_free(&c->sealed);
	*c = SEALED_COMPARISON_NONE;
}

static enum sealed_now judge(const struct machine *m, const struct calibration_file *f,
			     const struct event *sealed)
{
	enum sealed_now now = NOW_UNKNOWN;
	struct files *files = NULL;
	uint8_t digest[SHA256_LEN];
	struct input *input;
	int r;

	/* a variable has a name, not a path */
	if (f->path[0] != '/' || files_new(m, &files) < 0)
		return NOW_UNKNOWN;
	r = files_input(files, NULL, f->path, NULL, &input);
	if (r == 0 && f->authenticode)
		r = input_authenticode(input, NULL, digest);
	else if (r == 0)
		memcpy(digest, input_facts(input)->sha256, SHA256_LEN);
	if (r == 0)
		now = sealed && memcmp(digest, sealed->digest, SHA256_LEN) == 0 ? NOW_AS_SEALED
		      : memcmp(digest, f->measured, SHA256_LEN) == 0		? NOW_AS_MEASURED
										: NOW_OTHER;
	files_free(files);
	return now;
}

enum sealed_now sealed_file(const struct machine *m, const struct event *measured, const struct event *sealed,
			    char ret_path[static PATH_MAX])
{
	struct calibration c = CALIBRATION_NONE;
	enum sealed_now now = NOW_UNKNOWN;

	ret_path[0] = '\0';
	if (calibration_read(m, NULL, &c) < 0)
		return now;
	for (size_t i = 0; i < c.file_count; i++) {
		if (memcmp(c.file[i].measured, measured->digest, SHA256_LEN) != 0)
			continue;
		snprintf(ret_path, PATH_MAX, "%s", c.file[i].path);
		now = judge(m, &c.file[i], sealed);
		break;
	}
	calibration_free(&c);
	return now;
}
