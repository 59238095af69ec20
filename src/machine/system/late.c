#include "machine/system/late.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/system/device.h"
#include "machine/system/underneath.h"
#include "machine/system/volumes.h"
#include "seal/crypttab_use.h"

struct search {
	const struct machine *machine;
	struct crypttab tab;
	struct target early[TARGET_MAX];
	size_t early_count;
};

static int begin(const struct machine *m, struct error *err, struct search **ret)
{
	struct search *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->machine = m;
	r = targets_find(m, err, s->early, &s->early_count);
	if (r == 0)
		r = volumes_read_crypttab(m, err, &s->tab);
	if (r < 0)
		free(s);
	else
		*ret = s;
	return r;
}

static bool is_early(const struct search *s, const char *name)
{
	for (size_t i = 0; i < s->early_count; i++)
		if (strcmp(s->early[i].name, name) == 0)
			return true;
	return false;
}

static int look_underneath(const struct search *s, const char *name, struct error *err, struct target *ret)
{
	char spec[TARGET_NAME_MAX + sizeof("/dev/mapper/")];
	struct target found[TARGET_MAX];
	size_t n = 0;
	dev_t dev;
	int r;

	snprintf(spec, sizeof(spec), "/dev/mapper/%s", name);
	if (device_number(s->machine, spec, &dev) < 0)
		return error_set(err, -ENOENT, "%s: not open now; open it first ('cryptdisks_start %s')",
				 name, name);
	r = underneath(s->machine, dev, "the mapping", err, found, &n);
	if (r < 0)
		return error_prefix(err, r, "%s", name);
	if (n != 1 || strcmp(found[0].name, name) != 0)
		return error_set(err, -EOPNOTSUPP, "%s: not the mapping of a LUKS2 volume", name);
	*ret = found[0];
	return 0;
}

bool late_systemd_opens(const struct machine *m)
{
	return machine_exists(m, "/usr/lib/systemd/system-generators/systemd-cryptsetup-generator") ||
	       machine_exists(m, "/lib/systemd/system-generators/systemd-cryptsetup-generator");
}

static int look(const struct search *s, const struct crypttab_entry *e, struct error *err, struct target *ret)
{
	int r;

	if (!late_systemd_opens(s->machine))
		return error_set(err, -EOPNOTSUPP,
				 "%s: systemd does not open the volumes of /etc/crypttab "
				 "on this machine; "
				 "install the package systemd-cryptsetup",
				 e->name);
	if (!anchor_takes_name(e->name))
		return error_set(err, -EOPNOTSUPP,
				 "%s: a mapping's name has letters, digits and + _ . @ = "
				 "-, and begins with "
				 "none of the last three",
				 e->name);
	r = crypttab_check_entry(e, err);
	if (r < 0)
		return error_prefix(err, r, "%s", e->name);
	return look_underneath(s, e->name, err, ret);
}

static bool is_asked_for(const struct search *s, const struct crypttab_entry *e)
{
	return !is_early(s, e->name) && !e->others.initramfs &&
	       volume_asks_late(s->machine, e) != VOLUME_QUIET;
}

int late_find(const struct machine *m, void (*left)(void *context, const struct error *why), void *context,
	      struct error *err, struct target ret[static TARGET_MAX], size_t *ret_n)
{
	struct error why = ERROR_NONE;
	struct search *s;
	size_t n = 0;
	int r;

	r = begin(m, err, &s);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->tab.count && n < TARGET_MAX; i++) {
		if (!is_asked_for(s, &s->tab.entry[i]))
			continue;
		if (look(s, &s->tab.entry[i], &why, &ret[n]) == 0)
			n++;
		else if (left)
			left(context, &why);
	}
	*ret_n = n;
	free(s);
	return 0;
}

int late_anchor(const struct machine *m, struct error *err, struct anchor *ret)
{
	struct target found[TARGET_MAX];
	size_t n;
	int r = late_find(m, NULL, NULL, err, found, &n);

	if (r == 0)
		targets_to_anchor(found, n, ret);
	return r;
}

int late_look(const struct machine *m, const char *name, struct error *err, struct target *ret)
{
	const struct crypttab_entry *e = NULL;
	struct search *s;
	int r;

	r = begin(m, err, &s);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->tab.count && !e; i++)
		if (strcmp(s->tab.entry[i].name, name) == 0)
			e = &s->tab.entry[i];
	if (is_early(s, name))
		r = error_set(err, -EEXIST,
			      "%s: it is opened in the initramfs; 'bootseal enroll' "
			      "without --volume enrolls "
			      "it",
			      name);
	else if (!e)
		r = error_set(err, -ENOENT, "%s: /etc/crypttab has no line for it", name);
	else
		r = look(s, e, err, ret);
	free(s);
	return r;
}
