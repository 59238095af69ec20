#include "machine/system/canonical_fde.h"

#include <errno.h>
#include <stddef.h>

/* the label of the LUKS2 header, and the sealed key of the root: canonical/encrypt-cloud-image, nullboot */
static const char *const signs[] = {
	"/dev/disk/by-label/cloudimg-rootfs-enc",
	"/boot/efi/device/fde/cloudimg-rootfs.sealed-key",
};

int canonical_fde_refuse(const struct machine *m, struct error *err)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (machine_exists(m, signs[i]))
			return error_set(
				err, -EOPNOTSUPP,
				"Canonical's tools encrypted the root of this machine (%s), and it has "
				"its own way to unlock, without GRUB and initramfs-tools: bootseal takes "
				"nothing of it over; the way over is a machine from an image that they "
				"did not encrypt, to which the data are copied",
				signs[i]);
	return 0;
}
