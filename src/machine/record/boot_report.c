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

int boot_report_read(const struct machine *m, struct error *err, struct boot_report *ret)
{
	struct buffer text = BUFFER_NONE;
	struct boot_result result;
	double total;
	int r;

	r = machine_read(m, BOOT_REPORT_PATH, BOOT_RESULT_MAX_LEN, err, &text);
	if (r == -ENOENT)
		r = error_set(err, -ENODATA, "bootseal-unlock did not run in this boot");
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
	char path[PATH_MAX];
	int r;

	r = boot_report_read(m, err, &report);
	if (r == 0 && report.opened)
		return 1;
	if (machine_path(m, BOOT_TRUSTED_PATH, path) == 0 && file_exists(path))
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
