#include "machine/system/volumes.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/reader.h"
#include "machine/system/fstab.h"

#define MAPPER "/dev/mapper/"
#define CRYPTTAB "/etc/crypttab"
#define OWN_KEYS "/etc/cryptsetup-keys.d/"

static size_t count_words(struct reader line)
{
	bool in_word = false;
	size_t n = 0;
	uint8_t c;

	while (reader_u8(&line, &c)) {
		n += !in_word && c != ' ' && c != '\t';
		in_word = c != ' ' && c != '\t';
	}
	return n;
}

int volumes_read_crypttab(const struct machine *m, struct error *err, struct crypttab *ret)
{
	struct buffer text = BUFFER_NONE, whole = BUFFER_NONE;
	struct reader rest, line;
	int r;

	r = machine_read(m, CRYPTTAB, CRYPTTAB_MAX_LEN, err, &text);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = reader_new(text.data, text.len);
	while (reader_line(&rest, &line)) {
		buffer_add(&whole, line.at, line.left);
		if (count_words(line) == 2)
			buffer_add_str(&whole, " none");
		buffer_add_str(&whole, "\n");
	}
	r = buffer_ok(&whole) ? crypttab_parse(whole.data, whole.len, CRYPTTAB, err, ret) : -ENOMEM;
	buffer_free(&whole);
	buffer_free(&text);
	return r;
}

static bool has_no_key(const struct crypttab_entry *e)
{
	return strcmp(e->key, "none") == 0 || strcmp(e->key, "-") == 0;
}

enum volume_asks volume_asks_early(const struct crypttab_entry *e)
{
	/* what another keyscript does is not known */
	if (e->others.keyscript)
		return e->others.derived ? VOLUME_QUIET : VOLUME_BLOCKS;
	return has_no_key(e) ? VOLUME_BLOCKS : VOLUME_QUIET;
}

static bool exists(const struct machine *m, const char *path)
{
	char full[PATH_MAX];

	return machine_path(m, path, full) == 0 && file_exists(full);
}

static bool is_in(const char *key, const char *dir)
{
	return strncmp(key, dir, strlen(dir)) == 0;
}

static bool has_key(const struct machine *m, const struct crypttab_entry *e)
{
	char own[sizeof(OWN_KEYS ".key") + TARGET_NAME_MAX];

	if (e->others.tpm2)
		return true;
	if (has_no_key(e)) {
		snprintf(own, sizeof(own), OWN_KEYS "%s.key", e->name);
		return exists(m, own);
	}
	/*
	 * random keys; keys that something makes at boot, or that are on a device of their own
	 * ("/key:UUID=...")
	 */
	return is_in(e->key, "/dev/") || is_in(e->key, "/run/") || strchr(e->key, ':') || exists(m, e->key);
}

/* What fstab wants at boot of that mapping. */
static void ask_fstab(const struct machine *m, const char *name, bool *ret_mounted, bool *ret_waits)
{
	char full[PATH_MAX], text[4096];
	struct mntent e;
	FILE *f = NULL;

	*ret_mounted = *ret_waits = false;
	if (machine_path(m, FSTAB_PATH, full) == 0)
		f = setmntent(full, "re");
	while (f && getmntent_r(f, &e, text, sizeof(text))) {
		if (!is_in(e.mnt_fsname, MAPPER) || strcmp(e.mnt_fsname + strlen(MAPPER), name) != 0)
			continue;
		if (hasmntopt(&e, "noauto") || hasmntopt(&e, "x-systemd.automount"))
			continue;
		*ret_mounted = true;
		*ret_waits |= !hasmntopt(&e, "nofail");
	}
	if (f)
		endmntent(f);
}

enum volume_asks volume_asks_late(const struct machine *m, const struct crypttab_entry *e)
{
	bool mounted, waits;

	if (has_key(m, e))
		return VOLUME_QUIET;
	ask_fstab(m, e->name, &mounted, &waits);
	if (e->others.noauto && !mounted)
		return VOLUME_QUIET;
	return waits || (!e->others.noauto && !e->others.nofail) ? VOLUME_BLOCKS : VOLUME_ASKS;
}
