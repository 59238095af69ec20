#include "seal/crypttab_use.h"

#include <errno.h>
#include <string.h>

#define BY_UUID "/dev/disk/by-uuid/"

/* grep -E '^(.*\s)?cryptopts=' */
bool crypttab_is_replaced(const char *cmdline)
{
	const char *at = cmdline;

	while ((at = strstr(at, "cryptopts=")) != NULL) {
		if (at == cmdline || at[-1] == ' ' || at[-1] == '\t' || at[-1] == '\n')
			return true;
		at++;
	}
	return false;
}

int crypttab_check_entry(const struct crypttab_entry *e, struct error *err)
{
	if (!e->unsupported[0])
		return 0;
	if (strcmp(e->unsupported, "header") == 0)
		return error_set(err, -EOPNOTSUPP,
				 "its header is detached (the option header in crypttab), which is not "
				 "supported by bootseal; 'cryptsetup luksHeaderRestore' writes it to a "
				 "device that has room for it at its beginning");
	if (strcmp(e->unsupported, CRYPTTAB_KEY_FILE) == 0)
		return error_set(err, -EOPNOTSUPP,
				 "its key file in crypttab is not supported by bootseal; write 'none' in its "
				 "place");
	return error_set(err, -EOPNOTSUPP, "the option %s in crypttab is not supported by bootseal",
			 e->unsupported);
}

static const struct crypttab_entry *find(const struct crypttab *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->entry[i].name, name) == 0)
			return &t->entry[i];
	return NULL;
}

static int check_target(const struct crypttab *t, const struct anchor_target *a, const char *path,
			struct error *err)
{
	const struct crypttab_entry *e = find(t, a->name);
	int r;

	if (!e && t->count > 0)
		return error_set(err, -ENOENT, "%s has no line for the enrolled volume '%s', but one for "
					       "'%.60s'",
				 path, a->name, t->entry[0].name);
	if (!e)
		return error_set(err, -ENOENT, "%s has no line for the enrolled volume '%s'", path, a->name);
	r = crypttab_check_entry(e, err);
	if (r < 0)
		return error_prefix(err, r, "%s, %s", path, a->name);
	/* other names of the device say nothing here; in the initramfs the header itself is looked at */
	if (strncmp(e->device, BY_UUID, strlen(BY_UUID)) == 0 &&
	    strcmp(e->device + strlen(BY_UUID), a->uuid) != 0)
		return error_set(err, -ENOENT, "%s, %s: its UUID is not that of the enrolled volume, "
					       "%s", path,
				 a->name, a->uuid);
	return 0;
}

int crypttab_check_targets(const struct crypttab *t, const struct anchor *a, const char *path,
			   struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < a->target_count && r == 0; i++)
		r = check_target(t, &a->target[i], path, err);
	return r;
}
