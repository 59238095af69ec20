#include "machine/system/device_guard.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/device_tag.h"
#include "base/file.h"
#include "machine/system/device.h"
#include "machine/system/fstab.h"
#include "seal/lies_on.h"

#define UNITS "/etc/systemd/system"
#define DROP_IN "50-bootseal.conf"
#define DROP_IN_MAX_LEN 4096
#define TABLE_MAX_LEN (4u << 20)
#define UNIT_NAME_MAX 255 /* UNIT_NAME_MAX of systemd; for a longer name it takes a hash */

struct update {
	const struct machine *machine;
	const struct device_guard *guard;
	struct error *err;
	char sysfs[PATH_MAX];
	bool afresh;
	struct buffer keep; /* "UNIT\n" of each drop-in that is to stay */
};

void device_guard_escape(const char *path, struct buffer *ret)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.";
	bool first = true;

	for (; *path; path++) {
		if (*path == '/' && (first || path[1] == '/' || path[1] == '\0'))
			continue;
		if (*path == '/')
			buffer_add_u8(ret, '-');
		else if (!strchr(plain, *path) || (first && *path == '.'))
			buffer_addf(ret, "\\x%02x", (unsigned char)*path);
		else
			buffer_add(ret, path, 1);
		first = false;
	}
	if (first)
		buffer_add_u8(ret, '-');
}

/* The unit that systemd makes of a line, systemd-fstab-generator(8); and the path of its device. */
static int name_unit(const struct mntent *e, struct buffer *ret_unit, char ret_device[static PATH_MAX])
{
	bool swap = strcmp(e->mnt_type, "swap") == 0;

	if (!device_tag_path(e->mnt_fsname, ret_device, PATH_MAX))
		return -ENAMETOOLONG;
	device_guard_escape(swap ? ret_device : e->mnt_dir, ret_unit);
	buffer_add_str(ret_unit, swap ? ".swap" : ".mount");
	if (!buffer_ok(ret_unit))
		return -ENOMEM;
	return ret_unit->len > UNIT_NAME_MAX ? -ENAMETOOLONG : 0;
}

static int drop_in_path(const struct machine *m, const char *unit, bool file, char ret[static PATH_MAX])
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), UNITS "/%s.d%s", unit, file ? "/" DROP_IN : "") >= PATH_MAX)
		return -ENAMETOOLONG;
	return machine_path(m, path, ret);
}

/* opener: the unit that opens the late volume which it lies on; "" for another. */
static int drop_in_text(const char *device, const char *opener, struct buffer *ret)
{
	struct buffer service = BUFFER_NONE;
	int r;

	buffer_add_str(&service, "bootseal-device@");
	device_guard_escape(device, &service);
	buffer_add_str(&service, ".service");
	buffer_addf(ret,
		    "# made by bootseal: used only where the device lies on an enrolled volume\n"
		    "[Unit]\nRequires=%s\nAfter=%s\n",
		    buffer_str(&service), buffer_str(&service));
	if (opener[0])
		buffer_addf(ret, "Requires=%s\nAfter=%s\n", opener, opener);
	r = buffer_ok(&service) && buffer_ok(ret) ? 0 : -ENOMEM;
	buffer_free(&service);
	return r;
}

/* Is there one that says just this? */
static bool has_drop_in(const struct machine *m, const char *unit, const struct buffer *text)
{
	struct buffer found = BUFFER_NONE;
	char path[PATH_MAX];
	bool same;

	same = drop_in_path(m, unit, true, path) == 0 &&
	       file_read(path, DROP_IN_MAX_LEN, NULL, &found) == 0 && found.len == text->len &&
	       memcmp(found.data, text->data, text->len) == 0;
	buffer_free(&found);
	return same;
}

static int write_drop_in(const struct update *u, const char *unit, const struct buffer *text)
{
	static const char *const dirs[] = { "/etc/systemd", UNITS };
	char path[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && r == 0; i++) {
		r = machine_path(u->machine, dirs[i], path);
		if (r == 0)
			r = file_mkdir(path, 0755, u->err);
	}
	if (r == 0)
		r = drop_in_path(u->machine, unit, false, path);
	if (r == 0)
		r = file_mkdir(path, 0755, u->err);
	if (r == 0)
		r = drop_in_path(u->machine, unit, true, path);
	return r < 0 ? r : file_replace(path, text->data, text->len, 0644, u->err);
}

