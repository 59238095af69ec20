/* The boot loaders that are modelled. */
#include <errno.h>

#include "measure/boot/loader.h"

static const struct boot_loader *const loaders[] = {
	&boot_loader_grub,
};

int boot_loader_find(const struct reader *image, struct error *err, const struct boot_loader **ret)
{
	int r;

	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		r = loaders[i]->recognize(image, err);
		if (r == -ENOENT)
			continue;
		if (r == 0)
			*ret = loaders[i];
		return r;
	}
	return error_set(err, -EOPNOTSUPP, "the image is not a boot loader that is modelled");
}
