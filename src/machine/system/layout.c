#include "machine/system/layout.h"

#include <errno.h>
#include <string.h>

/* The last row that fits names the purpose: what is inside another row comes after it. */
static const struct layout_part parts[] = {
	{ "/boot", "a file of the boot file systems" },
	{ "/efi", "a file of the EFI partition" },
	{ "/sys/kernel/security/tpm0/binary_bios_measurements",
	  "the firmware's event log, without which nothing is known of the boot" },
	{ "/sys/firmware/efi/efivars", "the firmware's variables, which decide about Secure Boot" },
	{ "/run/udev/data", "udev's database, which says what the partitions are" },
	{ "/proc/self/mountinfo", "the table of mounts, which says where the boot file systems are" },
	{ "/proc/sys/kernel/random/boot_id", "the name of the boot that ran" },
	{ "/proc/self/mounts", "the table of mounts, which says which mapping is mounted where" },
	{ "/proc/swaps", "the list of swaps" },
	{ "/sys/class/block", "what the block devices lie on, which says whether swap is encrypted" },
	{ "/sys/dev/block", "what the mappings lie on, which says what is on the root's volumes" },
	{ "/sys/class/tpm/tpm0/device/driver", "the link that names the driver of the TPM" },
	{ "/etc/crypttab", "the list of encrypted volumes" },
	{ "/etc/fstab", "the list of file systems that are mounted at boot" },
	{ "/etc/bootseal/anchor", "the anchor, which the initrds of an enrolled machine must hold" },
	{ "/usr/lib/bootseal/bootseal-unlock", "the program that the initrds must hold" },
	{ "/usr/share/initramfs-tools", "the boot scripts that the initrds must hold" },
	{ "/lib/modules", "the lists of what is built into the kernels" },
	{ "/var/lib/bootseal/manifest", "the list of the accepted files" },
	{ "/var/lib/bootseal/state.json", "the record of what the policy in force allows" },
	{ "/var/lib/bootseal/predicted", "the record of what was sealed, event by event" },
	{ "/var/lib/bootseal/without-log", "the choice not to use the event log" },
	{ "/sys/class/tpm/tpm0/pcr-sha256", "the values of the PCRs, which tell a boot without a log" },
	{ "/run/bootseal", "what was recorded of the boot that ran" },
};

const struct layout_part *layout_part(size_t n)
{
	return n < sizeof(parts) / sizeof(parts[0]) ? &parts[n] : NULL;
}

const char *layout_purpose(const char *path)
{
	const char *what = "a file that was asked for";
	size_t len;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		len = strlen(parts[i].path);
		if (strncmp(path, parts[i].path, len) == 0 && (path[len] == '\0' || path[len] == '/'))
			what = parts[i].what;
	}
	return what;
}

int layout_explain(const struct machine *m, const char *path, int r, struct error *err)
{
	if (r == -ENOENT || r == -ENOTDIR)
		return error_set(err, r, "%.300s is not in %.200s: it is %s", path, m->root,
				 layout_purpose(path));
	return error_set(err, r, "%s%s: cannot open: %s", m->root, path, strerror(-r));
}
