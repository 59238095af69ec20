#include "machine/record/boot_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "seal/anchor.h"
#include "seal/json.h"

#define REPORT_MAX_LEN 65536

/* null: no branch matched. */
static bool take_match(struct json_object *o, const char *name, bool *ret_matched, uint32_t *ret)
{
	uint64_t n;

	*ret_matched = false;
	if (json_is_null(o, name))
		return true;
	if (!json_member_number(o, name, UINT32_MAX, &n))
		return false;
	*ret_matched = true;
	*ret = n;
	return true;
}

/* "opened" by the TPM in this boot: a mapping that was there already, or that a passphrase opened, is another matter. */
static bool take_targets(struct json_object *o, bool *ret_all_opened)
{
	struct json_object *a;
	char result[16];
	size_t n;

	if (!json_member_array(o, "targets", TARGET_MAX, &a, &n))
		return false;
	*ret_all_opened = n > 0;
	for (size_t i = 0; i < n; i++) {
		if (!json_member_text(json_list_at(a, i), "result", sizeof(result), result))
			return false;
		*ret_all_opened &= strcmp(result, "opened") == 0;
	}
	return true;
}

static bool take_total(struct json_object *o, uint32_t *ret)
{
	double total;

	if (!json_member_double(json_member_object(o, "ms"), "total", &total))
		return false;
	*ret = total > 0 && total < 1e9 ? (uint32_t)(total + 0.5) : 0;
	return true;
}

static bool parse(struct json_object *o, struct boot_report *r)
{
	bool generation, branch, all;
	uint64_t n;

	if (!json_member_number(o, "version", 1, &n) || n != 1)
		return false;
	if (!json_member_number(o, "exit", 255, &n))
		return false;
	r->exit_code = n;
	if (!json_member_text(o, "reason", sizeof(r->reason), r->reason) ||
	    !json_member_text(o, "window", sizeof(r->window), r->window) ||
	    !take_match(o, "generation", &generation, &r->generation) || !take_match(o, "branch", &branch, &r->branch) ||
	    !take_targets(o, &all) || !take_total(o, &r->total_ms))
		return false;
	r->opened = r->exit_code == 0 && generation && branch && all;
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
	if (json_read(buffer_str(&text), text.len, err, &o) < 0 || !parse(o, &report)) {
		r = error_set(err, -EBADMSG, BOOT_REPORT_PATH ": not written by bootseal-unlock");
		goto out;
	}
	*ret = report;
out:
	json_free(o);
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
