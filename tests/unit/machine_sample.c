#include "machine_sample.h"

#include "machine/chain/chain_grub.h"

const char m_cfg[] =
	"if [ -s $prefix/grubenv ]; then\n  load_env\nfi\n"
	"if [ \"${next_entry}\" ]; then\n  set default=\"${next_entry}\"\n  set next_entry=\n  save_env "
	"next_entry\n"
	"else\n  set default=0\nfi\n"
	"set timeout=5\n"
	"menuentry 'Debian' --id main {\n  linux /vmlinuz-" M_RELEASE " root=/dev/mapper/cryptroot ro quiet\n"
	"  initrd /initrd.img-" M_RELEASE "\n}\n"
	"submenu 'More' --id more {\n  menuentry 'Debian, by number' --id number {\n"
	"    linux /vmlinuz-" M_RELEASE
	" root=/dev/mapper/cryptroot ro quiet\n    initrd /initrd.img-" M_RELEASE "\n  }\n}\n";

/* --- an initrd */

void m_cpio_add_linked(struct buffer *b, const char *name, uint32_t mode, unsigned links, const void *data,
			      size_t n)
{
	buffer_addf(b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, mode, 0u, 0u, links,
		    0u, (unsigned)n, 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1, 0u);
	buffer_add(b, name, strlen(name) + 1);
	while (b->len % 4)
		buffer_add_u8(b, 0);
	buffer_add(b, data, n);
	while (b->len % 4)
		buffer_add_u8(b, 0);
}

void m_cpio_add(struct buffer *b, const char *name, uint32_t mode, const void *data, size_t n)
{
	m_cpio_add_linked(b, name, mode, 1, data, n);
}

const char *const m_scripts[] = { "local-top", "local-block", "local-premount", "local-bottom", "panic" };

static void m_cpio_file(struct buffer *b, const struct m_initrd *how, const char *name, const char *text)
{
	char other[64];

	if (how->without && strcmp(how->without, name) == 0)
		return;
	if (how->changed && strcmp(how->changed, name) == 0) {
		snprintf(other, sizeof(other), "not %.40s", text);
		text = other;
	}
	m_cpio_add_linked(b, name, S_IFREG | 0755, how->linked && strcmp(how->linked, name) == 0 ? 2 : 1,
			  text, strlen(text));
}