static void name_opener(const char *name, struct buffer *ret)
{
	buffer_add_str(ret, "systemd-cryptsetup@");
	device_guard_escape(name, ret);
	buffer_add_str(ret, ".service");
}

/* ret_opener: the unit that opens the late volume, if it lies on one alone. */
static bool is_ours(const struct update *u, const char *spec, struct buffer *ret_opener)
{
	struct anchor one = { .target_count = 1 };
	const struct anchor *late = u->guard->late;
	dev_t dev;

	if (device_number(u->machine, spec, &dev) < 0)
		return false;
	for (size_t i = 0; i < late->target_count; i++) {
		one.target[0] = late->target[i];
		if (!lies_on_targets(u->sysfs, &one, dev))
			continue;
		name_opener(late->target[i].name, ret_opener);
		return true;
	}
	return lies_on_targets(u->sysfs, u->guard->early, dev) || lies_on_targets(u->sysfs, late, dev);
}

/* Its drop-in is for that device, which is elsewhere now, or not there. */
static bool stays(const struct update *u, const char *unit, const char *device)
{
	struct buffer text = BUFFER_NONE, found = BUFFER_NONE;
	char path[PATH_MAX];
	bool same;

	same = drop_in_text(device, "", &text) == 0 && drop_in_path(u->machine, unit, true, path) == 0 &&
	       file_read(path, DROP_IN_MAX_LEN, NULL, &found) == 0 && found.len >= text.len &&
	       memcmp(found.data, text.data, text.len) == 0;
	buffer_free(&text);
	buffer_free(&found);
	return same;
}

static int guard(struct update *u, const char *unit, const char *device)
{
	struct buffer text = BUFFER_NONE, opener = BUFFER_NONE;
	bool ours = is_ours(u, device, &opener);
	int r;

	r = drop_in_text(device, buffer_str(&opener), &text);
	if (r == 0 && ours && !has_drop_in(u->machine, unit, &text))
		r = write_drop_in(u, unit, &text);
	if (r == 0 && (ours || (!u->afresh && stays(u, unit, device))))
		buffer_addf(&u->keep, "%s\n", unit);
	buffer_free(&text);
	buffer_free(&opener);
	return r;
}

static int take_line(struct update *u, const struct mntent *e)
{
	struct buffer unit = BUFFER_NONE;
	char device[PATH_MAX];
	int r;

	/* bootseal-unlock looks at these, before anything of them runs */
	if (strcmp(e->mnt_dir, "/") == 0 || strcmp(e->mnt_dir, "/usr") == 0)
		return 0;
	r = name_unit(e, &unit, device);
	if (r == 0 && strncmp(device, "/dev/", 5) == 0)
		r = guard(u, buffer_str(&unit), device);
	buffer_free(&unit);
	return r == -ENAMETOOLONG ? 0 : r;
}

/* systemd-cryptsetup finds the volume open then; what it prints goes to the same places. */
static int name_opening(const struct anchor_target *t, struct buffer *ret_unit, struct buffer *ret_text)
{
	name_opener(t->name, ret_unit);
	buffer_addf(ret_text,
		    "# made by bootseal: its header is judged, then a key on the root opens it\n"
		    "[Service]\nExecStartPre=/usr/sbin/bootseal open %s\nStandardError=journal+console\n",
		    t->name);
	return buffer_ok(ret_unit) && buffer_ok(ret_text) ? 0 : -ENOMEM;
}

static int open_first(struct update *u, const struct anchor_target *t)
{
	struct buffer unit = BUFFER_NONE, text = BUFFER_NONE;
	int r = name_opening(t, &unit, &text);

	if (r == 0 && !has_drop_in(u->machine, buffer_str(&unit), &text))
		r = write_drop_in(u, buffer_str(&unit), &text);
	buffer_addf(&u->keep, "%s\n", buffer_str(&unit));
	buffer_free(&unit);
	buffer_free(&text);
	return r;
}

