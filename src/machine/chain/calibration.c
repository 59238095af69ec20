#include "machine/chain/calibration.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "machine/chain/chain_files.h"
#include "machine/chain/no_log.h"
#include "measure/boot/calibrate.h"

#define NAMED_MAX 8 /* changed inputs that the reason names */

static int add_file(struct calibration *c, const char *path, const uint8_t measured[static SHA256_LEN],
		    bool authenticode, bool changed)
{
	struct calibration_file *grown;

	for (size_t i = 0; i < c->file_count; i++)
		if (strcmp(c->file[i].path, path) == 0) {
			c->file[i].changed |= changed;
			return 0;
		}
	grown = reallocarray(c->file, c->file_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->file = grown;
	grown += c->file_count;
	*grown = (struct calibration_file){ .path = strdup(path),
					    .authenticode = authenticode,
					    .changed = changed };
	if (!grown->path)
		return -ENOMEM;
	memcpy(grown->measured, measured, SHA256_LEN);
	c->file_count++;
	return 0;
}

/*
 * An event names a file with its device, or without when that is clear to the loader. NULL: none of the
 * opened files.
 */
static const struct boot_access *find_access(const struct boot_trace *g, const char *name)
{
	char full[PATH_MAX];

	for (size_t i = 0; i < g->access_count; i++) {
		const struct boot_access *a = &g->accesses[i];

		snprintf(full, sizeof(full), "(%s)%s", a->device, a->path);
		if (a->opened && (strcmp(full, name) == 0 || strcmp(a->path, name) == 0))
			return a;
	}
	return NULL;
}

static bool differs(const struct comparison *c, size_t logged)
{
	for (size_t i = 0; i < c->input_count; i++)
		if (c->input[i].logged == logged)
			return true;
	return false;
}

static int esp_name(const struct chain *c, const char *file, char **ret)
{
	char *name;

	if (asprintf(&name, "%s%s", c->esp->mount, file) < 0)
		return -ENOMEM;
	*ret = name;
	return 0;
}

/*
 * The path of an input of this boot on the running system; a variable's name; NULL in *ret for what is
 * neither.
 */
static int name_input(const struct chain *c, const struct calibrated *cal, size_t logged, char **ret)
{
	const struct event *e = &c->logged.e[logged];
	const struct boot_access *a;
	int r;

	*ret = NULL;
	if (e->kind == EVENT_FILE) {
		a = find_access(&cal->prediction.trace, e->what);
		r = a ? chain_system_path(c, a->device, a->path, ret) : -ENODEV;
		if (r == -ENODEV || r == -ENOMEDIUM)
			*ret = strdup(e->what);
		return *ret ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < c->started.n; i++)
		if (logged == c->started.image[i].at)
			return esp_name(c, c->started.image[i].file, ret);
	if (e->kind == EVENT_VARIABLE)
		*ret = strdup(e->what);
	else
		return 0;
	return *ret ? 0 : -ENOMEM;
}

static int list_files(const struct chain *c, const struct calibrated *cal, struct calibration *ret)
{
	char *name;
	int r = 0;

	for (size_t i = 0; i < c->logged.n && r == 0; i++) {
		const struct event *e = &c->logged.e[i];

		r = name_input(c, cal, i, &name);
		if (r == 0 && name)
			r = add_file(ret, name, e->digest, e->kind == EVENT_IMAGE,
				     differs(&cal->comparison, i));
		free(name);
	}
	return r;
}

static int explain_changes(struct calibration *c)
{
	struct buffer b = BUFFER_NONE;
	size_t n = 0;

	for (size_t i = 0; i < c->file_count; i++) {
		if (!c->file[i].changed)
			continue;
		if (n < NAMED_MAX)
			buffer_addf(&b, "%s%s", n == 0 ? "changed since this boot: " : ", ", c->file[i].path);
		n++;
	}
	if (n > NAMED_MAX)
		buffer_addf(&b, " and %zu more", n - NAMED_MAX);
	if (n == 0)
		buffer_add_str(&b, "an image was replaced since this boot");
	c->reason = buffer_steal(&b);
	if (!c->reason)
		return -ENOMEM;
	text_make_printable(c->reason);
	return 0;
}

static int explain_mismatch(const struct chain *c, const struct calibrated *cal, struct calibration *ret)
{
	const struct comparison *k = &cal->comparison;
	struct buffer b = BUFFER_NONE;
	char *name;

	if (cal->prediction.events.n == 0)
		buffer_add_str(&b, cal->why.text);
	else
		comparison_describe(k, &c->logged, &cal->prediction.events, &b);
	if (cal->prediction.trace.missing_config)
		buffer_addf(&b, "; %s would not find %s now", c->model.loader->name,
			    cal->prediction.trace.missing_config);
	for (size_t i = 0; i < k->input_count && i < NAMED_MAX; i++) {
		if (name_input(c, cal, k->input[i].logged, &name) < 0 || !name)
			continue;
		buffer_addf(&b, "; %s changed since the boot", name);
		free(name);
	}
	ret->reason = buffer_steal(&b);
	if (!ret->reason)
		return -ENOMEM;
	text_make_printable(ret->reason);
	return 0;
}

static int name_path(const struct calibrated *cal, struct calibration *ret)
{
	const struct boot_trace *g = &cal->prediction.trace;
	const char *release = boot_trace_release(g);
	struct buffer b = BUFFER_NONE;

	if (*release) {
		buffer_add_str(&b, "Linux ");
		text_add_printable(&b, release, strlen(release), 64);
	} else {
		text_add_printable(&b, g->entry_title ? g->entry_title : "",
				   g->entry_title ? strlen(g->entry_title) : 0, 64);
	}
	buffer_add_str(&b, cal->by_itself ? " (default)" : " (from the menu)");
	ret->label = buffer_steal(&b);
	ret->entry = strdup(g->entry ? g->entry : "");
	return ret->label && ret->entry ? 0 : -ENOMEM;
}

static int judge(struct chain *c, struct error *err, struct calibration *ret)
{
	struct calibrated cal;
	int r;

	r = calibrate(&c->model, &c->logged, err, &cal);
	if (r < 0)
		return r;
	if (!cal.reproduced) {
		ret->verdict = VERDICT_MISMATCH;
		r = explain_mismatch(c, &cal, ret);
	} else {
		ret->verdict = cal.comparison.input_count > 0 ? VERDICT_INPUTS_CHANGED : VERDICT_EXACT;
		r = name_path(&cal, ret);
		if (r == 0)
			r = list_files(c, &cal, ret);
		if (r == 0 && ret->verdict == VERDICT_INPUTS_CHANGED)
			r = explain_changes(ret);
	}
	calibrated_free(&cal);
	return r < 0 ? error_set(err, r, "out of memory") : 0;
}

/*
 * An update may replace shim before the next boot; what it made of its variables is told apart by its own
 * bytes.
 */
static int keep_shim(const struct chain *c, struct error *err)
{
	const struct sb_image *shim = chain_shim(c);
	char path[PATH_MAX];
	int r;

	if (!shim || memcmp(shim->digest, c->logged.e[c->started.image[0].at].digest, SHA256_LEN) != 0)
		return 0;
	r = machine_path(c->machine, RUNNING_SHIM_PATH, path);
	return r < 0 ? r : file_replace(path, shim->file.at, shim->file.left, 0600, err);
}

int chain_calibrate(struct chain *c, const struct calibrate_options *o, struct error *err,
		    struct calibration *ret)
{
	struct calibration made = CALIBRATION_NONE;
	const int64_t began = log_begin();
	int r = o->again ? -ENODATA : calibration_read(c->machine, err, ret);

	if (r == 0 && ret->verdict == VERDICT_MISMATCH && o->pcrs) {
		/* its files may be back: what reproduces the log now is what was booted */
		calibration_free(ret);
		r = -ENODATA;
	}
	/* the verdict is perhaps from the log: a later look has only the events */
	if (r == 0 && o->record && c->no_log && !c->log_kept) {
		r = no_log_keep(c, err);
		if (r < 0)
			calibration_free(ret);
		return r;
	}
	if (r != -ENODATA && r != -EBADMSG)
		return r;
	if (o->pcrs) {
		r = chain_check_log(c, boot_facts_pcrs(&c->model), o->pcrs, err);
		if (r < 0)
			return c->no_log ? r : no_log_advise(r, err);
	}
	memcpy(made.boot_id, c->machine->boot_id, sizeof(made.boot_id));
	made.mask = boot_facts_pcrs(&c->model);
	r = event_list_replay(&c->logged, made.pcrs);
	if (r == 0)
		r = judge(c, err, &made);
	if (r == 0 && o->record)
		r = calibration_write(c->machine, &made, err);
	if (r == 0 && o->record)
		r = keep_shim(c, err);
	if (r == 0 && o->record && c->no_log)
		r = no_log_keep(c, err);
	if (r < 0) {
		calibration_free(&made);
		return r;
	}
	log_step_since(began, "compared the model with the %zu events of this boot", c->logged.n);
	*ret = made;
	return r;
}