void m_make_initrd(const struct m_initrd *how, struct buffer *b)
{
	char name[128], text[256];

	static const char *const dirs[] = { ".",
					    "etc",
					    "etc/bootseal",
					    "scripts",
					    "usr",
					    "usr/lib",
					    "usr/lib/modules",
					    "usr/lib/modules/" M_RELEASE,
					    "usr/lib/modules/" M_RELEASE "/tpm" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		m_cpio_add(b, dirs[i], S_IFDIR | 0755, "", 0);
	m_cpio_add(b, how->plain_sbin ? "sbin" : "usr/sbin", S_IFDIR | 0755, "", 0);
	if (!how->plain_sbin)
		m_cpio_add(b, "sbin", S_IFLNK | 0777, "usr/sbin", 8);
	m_cpio_add(b, "lib", S_IFLNK | 0777, "usr/lib", 7);
	m_cpio_file(b, how, "init", "init");
	m_cpio_file(b, how, how->plain_sbin ? "sbin/bootseal-unlock" : "usr/sbin/bootseal-unlock",
		    "unlock program");
	m_cpio_file(b, how, "etc/bootseal/anchor", how->anchor ? how->anchor : "anchor");
	if (how->crypttab) {
		m_cpio_add(b, "cryptroot", S_IFDIR | 0755, "", 0);
		m_cpio_add(b, "cryptroot/crypttab", how->crypttab_is_link ? S_IFLNK | 0777 : S_IFREG | 0644,
			   how->crypttab, strlen(how->crypttab));
	}
	for (size_t i = 0; i < M_SCRIPTS; i++) {
		snprintf(name, sizeof(name), "scripts/%s", m_scripts[i]);
		m_cpio_add(b, name, S_IFDIR | 0755, "", 0);
		snprintf(name, sizeof(name), "scripts/%s/bootseal", m_scripts[i]);
		m_cpio_file(b, how, name, m_scripts[i]);
		snprintf(text, sizeof(text),
			 "%s/scripts/%s/%s \"$@\"\n[ -e /conf/param.conf ] && . /conf/param.conf\n%s",
			 how->late ? "/scripts/local-top/cryptroot \"$@\"\n" : "", m_scripts[i],
			 how->unlisted ? "other" : "bootseal",
			 how->late ? "" : "/scripts/local-top/cryptroot \"$@\"\n");
		snprintf(name, sizeof(name), "scripts/%s/ORDER", m_scripts[i]);
		m_cpio_file(b, how, name, text);
	}
	if (how->with_module)
		m_cpio_add(b, "usr/lib/modules/" M_RELEASE "/tpm/tpm-crb.ko.xz", S_IFREG, "module", 6);
	m_cpio_add(b, "TRAILER!!!", 0, "", 0);
}

void m_write_initrd(const struct tree *t, const struct m_initrd *how)
{
	struct buffer b = BUFFER_NONE;

	m_make_initrd(how, &b);
	tree_write(t, M_INITRD, b.data, b.len);
	buffer_free(&b);
}

/* --- the firmware's log */

static void m_add_event(struct buffer *log, uint32_t pcr, uint32_t type,
			const uint8_t digest[static SHA256_LEN], const void *data, size_t n)
{
	buffer_add_le32(log, pcr);
	buffer_add_le32(log, type);
	buffer_add_le32(log, 1);
	buffer_add_u8(log, HASH_SHA256);
	buffer_add_u8(log, 0);
	buffer_add(log, digest, SHA256_LEN);
	buffer_add_le32(log, n);
	buffer_add(log, data, n);
}

static void m_add_hashed(struct buffer *log, uint32_t pcr, uint32_t type, const void *data, size_t n)
{
	uint8_t digest[SHA256_LEN];

	if (hash_sha256(data, n, digest) < 0)
		abort();
	m_add_event(log, pcr, type, digest, data, n);
}

static void m_add_variable(struct buffer *log, const uint8_t guid[static 16], const char *name,
			   const char *value, size_t n)
{
	struct buffer data = BUFFER_NONE;
	struct reader content = reader_new(value, n);

	uefi_add_variable(&data, guid, name, &content);
	m_add_hashed(log, 7, EV_EFI_VARIABLE_DRIVER_CONFIG, data.data, data.len);
	buffer_free(&data);
}

static void m_add_zeros(struct buffer *b, size_t n)
{
	while (n-- > 0)
		buffer_add_u8(b, 0);
}

/* UEFI_IMAGE_LOAD_EVENT with a partition (when asked for) and a file */
static void m_add_image(const struct tree *t, struct buffer *log, const char *system_path, const char *file,
			bool partition)
{
	static const uint8_t guid[16] = { 0xf5, 0xfd, 0xcc, 0xcd, 0x78, 0x35, 0x2b, 0x4b,
					  0xbc, 0x01, 0xda, 0x94, 0xa5, 0xbc, 0xd8, 0x67 };
	struct buffer path = BUFFER_NONE, event = BUFFER_NONE, image = BUFFER_NONE;
	uint8_t digest[SHA256_LEN];
	struct reader bytes;

	if (partition) {
		buffer_add(&path, "\x04\x01\x2a\0", 4);
		buffer_add_le32(&path, 1);
		m_add_zeros(&path, 16);
		buffer_add(&path, guid, sizeof(guid));
		buffer_add(&path, "\x02\x02", 2);
	}
	buffer_add(&path, "\x04\x04", 2);
	buffer_add_u8(&path, 4 + 2 * (strlen(file) + 1));
	buffer_add_u8(&path, 0);
	for (size_t i = 0; i <= strlen(file); i++) {
		buffer_add_u8(&path, file[i]);
		buffer_add_u8(&path, 0);
	}
	buffer_add(&path, "\x7f\xff\x04\0", 4);
	m_add_zeros(&event, 24);
	buffer_add_le32(&event, path.len);
	m_add_zeros(&event, 4);
	buffer_add(&event, path.data, path.len);
	if (machine_read(&t->machine, system_path, 1 << 20, NULL, &image) < 0)
		abort();
	bytes = reader_new(image.data, image.len);
	if (pe_digest(&bytes, NULL, digest) < 0)
		abort();
	m_add_event(log, 4, EV_EFI_BOOT_SERVICES_APPLICATION, digest, event.data, event.len);
	buffer_free(&path);
	buffer_free(&event);
	buffer_free(&image);
}

/* TCG_PCClientTaggedEvent */
static void m_add_tag(struct buffer *log, const struct event *e)
{
	struct buffer data = BUFFER_NONE;

	buffer_add_le32(&data, 0x8f3b22ec);
	buffer_add_le32(&data, strlen(e->what) + 1);
	buffer_add(&data, e->what, strlen(e->what) + 1);
	m_add_event(log, e->pcr, e->type, e->digest, data.data, data.len);
	buffer_free(&data);
}

bool m_flash_image, m_no_actions;

/* An application out of a firmware volume: no file that anybody could read, so any digest will do. */
static void m_add_flash_image(struct buffer *log)
{
	static const uint8_t digest[SHA256_LEN] = { 0xf1, 0xa5 };
	static const char path[] = "\x04\x07\x14\0volume-volume-vo\x04\x06\x14\0program-program-"
				   "\x7f\xff\x04\0";
	struct buffer event = BUFFER_NONE;

	m_add_zeros(&event, 24);
	buffer_add_le32(&event, sizeof(path) - 1);
	m_add_zeros(&event, 4);
	buffer_add(&event, path, sizeof(path) - 1);
	m_add_event(log, 4, EV_EFI_BOOT_SERVICES_APPLICATION, digest, event.data, event.len);
	buffer_free(&event);
}

/* A boot option that failed before ours. */
static void m_add_failed_option(const struct tree *t, struct buffer *log)
{
	m_add_hashed(log, 4, EV_EFI_ACTION, EFI_ACTION_CALLING, strlen(EFI_ACTION_CALLING));
	m_add_image(t, log, M_GRUB, "\\EFI\\failed\\first.efi", true);
	m_add_hashed(log, 4, EV_EFI_ACTION, EFI_ACTION_RETURNING, strlen(EFI_ACTION_RETURNING));
	m_add_hashed(log, 4, EV_EFI_ACTION, EFI_ACTION_CALLING, strlen(EFI_ACTION_CALLING));
}

static void m_add_firmware(const struct tree *t, struct buffer *log)
{
	/* TCG_EfiSpecIDEvent: version 2.0, one bank */
	static const char id[] = "Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0";

	buffer_add_le32(log, 0);
	buffer_add_le32(log, EV_NO_ACTION);
	m_add_zeros(log, 20);
	buffer_add_le32(log, sizeof(id));
	buffer_add(log, id, sizeof(id));
	m_add_hashed(log, 0, EV_S_CRTM_VERSION, "v1", 2);
	m_add_variable(log, uefi_guid_global, "SecureBoot", "\0", 1);
	m_add_variable(log, uefi_guid_global, "PK", "", 0);
	m_add_variable(log, uefi_guid_global, "KEK", "", 0);
	m_add_variable(log, uefi_guid_security, "db", "", 0);
	m_add_variable(log, uefi_guid_security, "dbx", "", 0);
	m_add_hashed(log, 7, EV_SEPARATOR, "\0\0\0\0", 4);
	m_add_hashed(log, 2, EV_EFI_BOOT_SERVICES_DRIVER, "option ROM", 10);
	m_add_hashed(log, 2, EV_SEPARATOR, "\0\0\0\0", 4);
	m_add_hashed(log, 0, EV_SEPARATOR, "\0\0\0\0", 4);
	if (!m_no_actions)
		m_add_failed_option(t, log);
	m_add_hashed(log, 4, EV_SEPARATOR, "\0\0\0\0", 4);
	if (m_flash_image)
		m_add_flash_image(log);
	m_add_image(t, log, M_SHIM, "\\EFI\\debian\\shimx64.efi", true);
	m_add_image(t, log, M_GRUB, "\\EFI\\debian\\grubx64.efi", false);
}

void m_write_log_of(const struct tree *t, const struct boot_choice *choice, bool screen)
{
	struct prediction p = PREDICTION_NONE;
	struct buffer log = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct chain *c = NULL;

	m_add_firmware(t, &log);
	tree_write(t, EVENTLOG_PATH, log.data, log.len);
	if (chain_load(&t->machine, &err, &c) < 0)
		goto fail;
	((struct chain_grub *)c->own)->machine.no_graphics = !screen;
	if (predict(&c->model, choice, &err, &p) < 0) {
fail:
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	for (size_t i = 0; i < p.events.n; i++) {
		const struct event *e = &p.events.e[i];

		if (e->type == EV_EVENT_TAG)
			m_add_tag(&log, e);
		else if (e->pcr == 8 || e->pcr == 9)
			m_add_event(&log, e->pcr, e->type, e->digest, e->what, strlen(e->what) + 1);
	}
	tree_write(t, EVENTLOG_PATH, log.data, log.len);
	prediction_free(&p);
	chain_free(c);
	buffer_free(&log);
}

void m_write_log(const struct tree *t, const struct boot_choice *choice)
{
	m_write_log_of(t, choice, true);
}

/* --- the other files */

void m_write_image(const struct tree *t, const char *path, const char *text, const char *sbat)
{
	const struct sample_section sections[] = { { ".text", text, strlen(text) },
						   { ".sbat", sbat, strlen(sbat) } };
	struct buffer b = BUFFER_NONE;

	sample_pe(sections, 2, NULL, &b);
	tree_write(t, path, b.data, b.len);
	buffer_free(&b);
}

void m_write_env(const struct tree *t, const char *name, const char *value)
{
	uint8_t block[M_ENV_LEN];

	memset(block, '#', sizeof(block));
	memcpy(block, "# GRUB Environment Block\n", 25);
	if (name && grub_env_set(block, sizeof(block), name, value) < 0)
		abort();
	tree_write(t, M_ENV, block, sizeof(block));
}

static void m_write_system(const struct tree *t)
{
	char path[128];

	tree_write_text(t, "/proc/self/mountinfo",
			"21 1 253:0 / / rw - ext4 /dev/dm-0 rw\n"
			"70 21 254:2 /grub /mnt/grub rw - ext4 /dev/vda2 rw\n"
			"72 21 254:2 / /boot rw,relatime shared:28 - ext4 /dev/vda2 rw\n"
			"87 72 254:1 / /boot/efi rw shared:42 - vfat /dev/vda1 rw\n"
			"88 21 254:2 /grub /mnt/a\\040b rw - ext4 /dev/vda2 rw\n");
	tree_write_text(t, "/run/udev/data/b254:0", "S:disk/by-path/x\nE:ID_PART_TABLE_TYPE=gpt\n");
	tree_write_text(t, "/run/udev/data/b254:1",
			"E:ID_FS_TYPE=vfat\nE:ID_FS_UUID=1234-ABCD\nE:ID_PART_ENTRY_SCHEME=gpt\n"
			"E:ID_PART_ENTRY_UUID=" M_ESP_UUID "\nE:ID_PART_ENTRY_NUMBER=1\n"
			"E:ID_PART_ENTRY_DISK=254:0\n");
	tree_write_text(t, "/run/udev/data/b254:2",
			"E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=" M_UUID "\nE:ID_PART_ENTRY_SCHEME=gpt\n"
			"E:ID_PART_ENTRY_UUID=00000000-0000-0000-0000-000000000002\n"
			"E:ID_PART_ENTRY_NUMBER=2\nE:ID_PART_ENTRY_DISK=254:0\n");
	tree_write_text(t, "/run/udev/data/b254:3", "E:ID_FS_TYPE=crypto_LUKS\nE:ID_PART_ENTRY_SCHEME=gpt\n"
						    "E:ID_PART_ENTRY_NUMBER=3\nE:ID_PART_ENTRY_DISK=254:0\n");
	tree_write(t, "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
		   "\6\0\0\0\0", 5);
	tree_link(t, "/sys/class/tpm/tpm0/device/driver", "../../../../bus/acpi/drivers/tpm_crb");
	tree_write_text(t, "/lib/modules/" M_RELEASE "/modules.builtin",
			"kernel/drivers/char/hw_random/rng-core.ko\nkernel/drivers/char/tpm/tpm_crb.ko\n");
	tree_write_text(t, "/usr/lib/bootseal/bootseal-unlock", "unlock program");
	tree_write_text(t, "/etc/bootseal/anchor", "anchor");
	for (size_t i = 0; i < M_SCRIPTS; i++) {
		snprintf(path, sizeof(path), "/usr/share/initramfs-tools/scripts/%s/bootseal", m_scripts[i]);
		tree_write_text(t, path, m_scripts[i]);
	}
}

void m_make(struct tree *t)
{
	const struct boot_choice untouched = { .path = NULL };
	const struct m_initrd good = { .without = NULL };

	tree_make(t);
	m_write_system(t);
	m_write_image(t, M_SHIM, "shim", "shim,4,UEFI shim,shim,1,x\nshim.debian,1,Debian,shim,16.1,x\n");
	m_write_image(t, M_GRUB, "grub", M_SBAT);
	m_write_image(t, M_KERNEL, "kernel", "linux,1,x\n");
	m_write_initrd(t, &good);
	tree_write_text(t, M_STUB, "search.fs_uuid " M_UUID " root hd0,gpt2 \nset prefix=($root)'/grub'\n"
				   "configfile $prefix/grub.cfg\n");
	tree_write_text(t, M_CFG, m_cfg);
	m_write_env(t, NULL, NULL);
	m_write_log(t, &untouched);
}
