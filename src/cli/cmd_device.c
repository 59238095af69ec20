#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/blockdev.h"
#include "base/log.h"
#include "cli/begin.h"
#include "cli/cli.h"
#include "cli/events.h"
#include "machine/record/late_volumes.h"
#include "machine/system/device.h"
#include "machine/system/device_guard.h"
#include "seal/anchor.h"
#include "seal/lies_on.h"

static const char help[] =
	"usage: bootseal device PATH\n\n"
	"Does this block device lie on enrolled volumes and on nothing else? Run by\n"
	"bootseal-device@.service before systemd mounts, or swaps to, what /etc/fstab\n"
	"names and what lay there at the enrolment: any disk can carry a name. Exit code\n"
	"0: yes, or nothing is enrolled; 5: no.\n";

static int judge(const struct machine *m, const struct device_guard *g, const char *path)
{
	char sysfs[PATH_MAX], name[BLOCKDEV_LINE_MAX];
	dev_t dev;
	int r;

	r = device_number(m, path, &dev);
	if (r < 0) {
		log_say("%s: %s", path, strerror(-r));
		return EXIT_FAILED;
	}
	if (machine_path(m, "/sys", sysfs) < 0)
		return EXIT_FAILED;
	if (lies_on_targets(sysfs, g->early, dev) || lies_on_targets(sysfs, g->late, dev))
		return EXIT_YES;
	if (blockdev_name(sysfs, dev, name) < 0)
		snprintf(name, sizeof(name), "%u:%u", major(dev), minor(dev));
	event_refused(path, NULL, "it is not on an enrolled volume, where it was when it was last looked at");
	log_say("%s (%s) is not on an enrolled volume, where it was when it was last looked at: it is not "
		"used. Another disk may carry the same name: look at what is plugged in ('lsblk -o +UUID'). "
		"If you moved it yourself, 'bootseal enroll' takes note of that", path, name);
	return EXIT_WILL_NOT;
}

int cmd_device(int argc, char **argv)
{
	struct error err = ERROR_NONE;
	struct anchor anchor, late;
	struct machine m;
	const char *word = "DEVICE";
	char path[PATH_MAX];
	int code, r;

	code = cli_begin(argc, argv, help, &(struct cli_takes){ .word = &word }, &m);
	if (code >= 0)
		return code;
	r = machine_path(&m, ANCHOR_PATH, path);
	if (r == 0)
		r = anchor_read(path, &err, &anchor);
	if (r == -ENOENT)
		return EXIT_YES;
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return EXIT_FAILED;
	}
	/* without the list the root's own volumes are judged, and no others */
	if (late_volumes_read(&m, &err, &late) < 0)
		log_say("%s", err.text);
	return judge(&m, &(struct device_guard){ &anchor, &late }, word);
}
