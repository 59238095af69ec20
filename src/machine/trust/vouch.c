#include "machine/trust/vouch.h"

#include <errno.h>
#include <string.h>

#include "machine/trust/vouch_grub.h"
#include "machine/trust/vouch_packages.h"

/*
 * Who vouches for what: a further voucher is a function and a row. With several rows for one role it is
 * enough that one of them vouches; `check` and `remedy` are the first row's.
 */
struct voucher {
	enum file_role role;
	/*
	 * Does the system itself vouch for this content? False also when it has nothing to say; NULL: the
	 * manifest only.
	 */
	bool (*vouches)(const struct vouch *v, const struct vouch_question *q);
	/*
	 * For a file that is free to change: judges its content instead. -EPERM with what is wrong and what
	 * to do.
	 */
	int (*check)(const struct vouch *v, const struct vouch_question *q, struct error *why);
	const char *word;   /* on which it is accepted */
	const char *remedy; /* for a file that is refused */
};

#define INSTALL_AGAIN "'dpkg-reconfigure grub-efi-amd64' or 'grub-install' installs it again"

static const struct voucher vouchers[] = {
	{ ROLE_LOADER, vouch_by_signed_shim, NULL, "it is the signed image from its package", INSTALL_AGAIN },
	{ ROLE_LOADER, vouch_by_signed_grub, NULL, "it is the signed image from its package", INSTALL_AGAIN },
	{ ROLE_ESP_CONFIG, vouch_by_grub_install, NULL, "it matches what grub-install writes",
	  INSTALL_AGAIN },
	{ ROLE_CONFIG, vouch_by_grub_mkconfig, NULL, "it matches what grub-mkconfig writes now",
	  "'update-grub' writes it, or 'LC_ALL=C LANG=C update-grub' where that has not helped" },
	{ ROLE_DATA, vouch_by_copy, NULL, "it is a copy from GRUB's packages", INSTALL_AGAIN },
	{ ROLE_STATE, NULL, vouch_grubenv, NULL, NULL },
	{ ROLE_KERNEL, vouch_by_dpkg, NULL, "its package's checksum matches",
	  "reinstall the package of this kernel" },
	{ ROLE_KERNEL, vouch_by_dpkg_but_signed, NULL, "it is its package's file with a signature added",
	  NULL },
	/* machine_vouch_initrd() has put it into the manifest */
	{ ROLE_INITRD, NULL, NULL, NULL, "'update-initramfs -u' for this kernel rebuilds it" },
};

/* The next row for that role after `last` (NULL: the first); NULL when there is none. */
static const struct voucher *next_voucher(enum file_role role, const struct voucher *last)
{
	for (size_t i = last ? last - vouchers + 1 : 0; i < sizeof(vouchers) / sizeof(vouchers[0]); i++)
		if (vouchers[i].role == role)
			return &vouchers[i];
	return NULL;
}

bool vouch_is_free(enum file_role role)
{
	const struct voucher *first = next_voucher(role, NULL);

	return first && first->check;
}

static bool in_manifest(const struct vouch *v, const struct vouch_question *q)
{
	const struct file_facts *facts = input_facts(q->input);
	const struct manifest_file *m = manifest_find(v->manifest, facts->path);

	return m && memcmp(m->sha256, facts->sha256, SHA256_LEN) == 0;
}

/* Enrolment trusts the system as it stands: what this boot ran, calibrated, is what it stands on. */
static bool ran_in_this_boot(const struct vouch *v, const struct vouch_question *q)
{
	const struct file_facts *facts = input_facts(q->input);
	const struct calibration *c = v->calibration;
	uint8_t digest[SHA256_LEN];

	if (!c || c->verdict == VERDICT_MISMATCH)
		return false;
	for (size_t i = 0; i < c->file_count; i++) {
		if (strcmp(c->file[i].path, facts->path) != 0)
			continue;
		if (!c->file[i].authenticode)
			return memcmp(c->file[i].measured, facts->sha256, SHA256_LEN) == 0;
		return input_authenticode(q->input, NULL, digest) == 0 &&
		       memcmp(c->file[i].measured, digest, SHA256_LEN) == 0;
	}
	return false;
}

static bool by_system(const struct vouch *v, const struct vouch_question *q, const char **ret_word)
{
	for (const struct voucher *i = NULL; (i = next_voucher(q->role, i));)
		if (i->vouches && i->vouches(v, q)) {
			*ret_word = i->word;
			return true;
		}
	return false;
}

static void refuse(const struct vouch *v, const struct vouch_question *q, struct error *why)
{
	const struct voucher *first = next_voucher(q->role, NULL);
	bool known = manifest_find(v->manifest, input_facts(q->input)->path) != NULL;

	if (v->mode == TRUST_NOTHING_NEW)
		error_set(why, 0,
			  "it is %s, and changes are rejected because the TPM did not unlock this boot; if "
			  "you know why, 'bootseal reseal --accept-current' accepts it",
			  known ? "changed" : "new");
	else
		error_set(why, 0, "it is %s and not trusted; %s, or "
			  "'bootseal reseal --accept-current' accepts it if the change is yours",
			  known ? "changed" : "new", first ? first->remedy : "");
}

int vouch_file(struct vouch *v, const struct vouch_question *q, struct error *why, const char **ret_word,
	       enum trust_verdict *ret)
{
	const struct voucher *first = next_voucher(q->role, NULL);
	bool is_free = first && first->check;

	*ret = TRUST_UNCHANGED;
	if (is_free ? first->check(v, q, why) == 0 : in_manifest(v, q))
		return 0;
	*ret = TRUST_ACCEPTED;
	if (v->mode != TRUST_NOTHING_NEW && !is_free) {
		*ret_word = "this boot ran it";
		if (v->mode == TRUST_THIS_BOOT && ran_in_this_boot(v, q))
			return 0;
		if (by_system(v, q, ret_word))
			return 0;
	}
	*ret_word = "you accepted it";
	if (v->mode == TRUST_ALL)
		return 0;
	*ret = TRUST_REFUSED;
	if (!is_free)
		refuse(v, q, why);
	return 0;
}
