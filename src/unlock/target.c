#include "unlock/target.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/blockdev.h"
#include "base/file.h"
#include "base/log.h"
#include "seal/crypttab_cmdline.h"
#include "seal/crypttab_use.h"
#include "unlock/crypttab_guard.h"
#include "unlock/mapping.h"

#define CMDLINE_MAX_LEN 65536
#define POLL_MS 20
#define TURN_MS 1000 /* for udev to make the links of a device that has come */

int targets_read_crypttab(const struct options *o, struct error *err, struct crypttab *ret,
			  bool *ret_cryptopts)
{
	struct buffer cmdline = BUFFER_NONE, text = BUFFER_NONE;
	int r;

	r = file_read(o->cmdline, CMDLINE_MAX_LEN, err, &cmdline);
	if (r < 0)
		goto out;
	*ret_cryptopts = crypttab_is_replaced(buffer_str(&cmdline));
	if (*ret_cryptopts) {
		r = crypttab_add_cmdline(cmdline.data, cmdline.len, err, ret);
		goto out;
	}
	r = guard_read_crypttab(o, err, &text);
	if (r < 0)
		goto out;
	r = crypttab_parse(text.data, text.len, o->crypttab, err, ret);
out:
	buffer_free(&cmdline);
	buffer_free(&text);
	return r;
}

static bool is_named(const char *name, const struct names *names)
{
	int i;

	for (i = 0; i < names->count; i++)
		if (strcmp(names->name[i], name) == 0)
			return true;
	return names->count == 0;
}

static struct target *add(struct targets *t, const struct anchor_target *pinned)
{
	struct target *n = &t->target[t->count];
	size_t i;

	/* crypttab may name one twice (root and resume): cryptroot uses the first that opens, and so do we */
	for (i = 0; i < t->count; i++)
		if (t->target[i].pinned == pinned)
			return NULL;
	t->count++;
	*n = (struct target){ .pinned = pinned };
	return n;
}

static void add_entry(const struct options *o, struct targets *t, const struct crypttab_entry *e,
		      const struct anchor_target *pinned)
{
	struct target *n = add(t, pinned);

	if (!n)
		return;
	snprintf(n->device, sizeof(n->device), "%s", e->device);
	n->flags = e->flags;
	if (mapping_exists(o, pinned->name)) {
		n->outcome = TARGET_EXISTS;
	} else if (crypttab_check_entry(e, &n->why) < 0) {
		n->outcome = TARGET_FAILED;
	}
}

static void add_by_hand(struct targets *t, const struct anchor_target *pinned)
{
	struct target *n = add(t, pinned);

	if (n)
		snprintf(n->device, sizeof(n->device), "/dev/disk/by-uuid/%s", pinned->uuid);
}

int targets_collect(const struct options *o, const struct anchor *a, const struct names *names,
		    struct error *err, struct targets *ret)
{
	struct targets t = TARGETS_NONE;
	struct crypttab tab = { .count = 0 };
	const struct anchor_target *pinned;
	size_t k;
	int i, r;

	for (i = 0; i < names->count; i++)
		if (!anchor_find(a, names->name[i]))
			return error_set(err, -EINVAL, "%s: no such volume in %s", names->name[i], o->anchor);

	r = targets_read_crypttab(o, err, &tab, &t.cryptopts);
	if (r < 0 && r != -ENOENT)
		return r;
	t.by_hand = r == -ENOENT;
	for (k = 0; t.by_hand && k < a->target_count; k++)
		if (is_named(a->target[k].name, names))
			add_by_hand(&t, &a->target[k]);
	for (k = 0; k < tab.count; k++) {
		pinned = anchor_find(a, tab.entry[k].name);
		if (pinned && is_named(pinned->name, names))
			add_entry(o, &t, &tab.entry[k], pinned);
		else if (!mapping_exists(o, tab.entry[k].name))
			t.others++;
	}
	*ret = t;
	return 0;
}

enum unlock_exit targets_begin(const struct options *o, int count, char *const *names,
			       struct anchor *ret_anchor, struct targets *ret)
{
	struct error err = ERROR_NONE;
	int r;

	r = anchor_read(o->anchor, &err, ret_anchor);
	if (r == 0)
		r = targets_collect(o, ret_anchor, &(struct names){ count, names }, &err, ret);
	if (r == 0) {
		targets_wait(ret, o->wait_ms);
		return UNLOCK_DONE;
	}
	log_say("%s", err.text);
	return r == -ENOENT ? UNLOCK_NOT_ENROLLED : r == -EINVAL ? UNLOCK_USAGE : UNLOCK_FAILED;
}

/* What cryptroot accepts as a source: a block device or a regular file. */
static bool device_is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (S_ISBLK(st.st_mode) || S_ISREG(st.st_mode));
}

static bool all_there(const struct targets *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->target[i].outcome == TARGET_WAITING && !device_is_there(t->target[i].device))
			return false;
	return true;
}

static void settle_absent(struct targets *t)
{
	struct target *at;
	size_t i;

	for (i = 0; i < t->count; i++) {
		at = &t->target[i];
		if (at->outcome != TARGET_WAITING || device_is_there(at->device))
			continue;
		at->outcome = TARGET_ABSENT;
		error_set(&at->why, 0, "its device %s is missing", at->device);
	}
}

void targets_wait(struct targets *t, long timeout_ms)
{
	for (; timeout_ms > 0 && !all_there(t); timeout_ms -= POLL_MS)
		poll(NULL, 0, POLL_MS);
	settle_absent(t);
}

static int count_one(void *context, dev_t dev, const char *number)
{
	(void)dev;
	(void)number;
	++*(size_t *)context;
	return 0;
}

static size_t count_devices(const char *sysfs)
{
	size_t n = 0;

	/* none are seen without sysfs: then the time decides */
	(void)blockdev_all(sysfs, count_one, &n);
	return n;
}

void targets_wait_turn(struct targets *t, const char *sysfs, long timeout_ms)
{
	const size_t before = count_devices(sysfs);
	bool others = false;

	for (; timeout_ms > 0 && !all_there(t); timeout_ms -= POLL_MS) {
		poll(NULL, 0, POLL_MS);
		if (others || count_devices(sysfs) == before)
			continue;
		others = true;
		if (timeout_ms > TURN_MS)
			timeout_ms = TURN_MS;
	}
	settle_absent(t);
}

void targets_settle(struct targets *t, enum outcome outcome, const struct error *why)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (t->target[i].outcome != TARGET_WAITING)
			continue;
		t->target[i].outcome = outcome;
		t->target[i].why = *why;
	}
}

size_t targets_count(const struct targets *t, enum outcome outcome)
{
	size_t i, n = 0;

	for (i = 0; i < t->count; i++)
		n += t->target[i].outcome == outcome;
	return n;
}

void targets_free(struct targets *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		secret_free(&t->target[i].key);
		volume_close(t->target[i].volume);
		t->target[i].volume = NULL;
	}
}
