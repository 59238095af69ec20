/* The same bytes as each of the JSON files of the installed system: its state, the verdict on this boot, the report of the unlock. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/boot_report.h"
#include "machine/chain.h"
#include "machine/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct machine machine;

static void clean_up(void)
{
	static const char *const names[] = { STATE_PATH, CALIBRATION_PATH, BOOT_REPORT_PATH, "/file", MACHINE_STATE_DIR, "/var/lib",
					     "/var", MACHINE_RUN_DIR, "/run", "" };
	char path[2 * PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", machine.root, names[i]);
		remove(path);
	}
}

/* One file, three names. */
static void make_tree(void)
{
	static const char *const dirs[] = { "/var", "/var/lib", MACHINE_STATE_DIR, "/run", MACHINE_RUN_DIR };
	static const char *const links[] = { STATE_PATH, CALIBRATION_PATH, BOOT_REPORT_PATH };
	char path[2 * PATH_MAX], file[2 * PATH_MAX];

	strcpy(machine.root, "/dev/shm/bootseal-fuzz-XXXXXX");
	if (!mkdtemp(machine.root))
		abort();
	atexit(clean_up);
	strcpy(machine.boot_id, "11111111-2222-3333-4444-555555555555");
	snprintf(file, sizeof(file), "%s/file", machine.root);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", machine.root, dirs[i]);
		if (mkdir(path, 0700) < 0)
			abort();
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", machine.root, links[i]);
		if (symlink(file, path) < 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct state state;
	struct calibration calibration = CALIBRATION_NONE;
	struct boot_report report;
	struct error err = ERROR_NONE;
	char path[2 * PATH_MAX];
	int fd;

	if (!machine.root[0])
		make_tree();
	snprintf(path, sizeof(path), "%s/file", machine.root);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	close(fd);
	if (state_load(&machine, &err, &state) < 0 && !err.text[0])
		abort();
	err = ERROR_NONE;
	if (calibration_read(&machine, &err, &calibration) < 0 && !err.text[0])
		abort();
	calibration_free(&calibration);
	err = ERROR_NONE;
	if (boot_report_read(&machine, &err, &report) < 0 && !err.text[0])
		abort();
	/* a boot is trusted only by a report that says so */
	if (boot_trusted(&machine) != (boot_report_read(&machine, NULL, &report) == 0 && report.opened))
		abort();
	return 0;
}