bool device_guard_opens(const struct machine *m, const struct anchor_target *t)
{
	struct buffer unit = BUFFER_NONE, text = BUFFER_NONE;
	bool there = name_opening(t, &unit, &text) == 0 && has_drop_in(m, buffer_str(&unit), &text);

	buffer_free(&unit);
	buffer_free(&text);
	return there;
}

static bool is_kept(const struct buffer *keep, const char *unit)
{
	size_t n = strlen(unit);

	for (const char *at = buffer_str(keep); (at = strstr(at, unit)); at++)
		if ((at == buffer_str(keep) || at[-1] == '\n') && at[n] == '\n')
			return true;
	return false;
}

/* Everything of ours that is not in keep; NULL: all. */
static int sweep(const struct machine *m, const struct buffer *keep, struct error *err)
{
	char unit[NAME_MAX + 1], path[PATH_MAX];
	const struct dirent *e;
	DIR *dir = machine_opendir(m, UNITS);
	size_t n;
	int r = 0;

	while (dir && r == 0 && (e = readdir(dir))) {
		n = strlen(e->d_name);
		if (n < 3 || strcmp(e->d_name + n - 2, ".d") != 0)
			continue;
		snprintf(unit, sizeof(unit), "%.*s", (int)n - 2, e->d_name);
		if ((keep && is_kept(keep, unit)) || drop_in_path(m, unit, true, path) < 0 ||
		    !file_exists(path))
			continue;
		if (unlink(path) < 0)
			r = error_set(err, -errno, "%s: cannot remove: %s", path, strerror(errno));
		/* others' drop-ins may be there */
		else if (drop_in_path(m, unit, false, path) == 0)
			(void)rmdir(path);
	}
	if (dir)
		closedir(dir);
	return r;
}

/* Of one line, if it has one. */
static int lift(struct update *u, const struct mntent *e)
{
	struct buffer unit = BUFFER_NONE;
	char device[PATH_MAX], path[PATH_MAX];
	dev_t dev;
	int r;

	r = name_unit(e, &unit, device);
	if (r == 0 && device_number(u->machine, device, &dev) == 0 &&
	    lies_on_targets(u->sysfs, u->guard->late, dev) &&
	    drop_in_path(u->machine, buffer_str(&unit), true, path) == 0 && unlink(path) < 0 &&
	    errno != ENOENT)
		r = error_set(u->err, -errno, "%s: cannot remove: %s", path, strerror(errno));
	buffer_free(&unit);
	return r == -ENAMETOOLONG ? 0 : r;
}

static int for_lines(struct update *u, int (*each)(struct update *u, const struct mntent *e))
{
	struct mntent e;
	char line[4096];
	FILE *f;
	int r;

	r = machine_path(u->machine, "/sys", u->sysfs);
	f = r == 0 ? machine_stream(u->machine, FSTAB_PATH, TABLE_MAX_LEN) : NULL;
	while (f && r == 0 && getmntent_r(f, &e, line, sizeof(line)))
		r = each(u, &e);
	if (f)
		endmntent(f);
	return r;
}

int device_guard_update(const struct machine *m, const struct device_guard *g, bool afresh, struct error *err)
{
	struct update u = { .machine = m, .guard = g, .err = err, .afresh = afresh, .keep = BUFFER_NONE };
	int r = for_lines(&u, take_line);

	for (size_t i = 0; i < g->late->target_count && r == 0; i++)
		r = open_first(&u, &g->late->target[i]);
	if (r == 0 && !buffer_ok(&u.keep))
		r = -ENOMEM;
	if (r == 0)
		r = sweep(m, &u.keep, err);
	buffer_free(&u.keep);
	return r;
}

int device_guard_lift(const struct machine *m, const struct anchor *gone, struct error *err)
{
	const struct device_guard g = { .late = gone };
	struct update u = { .machine = m, .guard = &g, .err = err };

	return for_lines(&u, lift);
}

int device_guard_remove(const struct machine *m, struct error *err)
{
	return sweep(m, NULL, err);
}
