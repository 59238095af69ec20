/*
 * A whole small machine as a directory tree: firmware log and variables (Secure Boot off, so that no image
 * must be signed), ESP, /boot with one kernel, dpkg's and udev's databases, our own installed files, and an
 * initrd that holds them. Its log is made by the model itself: what is tested with it is how the machine is
 * read and judged; that the model is right, other tests and the virtual machines show.
 */
#ifndef TESTS_MACHINE_SAMPLE_H
#define TESTS_MACHINE_SAMPLE_H

#include <stdio.h>

#include "base/file.h"
#include "base/text.h"
#include "machine/chain/chain_files.h"
#include "machine/system/manifest.h"
#include "measure/boot/bootpath.h"
#include "measure/efi/pe.h"
#include "measure/log/tcg.h"
#include "measure/efi/uefi.h"
#include "measure/grub/env.h"
#include "pe_sample.h"
#include "tree.h"

#define M_RELEASE "6.1.0-55-amd64"
#define M_UUID "d83bebd6-a56a-4dd2-9eb0-e514bcb77191"
#define M_ESP_UUID "cdccfdf5-3578-4b2b-bc01-da94a5bcd867"
#define M_INITRD "/boot/initrd.img-" M_RELEASE
#define M_KERNEL "/boot/vmlinuz-" M_RELEASE
#define M_SHIM "/boot/efi/EFI/debian/shimx64.efi"
#define M_GRUB "/boot/efi/EFI/debian/grubx64.efi"
#define M_STUB "/boot/efi/EFI/debian/grub.cfg"
#define M_CFG "/boot/grub/grub.cfg"
#define M_ENV "/boot/grub/grubenv"
#define M_SBAT "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n" \
	       "grub,5,Free Software Foundation,grub,2.06,https://www.gnu.org/software/grub/\n" \
	       "grub.debian,4,Debian,grub2,2.06-13+deb12u2,https://tracker.debian.org/pkg/grub2\n"
#define M_SBAT_212 "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n" \
		   "grub,5,Free Software Foundation,grub,2.12,https://www.gnu.org/software/grub/\n" \
		   "grub.debian,4,Debian,grub2,2.12-9+deb13u4,https://tracker.debian.org/pkg/grub2\n"
#define M_ENV_LEN 1024

extern const char m_cfg[];

void m_cpio_add_linked(struct buffer *b, const char *name, uint32_t mode, unsigned links, const void *data,
		       size_t n);
void m_cpio_add(struct buffer *b, const char *name, uint32_t mode, const void *data, size_t n);

/* What may be wrong with it. */
struct m_initrd {
	const char *without;  /* a file that is not there */
	const char *changed;  /* a file with other content */
	const char *linked;   /* a file that has another name, too */
	bool late;            /* our script after cryptroot's */
	bool unlisted;        /* scripts that no ORDER names */
	bool with_module, plain_sbin;
	const char *anchor;   /* NULL: the one that m_make() writes */
	const char *crypttab; /* NULL: none */
	bool crypttab_is_link;
};

#define M_SCRIPTS 5

extern const char *const m_scripts[M_SCRIPTS];

void m_make_initrd(const struct m_initrd *how, struct buffer *b);
void m_write_initrd(const struct tree *t, const struct m_initrd *how);
/* choice: how this machine was booted; whether GRUB found a screen then. */
void m_write_log_of(const struct tree *t, const struct boot_choice *choice, bool screen);
void m_write_log(const struct tree *t, const struct boot_choice *choice);
/* Logs are written with an application that the firmware starts out of flash, between the call and shim. */
extern bool m_flash_image;
/* Logs are written without actions in PCR 4, as by firmware that measures no boot attempts. */
extern bool m_no_actions;
void m_write_image(const struct tree *t, const char *path, const char *text, const char *sbat);
void m_write_env(const struct tree *t, const char *name, const char *value);
void m_make(struct tree *t);

#endif
