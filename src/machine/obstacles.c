#include "machine/obstacles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/late.h"
#include "machine/record/late_volumes.h"
#include "machine/system/partitions.h"
#include "machine/system/targets.h"
#include "machine/system/volumes.h"
#include "machine/trust/initrd_crypttab.h"
#include "seal/anchor.h"
#include "seal/crypttab_cmdline.h"
#include "seal/crypttab_use.h"

#define NAMED_MAX 3u /* volumes that one message names; the others are counted */

/* Volumes of which the same is to be said. */
struct kind {
	char names[NAMED_MAX * (TARGET_NAME_MAX + 2)];
	size_t n;
};

struct look {
	const struct machine *machine;
	struct anchor anchor, recorded; /* recorded: the late volumes */
	struct crypttab early, late; /* of the initramfs, of the system */
	struct kind kind[2][2][2];   /* late; the boot waits for it; it has a keyscript */
	struct obstacles found;
};

static int unknown(struct look *l, const char *who, const struct error *why)
{
	char what[64];

	snprintf(what, sizeof(what), "which volumes %s asks for is unknown", who);
	return forecast_note(&l->found.at, &l->found.n, what, why->text);
}

static int read_initrd(const struct machine *m, const char *path, struct error *err, struct buffer *ret)
{
	int fd = machine_find(m, path, 0), r;

	if (fd >= 0)
		fd = machine_open_found(fd);
	if (fd < 0)
		return error_set(err, fd, "%s: cannot open: %s", path, strerror(-fd));
	r = initrd_crypttab(fd, err, ret);
	close(fd);
	return r;
}

/* Of several initrds the last one that has a crypttab; "/boot/a /boot/b". */
static int read_initrds(const struct machine *m, const char *paths, struct error *err, struct buffer *ret)
{
	char *copy = strdup(paths), *rest = copy, *path;
	struct buffer one = BUFFER_NONE;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (path = strsep(&rest, " "))) {
		r = *path ? read_initrd(m, path, err, &one) : -ENOENT;
		if (r == 0) {
			buffer_free(ret);
			*ret = one;
			one = BUFFER_NONE;
		}
		r = r == -ENOENT ? 0 : r;
	}
	free(copy);
	return r;
}

static int read_early(struct look *l, const struct forecast_path *p)
{
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	int r;

	if (crypttab_is_replaced(p->cmdline)) {
		r = crypttab_add_cmdline(p->cmdline, strlen(p->cmdline), &err, &l->early);
	} else {
		r = read_initrds(l->machine, p->initrd, &err, &text);
		if (r == 0 && text.len > 0)
			r = crypttab_parse(text.data, text.len, "/" CRYPTTAB_IN_INITRD, &err, &l->early);
		buffer_free(&text);
	}
	return r == 0 || r == -ENOMEM ? r : unknown(l, "the initrd", &err);
}

static int read_late(struct look *l)
{
	struct error err = ERROR_NONE;
	int r = volumes_read_crypttab(l->machine, &err, &l->late);

	return r == 0 || r == -ENOMEM ? r : unknown(l, "the system", &err);
}

static bool is_named(const struct crypttab *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->entry[i].name, name) == 0)
			return true;
	return false;
}

static bool is_enrolled(const struct anchor *a, const char *name)
{
	for (size_t i = 0; i < a->target_count; i++)
		if (strcmp(a->target[i].name, name) == 0)
			return true;
	return false;
}

static void add(struct look *l, const struct crypttab_entry *e, enum volume_asks asks, bool late)
{
	struct kind *k = &l->kind[late][asks == VOLUME_BLOCKS][e->others.keyscript];
	size_t len = strlen(k->names);

	if (asks != VOLUME_QUIET && k->n++ < NAMED_MAX)
		snprintf(k->names + len, sizeof(k->names) - len, "%s%s", len > 0 ? ", " : "", e->name);
}

static int tell(struct look *l, bool late, bool blocks, bool keyscript)
{
	static const char *const does[2][2] = {
		{ "it is not enrolled and asks for its passphrase",
		  "it is not enrolled and its keyscript may ask for a passphrase" },
		{ "they are not enrolled and ask for their passphrases",
		  "they are not enrolled and their keyscripts may ask for passphrases" },
	};
	static const char *const goes_on[2] = { " (the boot does not wait for it: nofail)",
						" (the boot does not wait for them: nofail)" };
	const struct kind *k = &l->kind[late][blocks][keyscript];
	bool several = k->n > 1;
	char what[sizeof(k->names) + 48], more[32] = "", why[256];

	if (k->n == 0)
		return 0;
	if (k->n > NAMED_MAX)
		snprintf(more, sizeof(more), " and %zu more", k->n - NAMED_MAX);
	snprintf(what, sizeof(what), "the volume%s %s%s", several ? "s" : "", k->names, more);
	snprintf(why, sizeof(why), "%s %s; %s%s", does[several][keyscript],
		 late ? "when the system starts" : "in the initramfs",
		 keyscript ? "one with a keyscript cannot be enrolled" :
			     "'bootseal enroll' enrolls each LUKS2 volume that is open then, or says why not",
		 !blocks ? goes_on[several] :
		 late ? "; a key file on the root, or 'nofail', lets the boot go on" : "");
	return blocks ? forecast_note(&l->found.at, &l->found.n, what, why)
		      : forecast_note(&l->found.warning, &l->found.warning_count, what, why);
}

