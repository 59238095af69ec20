#include "machine/record/boot_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

/* "opened" by the TPM in this boot: not a mapping that was there before, or that a passphrase opened. */
static bool all_opened(const struct boot_result *r)
{
	for (size_t i = 0; i < r->target_count; i++)
		if (r->target[i].outcome != TARGET_OPENED)
			return false;
	return r->target_count > 0;
}

/* A file of /run whose being there is all that it says. */
static bool is_flagged(const struct machine *m, const char *flag)
{
	char path[PATH_MAX];

	return machine_path(m, flag, path) == 0 && file_exists(path);
}

static int put_flag(const struct machine *m, const char *flag, struct error *err)
{
	char path[PATH_MAX];
	int r;

	r = machine_path(m, MACHINE_RUN_DIR, path);
	if (r == 0)
		r = file_mkdir(path, 0755, err);
	if (r == 0)
		r = machine_path(m, flag, path);
	return r == 0 ? file_replace(path, "", 0, 0600, err) : r;
}

int boot_report_read(const struct machine *m, struct error *err, struct boot_report *ret)
{
	struct buffer text = BUFFER_NONE;
	struct boot_result result;
	double total;
	int r;

	r = machine_read(m, BOOT_REPORT_PATH, BOOT_RESULT_MAX_LEN, err, &text);
	if (r == -ENOENT)
		r = error_set(err, -ENODATA, "%s",
			      is_flagged(m, BOOT_BEFORE_PATH) ? "it began before the enrolment" :
								"bootseal-unlock did not run in this boot");
	if (r < 0)
		goto out;
	r = boot_result_parse(buffer_str(&text), text.len, err, &result);
	if (r < 0) {
		error_prefix(err, r, BOOT_REPORT_PATH);
		goto out;
	}
	total = result.ms[STEP_TOTAL];
	*ret = (struct boot_report){ .opened = result.exit == 0 && result.matched && all_opened(&result),
				     .exit_code = result.exit, .window = result.window,
				     .generation = result.generation, .branch = result.branch,
				     .total_ms = total > 0 && total < 1e9 ? (uint32_t)(total + 0.5) : 0 };
	_Static_assert(sizeof(ret->reason) == sizeof(result.reason.text), "the reason is copied whole");
	memcpy(ret->reason, result.reason.text, sizeof(ret->reason));
out:
	buffer_free(&text);
	return r;
}

int boot_ask_trusted(const struct machine *m, struct error *err)
{
	struct boot_report report;
	int r;

	r = boot_report_read(m, err, &report);
	if ((r == 0 && report.opened) || is_flagged(m, BOOT_TRUSTED_PATH))
		return 1;
	/* no report, or none that says so */
	return r == -ENODATA || r == -EBADMSG ? 0 : r;
}

bool boot_trusted(const struct machine *m)
{
	return boot_ask_trusted(m, NULL) > 0;
}

int boot_trust(const struct machine *m, struct error *err)
{
	return put_flag(m, BOOT_TRUSTED_PATH, err);
}

bool boot_before_enrolment(const struct machine *m)
{
	struct boot_report report;

	return boot_report_read(m, NULL, &report) == -ENODATA && is_flagged(m, BOOT_BEFORE_PATH);
}

int boot_mark_before_enrolment(const struct machine *m, struct error *err)
{
	if (machine_exists(m, ANCHOR_PATH) || is_flagged(m, BOOT_REMOVED_PATH))
		return 0;
	return put_flag(m, BOOT_BEFORE_PATH, err);
}

int boot_mark_removed(const struct machine *m, struct error *err)
{
	if (!machine_exists(m, ANCHOR_PATH) || is_flagged(m, BOOT_BEFORE_PATH))
		return 0;
	return put_flag(m, BOOT_REMOVED_PATH, err);
}

bool boot_was_refused(const struct machine *m)
{
	struct boot_report report;
	int r = boot_report_read(m, NULL, &report);

	if (r == -ENODATA)
		return is_flagged(m, BOOT_REMOVED_PATH);
	return r < 0 || !report.opened;
}
