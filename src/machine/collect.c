#include "machine/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "machine/collect_tree.h"
#include "machine/system/digests.h"
#include "seal/tpm.h"
#include "seal/tpm_inventory.h"
#include "seal/tpm_pcrs.h"

#define NAME "bootseal-report" /* of the directory in the archive */
#define PACK_TIMEOUT_MS (10 * 60 * 1000)
#define VERSIONS_MAX (1u << 20)
#define VERSIONS_TIMEOUT_MS 60000

/* Paths with patterns; all that fit are copied. */
static const char *const wanted[] = {
	"/sys/kernel/security/tpm0/binary_bios_measurements",
	"/proc/self/mountinfo",
	"/proc/self/mounts",
	"/proc/swaps",
	"/proc/version",
	"/proc/sys/kernel/random/boot_id",
	"/etc/crypttab",
	"/etc/os-release",
	"/etc/default/grub",
	"/etc/default/grub.d/*.cfg",
	"/etc/bootseal/anchor",
	"/etc/bootseal/volumes",
	"/var/lib/bootseal/manifest",
	"/var/lib/bootseal/state.json",
	"/var/lib/bootseal/predicted",
	"/var/lib/bootseal/without-log",
	"/run/bootseal/calibration.json",
	"/run/bootseal/shim.efi",
	"/run/bootseal/boot-event*",
	"/var/lib/bootseal/next/*",
	"/run/udev/data/b*",
	"/lib/modules/*/modules.builtin",
	"/sys/class/block/*/dm/uuid",
	"/sys/dev/block/*/dm/name",
	"/sys/dev/block/*/dm/uuid",
	"/sys/dev/block/*/slaves/*/dev",
	"/sys/firmware/efi/efivars/SecureBoot-*",
	"/sys/firmware/efi/efivars/PK-*",
	"/sys/firmware/efi/efivars/KEK-*",
	"/sys/firmware/efi/efivars/db-*",
	"/sys/firmware/efi/efivars/dbx-*",
	"/sys/firmware/efi/efivars/Mok*",
	"/sys/firmware/efi/efivars/Sbat*",
	"/sys/firmware/efi/efivars/OsIndications*",
	"/sys/firmware/efi/efivars/BootNext-*",
	"/sys/firmware/efi/efivars/BootCurrent-*",
	"/sys/firmware/efi/efivars/Boot[0-9A-F][0-9A-F][0-9A-F][0-9A-F]-*",
	"/sys/class/tpm/tpm0/pcr-sha256/*",
};

/* Of which only the names count. */
static const char *const wanted_names[] = { "/sys/class/block/*", "/sys/class/block/*/slaves/*" };

static const char *const boot_dirs[] = { "/boot", "/efi" };

static int take_tpm(struct collect_tree *c, const char *tcti)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct buffer values = BUFFER_NONE, inventory = BUFFER_NONE;
	struct error why = ERROR_NONE;
	struct tpm *tpm = NULL;
	char hex[2 * SHA256_LEN + 1];
	int r;

	r = tpm_open(tcti, &why, &tpm);
	if (r == 0)
		r = tpm_pcrs(tpm, PCR_ALL, &why, pcrs);
	for (unsigned i = 0; i < PCR_COUNT && r == 0; i++) {
		text_hex(pcrs[i], SHA256_LEN, hex);
		buffer_addf(&values, "%u %s\n", i, hex);
	}
	if (r < 0)
		collect_missing(c, COLLECT_PCRS, why.text);
	r = r < 0 ? 0 : collect_text(c, COLLECT_PCRS, &values);
	if (r == 0 && tpm && tpm_inventory(tpm, &why, &inventory) < 0)
		collect_missing(c, COLLECT_TPM, why.text);
	if (r == 0 && inventory.len > 0)
		r = collect_text(c, COLLECT_TPM, &inventory);
	tpm_close(tpm);
	buffer_free(&values);
	buffer_free(&inventory);
	return r;
}

static int keep_output(void *context, const void *data, size_t n)
{
	struct buffer *b = context;

	buffer_add(b, data, n);
	return b->len > VERSIONS_MAX ? -EFBIG : 0;
}

int collect_versions(const struct machine *m, struct error *err, struct buffer *ret)
{
	static const char *const argv[] = {
		"dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package} ${Version}\n", "bootseal*", "grub*",
		"shim*", "linux-image*", "initramfs-tools*", "dracut*", "cryptsetup*", "systemd", "libtss2*",
		"libcryptsetup*", "mokutil", "fwupd*", "clevis*", NULL
	};
	const struct process p = { .argv = argv,
				   .chroot = machine_is_tree(m) ? m->root : NULL,
				   .timeout_ms = VERSIONS_TIMEOUT_MS,
				   .output = keep_output,
				   .context = ret };
	int r = process_run(&p, err);

	/* it ends with 1 where a pattern fits nothing, and has printed the rest */
	return ret->len > 0 ? 0 : r < 0 ? r : error_set(err, -ENODATA, "dpkg-query printed nothing");
}