static int look_at_volumes(struct look *l)
{
	int r = 0;

	for (size_t i = 0; i < l->early.count; i++)
		if (!is_enrolled(&l->anchor, l->early.entry[i].name))
			add(l, &l->early.entry[i], volume_asks_early(&l->early.entry[i]), false);
	for (size_t i = 0; i < l->late.count; i++)
		if (!is_enrolled(&l->anchor, l->late.entry[i].name) &&
		    !is_enrolled(&l->recorded, l->late.entry[i].name) &&
		    !is_named(&l->early, l->late.entry[i].name))
			add(l, &l->late.entry[i], volume_asks_late(l->machine, &l->late.entry[i]), true);
	for (unsigned i = 0; i < 8 && r == 0; i++)
		r = tell(l, i & 4, i & 2, i & 1);
	return r;
}

/* A late volume that will not be opened. Nobody is asked for one that is not connected. */
static int look_at_late(struct look *l, const struct anchor_target *t)
{
	struct error err = ERROR_NONE;
	char what[TARGET_NAME_MAX + 16];
	int r = late_check(l->machine, t, &err);

	if (r == 0 || r == -ENOENT || r == -ENOMEM)
		return r == -ENOMEM ? r : 0;
	snprintf(what, sizeof(what), "the volume %s", t->name);
	if (r == -ENODATA) /* systemd does not open it: nobody is asked */
		return forecast_note(&l->found.warning, &l->found.warning_count, what, err.text);
	return forecast_note(&l->found.at, &l->found.n, what, err.text);
}

/* What else is wrong with the partitions, the chain's own reading says. */
static int look_for_clones(struct look *l, const char *uuid)
{
	struct partitions p = { .n = 0 };
	struct error err = ERROR_NONE;
	int r = 0;

	if (partitions_read(l->machine, NULL, &p) == 0 && partitions_refuse_clones(&p, uuid, &err) < 0)
		r = forecast_note(&l->found.at, &l->found.n, "the disks", err.text);
	partitions_free(&p);
	return r;
}

static int look(struct look *l, const struct forecast_path *path, const struct obstacle_options *o)
{
	struct error err = ERROR_NONE;
	int r = 0;

	l->found.pin = l->anchor.pin || o->pin;
	if (l->found.pin)
		r = forecast_note(&l->found.at, &l->found.n, "the PIN",
				  "it has to be typed: the TPM unlocks nothing without it");
	if (r == 0 && o->pins_differ)
		r = forecast_note(&l->found.at, &l->found.n, "the PINs",
				  "an enrolment was interrupted, and the volumes have different ones: none "
				  "opens them all; 'bootseal enroll --pin' gives them one");
	if (r == 0 && path)
		r = read_early(l, path);
	if (r == 0)
		r = read_late(l);
	if (r == 0)
		r = look_at_volumes(l);
	for (size_t i = 0; i < l->anchor.target_count && r == 0; i++)
		r = look_for_clones(l, l->anchor.target[i].uuid);
	for (size_t i = 0; i < l->recorded.target_count && r == 0; i++)
		r = look_for_clones(l, l->recorded.target[i].uuid);
	for (size_t i = 0; i < l->recorded.target_count && r == 0 && o->devices; i++)
		r = look_at_late(l, &l->recorded.target[i]);
	if (r == 0 && o->devices && targets_require_enrolled(l->machine, &l->anchor, &err) == -EOPNOTSUPP)
		r = forecast_note(&l->found.at, &l->found.n, "the root", err.text);
	return r;
}

static int read_anchor(struct look *l)
{
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	int r;

	r = machine_read(l->machine, ANCHOR_PATH, ANCHOR_MAX_LEN, &err, &text);
	if (r == 0)
		r = anchor_parse(text.data, text.len, ANCHOR_PATH, &err, &l->anchor);
	buffer_free(&text);
	return r;
}

/* A damaged record: none of its volumes is opened. */
static int read_recorded(struct look *l)
{
	struct error err = ERROR_NONE;
	int r = late_volumes_read(l->machine, &err, &l->recorded);

	return r == 0 || r == -ENOMEM ? r :
					forecast_note(&l->found.at, &l->found.n, "volumes that a key on the "
						      "root opens", err.text);
}

int obstacles_find(const struct machine *m, const struct forecast_path *path,
		   const struct obstacle_options *o, struct obstacles *ret)
{
	struct look *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->machine = m;
	r = read_anchor(l);
	r = r == -ENOMEM ? r : read_recorded(l);
	if (r == 0)
		r = look(l, path, o);
	if (r == 0) {
		*ret = l->found;
		l->found = OBSTACLES_NONE;
	}
	obstacles_free(&l->found);
	free(l);
	return r;
}

const char *obstacles_unlock_words(const struct obstacles *o)
{
	return o->pin ? "will unlock after the PIN" : "will unlock automatically";
}

void obstacles_free(struct obstacles *o)
{
	forecast_notes_free(o->at, o->n);
	forecast_notes_free(o->warning, o->warning_count);
	*o = OBSTACLES_NONE;
}
