#include "machine/first_start.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "machine/chain/chain.h"
#include "machine/chain/started.h"
#include "machine/collect_tree.h"
#include "machine/system/partitions.h"
#include "machine/system/tree.h"
#include "measure/efi/secureboot_log.h"
#include "measure/log/eventlog_restart.h"

#define ESP "/boot/efi"
#define LOADERS "/EFI"
#define DEFAULT_LOADER LOADERS "/BOOT/BOOTX64.EFI"
#define FALLBACK LOADERS "/BOOT/fbx64.efi"
#define CSV_MAX_LEN 4096
#define NAME_MAX_LEN 64

/* What the firmware's own state decides about Secure Boot. What it is to boot next is another machine's. */
static const char *const variables[] = {
	"/sys/firmware/efi/efivars/SecureBoot-*",
	"/sys/firmware/efi/efivars/Mok*",
	"/sys/firmware/efi/efivars/Sbat*",
	"/sys/firmware/efi/efivars/OsIndicationsSupported-*",
};

struct loaders {
	char first[PATH_MAX], next[PATH_MAX];
};

static bool has(const struct machine *m, const char *path)
{
	int fd = tree_find(m, ESP, path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The program that a BOOTX64.CSV names first: UTF-16LE; a mark may precede it. See fallback.c of shim. */
static bool read_csv(const struct machine *m, const char *path, char ret[static NAME_MAX_LEN])
{
	struct buffer b = BUFFER_NONE;
	int fd = tree_find(m, ESP, path);
	struct reader text, mark;
	uint16_t unit;
	size_t n = 0;
	bool good = false;

	fd = fd >= 0 ? machine_open_found(fd) : fd;
	if (fd < 0)
		return false;
	if (file_read_fd(fd, path, CSV_MAX_LEN, NULL, &b) == 0) {
		text = mark = reader_new(b.data, b.len);
		good = reader_le16(&mark, &unit);
		if (good && unit == 0xfeff)
			text = mark;
	}
	close(fd);
	while (good && (good = reader_le16(&text, &unit)) && unit != ',') {
		good = unit > ' ' && unit < 0x7f && unit != '/' && unit != '\\' && n + 1 < NAME_MAX_LEN;
		ret[n++] = (char)unit;
	}
	ret[good ? n : 0] = '\0';
	buffer_free(&b);
	return good && n > 0;
}

static int behind_fallback(const struct machine *m, struct error *err, struct loaders *ret)
{
	DIR *dir = machine_opendir(m, ESP LOADERS);
	char path[PATH_MAX], name[NAME_MAX_LEN];
	struct dirent *d;
	size_t n = 0;

	while (dir && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' || strcasecmp(d->d_name, "BOOT") == 0)
			continue;
		snprintf(path, sizeof(path), LOADERS "/%.200s/BOOTX64.CSV", d->d_name);
		if (!read_csv(m, path, name))
			continue;
		n++;
		snprintf(ret->first, sizeof(ret->first), LOADERS "/%.200s/%s", d->d_name, name);
		snprintf(ret->next, sizeof(ret->next), LOADERS "/%.200s/" SHIM_STARTS, d->d_name);
	}
	if (dir)
		closedir(dir);
	if (n == 1)
		return 0;
	return error_set(err, -EOPNOTSUPP,
			 "the disk has shim's fallback (" FALLBACK "), and %s folder beside it names "
			 "what that starts (BOOTX64.CSV)",
			 n > 1 ? "more than one" : "no");
}

static int find_loaders(const struct machine *m, struct error *err, struct loaders *ret)
{
	if (!has(m, DEFAULT_LOADER))
		return error_set(err, -EOPNOTSUPP,
				 "the EFI partition has no " DEFAULT_LOADER ", which a new machine starts");
	if (has(m, FALLBACK))
		return behind_fallback(m, err, ret);
	strcpy(ret->first, DEFAULT_LOADER);
	strcpy(ret->next, LOADERS "/BOOT/" SHIM_STARTS);
	return 0;
}

/*
 * Keys of db let drivers run that the firmware or a card brings along: whether others do is not known, and
 * what is measured of them changes, too.
 */
static int check_drivers(const struct eventlog *log, struct error *err)
{
	if (sb_log_next_driver(log, 0) == log->n_extended)
		return 0;
	return error_set(err, -EOPNOTSUPP,
			 "the other machine's firmware runs a driver that a key of its db lets in: what it "
			 "does with other keys is not known");
}

static int add_keys(struct collect_tree *c, const struct uefi_config *keys)
{
	struct buffer file = BUFFER_NONE;
	int r = 0;

	for (size_t i = 0; i < UEFI_CONFIG_KEYS && r == 0; i++) {
		if (!keys) {
			r = collect_file_if_there(c, uefi_config_path(i));
		} else if (keys->content[i].len > 0) {
			r = uefi_config_file(keys, i, &file);
			if (r == 0)
				r = collect_text(c, uefi_config_path(i), &file);
			buffer_free(&file);
		}
	}
	return r;
}

/* The firmware's log, as if the loader were the disk's. ret_started: where it found its own. */
static int restart(const struct machine *platform, const struct eventlog_start *s,
		   const struct uefi_config *keys, struct error *err, struct buffer *ret,
		   struct started *ret_started)
{
	struct event_list events = EVENT_LIST_NONE;
	struct eventlog log = EVENTLOG_NONE;
	struct buffer bytes = BUFFER_NONE;
	struct reader r_bytes;
	int r;

	r = machine_read(platform, EVENTLOG_PATH, EVENTLOG_MAX_LEN, err, &bytes);
	r_bytes = reader_new(bytes.data, bytes.len);
	if (r == 0 && bytes.len == 0)
		r = -ENOENT;
	if (r == -ENOENT)
		r = error_set(err, -ENODATA,
			      "the other machine's report has no event log (" EVENTLOG_PATH "), and nothing "
			      "else tells what its firmware measures");
	if (r == 0)
		r = eventlog_parse(&r_bytes, err, &log);
	if (r == 0 && keys)
		r = check_drivers(&log, err);
	if (r == 0)
		r = eventlog_events(&log, err, &events);
	if (r == 0)
		r = started_find(&log, &events, err, ret_started);
	if (r == 0)
		r = eventlog_restart(&r_bytes, &log, ret_started->image[0].at, s, err, ret);
	event_list_free(&events);
	eventlog_free(&log);
	buffer_free(&bytes);
	return r;
}

/* The loader that wrote the mirrors of its variables; where it cannot be had, the disk's own has to fit. */
static int copy_shim(const struct machine *platform, const struct started *started, struct collect_tree *c)
{
	struct partitions parts = { .at = NULL };
	const struct partition *esp;
	struct buffer bytes = BUFFER_NONE;
	int fd = -1, r = 0;

	if (machine_exists(platform, RUNNING_SHIM_PATH))
		return collect_file(c, RUNNING_SHIM_PATH);
	if (partitions_read(platform, NULL, &parts) == 0) {
		esp = partition_by_uuid(&parts, started->part_uuid);
		if (esp && esp->mount[0])
			fd = tree_find(platform, esp->mount, started->image[0].file);
	}
	fd = fd >= 0 ? machine_open_found(fd) : fd;
	if (fd >= 0 && file_read_fd(fd, started->image[0].file, SHIM_MAX_LEN, NULL, &bytes) == 0)
		r = collect_text(c, RUNNING_SHIM_PATH, &bytes);
	if (fd >= 0)
		close(fd);
	buffer_free(&bytes);
	partitions_free(&parts);
	return r;
}

int first_start_add(const struct machine *platform, const struct machine *disk,
		    const struct uefi_config *keys, struct error *err)
{
	struct collect_tree c = { .machine = platform, .dir = disk->root, .err = err };
	struct partitions parts = { .at = NULL };
	const struct partition *esp = NULL;
	struct buffer log = BUFFER_NONE;
	struct started started;
	struct loaders loaders;
	struct eventlog_start s;
	int r;

	r = partitions_read(disk, err, &parts);
	if (r == 0)
		esp = partition_by_mount(&parts, ESP);
	if (r == 0 && !esp)
		r = error_set(err, -EOPNOTSUPP, "the disk has no EFI partition");
	if (r == 0)
		r = find_loaders(disk, err, &loaders);
	if (r == 0) {
		s = (struct eventlog_start){ esp->number, esp->part_uuid, loaders.first, loaders.next };
		r = restart(platform, &s, keys, err, &log, &started);
	}
	if (r == 0)
		r = collect_text(&c, EVENTLOG_PATH, &log);
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]) && r == 0; i++)
		r = collect_each(&c, variables[i], collect_file_if_there);
	if (r == 0)
		r = add_keys(&c, keys);
	if (r == 0)
		r = copy_shim(platform, &started, &c);
	buffer_free(&log);
	collect_tree_free(&c);
	partitions_free(&parts);
	return r;
}
