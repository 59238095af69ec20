#include "machine/record/without_log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static const char text[] = "The firmware's event log is not used: 'bootseal enroll --without-log'.\n";

bool without_log_is_set(const struct machine *m)
{
	return machine_exists(m, WITHOUT_LOG_PATH);
}

int without_log_set(const struct machine *m, bool on, struct error *err)
{
	char path[PATH_MAX];
	int r;

	if (without_log_is_set(m) == on)
		return 0;
	r = machine_path(m, WITHOUT_LOG_PATH, path);
	if (r == 0 && on)
		return file_replace(path, text, sizeof(text) - 1, 0600, err);
	if (r == 0 && unlink(path) < 0)
		r = error_set(err, -errno, WITHOUT_LOG_PATH ": cannot remove: %s", strerror(errno));
	return r;
}
