#include "machine/boot_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "machine/json.h"

#define REPORT_MAX_LEN 65536

static bool parse(struct json_object *o, struct boot_report *r)
{
	struct json_object *ms;
	char outcome[16];
	int64_t n;

	if (!json_take_int(o, "version", 1, &n) || n != 1)
		return false;
	if (!json_take_str(o, "outcome", sizeof(outcome), outcome) ||
	    !json_take_str(o, "reason", sizeof(r->reason), r->reason) ||
	    !json_take_str(o, "window", sizeof(r->window), r->window))
		return false;
	r->opened = strcmp(outcome, "opened") == 0;
	if (!json_take_int(o, "exit", 255, &n))
		return false;
	r->exit_code = n;
	if (!json_take_int(o, "generation", UINT32_MAX, &n))
		return false;
	r->generation = n;
	if (!json_take_int(o, "branch", UINT32_MAX, &n))
		return false;
	r->branch = n;
	if (!json_object_object_get_ex(o, "ms", &ms) || !json_take_int(ms, "total", UINT32_MAX, &n))
		return false;
	r->total_ms = n;
	return true;
}

int boot_report_read(const struct machine *m, struct error *err, struct boot_report *ret)
{
	struct boot_report report = { 0 };
	struct buffer text = BUFFER_NONE;
	struct json_object *o = NULL;
	int r;

	r = machine_read(m, BOOT_REPORT_PATH, REPORT_MAX_LEN, err, &text);
	if (r == -ENOENT)
		r = error_set(err, -ENODATA, "bootseal-unlock did not run in this boot");
	if (r < 0)
		goto out;
	o = json_tokener_parse(buffer_str(&text));
	if (!json_object_is_type(o, json_type_object) || !parse(o, &report)) {
		r = error_set(err, -EBADMSG, BOOT_REPORT_PATH ": not what bootseal-unlock writes");
		goto out;
	}
	*ret = report;
out:
	json_object_put(o);
	buffer_free(&text);
	return r;
}

bool boot_trusted(const struct machine *m)
{
	struct boot_report report;
	char path[PATH_MAX];

	if (boot_report_read(m, NULL, &report) == 0 && report.opened)
		return true;
	return machine_path(m, BOOT_TRUSTED_PATH, path) == 0 && file_exists(path);
}

int boot_trust(const struct machine *m, struct error *err)
{
	char path[PATH_MAX];
	int r;

	r = machine_path(m, MACHINE_RUN_DIR, path);
	if (r == 0)
		r = file_mkdir(path, 0755, err);
	if (r == 0)
		r = machine_path(m, BOOT_TRUSTED_PATH, path);
	if (r == 0)
		r = file_replace(path, "", 0, 0600, err);
	return r;
}