static int take_versions(struct collect_tree *c)
{
	struct buffer text = BUFFER_NONE;
	struct error why = ERROR_NONE;
	int r = collect_versions(c->machine, &why, &text);

	if (r < 0)
		collect_missing(c, COLLECT_VERSIONS, why.text);
	r = text.len > 0 ? collect_text(c, COLLECT_VERSIONS, &text) : 0;
	buffer_free(&text);
	return r;
}

static int collect_all(struct collect_tree *c, const char *tcti)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && r == 0; i++)
		r = collect_each(c, wanted[i], strchr(wanted[i], '*') ? collect_file_if_there : collect_file);
	for (size_t i = 0; i < sizeof(wanted_names) / sizeof(wanted_names[0]) && r == 0; i++)
		r = collect_each(c, wanted_names[i], collect_name);
	for (size_t i = 0; i < sizeof(boot_dirs) / sizeof(boot_dirs[0]) && r == 0; i++)
		r = collect_boot(c, boot_dirs[i]);
	if (r == 0)
		r = collect_link(c, "/sys/class/tpm/tpm0/device/driver");
	if (r == 0)
		r = take_tpm(c, tcti);
	if (r == 0)
		r = take_versions(c);
	if (r == 0)
		r = collect_text(c, DIGESTS_PATH, &c->digests);
	return r == 0 ? collect_text(c, COLLECT_MISSING, &c->missing) : r;
}

int collect_machine(const struct machine *m, const char *tcti, const char *dir, struct error *err,
		    struct collected *ret)
{
	struct collect_tree c = { .machine = m, .dir = dir, .err = err, .digests = BUFFER_NONE,
				  .missing = BUFFER_NONE };
	int r = collect_all(&c, tcti);

	*ret = (struct collected){ .files = c.files, .digests = c.digest_count, .missing = c.missing_count };
	collect_tree_free(&c);
	return r;
}

/* The archive while it is written: a new file that nobody else has open, whoever owns the folder. */
struct packing {
	char name[PATH_MAX];
	int fd;
};

/* Refused here, before anything is collected. */
static int begin_file(const char *file, struct error *err, struct packing *ret)
{
	int n = snprintf(ret->name, sizeof(ret->name), "%s.XXXXXX", file);

	if (n < 0 || (size_t)n >= sizeof(ret->name))
		return error_set(err, -ENAMETOOLONG, "%s: the name is too long", file);
	ret->fd = mkostemp(ret->name, O_CLOEXEC);
	return ret->fd < 0 ? error_set(err, -errno, "%s: cannot write: %s", file, strerror(errno)) : 0;
}

static int write_piece(void *context, const void *data, size_t n)
{
	const struct packing *p = context;
	const char *at = data;

	while (n > 0) {
		ssize_t done = write(p->fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

static int pack(const char *dir, struct packing *to, const char *file, struct error *err)
{
	const char *const argv[] = { "tar", "--owner=0", "--group=0", "-czf", "-", "-C", dir, NAME, NULL };
	const struct process p = {
		.argv = argv, .timeout_ms = PACK_TIMEOUT_MS, .output = write_piece, .context = to
	};
	int r = process_run(&p, err);

	if (r == -ENOSPC || r == -EIO || r == -EDQUOT)
		error_set(err, r, "%s: cannot write: %s", file, strerror(-r));
	if (r == 0 && rename(to->name, file) < 0)
		r = error_set(err, -errno, "%s: %s", file, strerror(errno));
	return r;
}

/* In a directory of its own, which does not stay. */
static int collect_and_pack(const struct machine *m, const char *tcti, struct packing *to, const char *file,
			    struct error *err, struct collected *ret)
{
	char dir[] = "/var/tmp/bootseal-XXXXXX", tree[sizeof(dir) + sizeof(NAME)];
	int r;

	if (!mkdtemp(dir))
		return error_set(err, -errno, "/var/tmp: %s", strerror(errno));
	snprintf(tree, sizeof(tree), "%s/" NAME, dir);
	r = file_mkdir(tree, 0755, err);
	if (r == 0)
		r = collect_machine(m, tcti, tree, err, ret);
	if (r == 0)
		r = pack(dir, to, file, err);
	file_remove_tree(dir);
	return r;
}

int collect_archive(const struct machine *m, const char *tcti, const char *file, struct error *err,
		    struct collected *ret)
{
	struct packing to;
	int r = begin_file(file, err, &to);

	if (r < 0)
		return r;
	r = collect_and_pack(m, tcti, &to, file, err, ret);
	close(to.fd);
	if (r < 0)
		unlink(to.name);
	return r;
}
