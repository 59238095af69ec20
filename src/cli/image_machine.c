#include "cli/image_machine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/file.h"
#include "image/tree.h"
#include "machine/first_start.h"

bool image_keys_take(int c, const char *arg, struct image_keys *ret)
{
	const enum uefi_config_form form = c == 'A' ? UEFI_CONFIG_AZURE_DISK : UEFI_CONFIG_VARIABLES;

	if (c != 'A' && c != 'U')
		return false;
	ret->twice |= ret->path && ret->form != form;
	ret->path = arg;
	ret->form = form;
	return true;
}

const char *image_keys_bad(const struct image_keys *k)
{
	return k->twice ? "--uefi-config and --azure-disk exclude each other" : NULL;
}

int image_machine(const struct machine *platform, const struct image_keys *k, const struct image_source *s,
		  struct error *err, struct machine *ret)
{
	struct uefi_config keys = { .content = { BUFFER_NONE } };
	char dir[PATH_MAX];
	int r;

	if (snprintf(dir, sizeof(dir), "%s/tree", s->work) >= (int)sizeof(dir))
		return error_set(err, -ENAMETOOLONG, "%s: too long", s->work);
	r = k->path ? uefi_config_read(k->path, k->form, err, &keys) : 0;
	if (r == 0)
		r = file_mkdir(dir, 0700, err);
	if (r == 0)
		r = image_tree(s, dir, err);
	if (r == 0)
		r = machine_init_collected(dir, err, ret);
	if (r == 0)
		r = first_start_add(platform, ret, k->path ? &keys : NULL, err);
	uefi_config_free(&keys);
	return r;
}
