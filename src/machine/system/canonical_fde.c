#include "machine/system/canonical_fde.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "machine/system/targets.h"
#include "machine/system/underneath.h"

/* canonical/encrypt-cloud-image and nullboot: the label of the LUKS2 header, and the root's sealed key */
#define LABEL "/dev/disk/by-label/cloudimg-rootfs-enc"
#define SEALED_KEY "/boot/efi/device/fde/cloudimg-rootfs.sealed-key"

/* Any disk can carry the label; it counts on a volume that the root lies on. */
static bool root_has_label(const struct machine *m)
{
	struct target under[TARGET_MAX];
	char path[PATH_MAX], labelled[PATH_MAX], device[PATH_MAX];
	bool has = false;
	size_t n = 0;
	dev_t root;

	if (machine_path(m, LABEL, path) < 0 || !realpath(path, labelled) ||
	    targets_root_device(m, NULL, &root) < 0 ||
	    underneath(m, root, "the root file system", NULL, under, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		has = has || (realpath(under[i].device, device) && strcmp(device, labelled) == 0);
	return has;
}

int canonical_fde_refuse(const struct machine *m, struct error *err)
{
	const char *sign = machine_exists(m, SEALED_KEY) ? SEALED_KEY : root_has_label(m) ? LABEL : NULL;

	if (!sign)
		return 0;
	return error_set(err, -EOPNOTSUPP,
			 "Canonical's tools encrypted the root of this machine (%s), and it has its own way "
			 "to unlock, without GRUB and initramfs-tools: bootseal takes nothing of it over; "
			 "the way over is a machine from an image that they did not encrypt, to which the "
			 "data are copied",
			 sign);
}
