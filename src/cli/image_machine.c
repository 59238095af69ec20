#include "cli/image_machine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/file.h"
#include "image/tree.h"
#include "machine/first_start.h"

int image_machine(const struct machine *platform, const struct image_source *s, struct error *err,
		  struct machine *ret)
{
	char dir[PATH_MAX];
	int r;

	if (snprintf(dir, sizeof(dir), "%s/tree", s->work) >= (int)sizeof(dir))
		return error_set(err, -ENAMETOOLONG, "%s: too long", s->work);
	r = file_mkdir(dir, 0700, err);
	if (r == 0)
		r = image_tree(s, dir, err);
	if (r == 0)
		r = machine_init_collected(dir, err, ret);
	return r < 0 ? r : first_start_add(platform, ret, err);
}
