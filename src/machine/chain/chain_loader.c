#include "machine/chain/chain_loader.h"

#include <errno.h>

#include "machine/chain/chain_grub.h"

static const struct chain_loader *const loaders[] = { &chain_grub };

const struct chain_loader *chain_loader_at(size_t n)
{
	return n < sizeof(loaders) / sizeof(loaders[0]) ? loaders[n] : NULL;
}

int chain_loader_find(const struct sb_image *image, struct error *err, const struct chain_loader **ret)
{
	const struct boot_loader *model;
	int r;

	r = boot_loader_find(&image->file, err, &model);
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]) && r == 0; i++)
		if (loaders[i]->model == model) {
			*ret = loaders[i];
			return 0;
		}
	if (r == 0)
		r = error_set(err, -EOPNOTSUPP, "%s is not supported on this machine", model->name);
	return error_prefix(err, r, "%s", image->name);
}

bool chain_loader_is_first(const struct sb_image *image)
{
	const struct chain_loader *found;

	return chain_loader_find(image, NULL, &found) == 0 && found->without_shim;
}
