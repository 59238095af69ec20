#include "machine/trust/vouch.h"

#include <errno.h>
#include <string.h>

#include "machine/trust/vouch_sources.h"

static bool in_manifest(const struct vouch *v, const struct vouch_question *q)
{
	const struct manifest_file *m = manifest_find(v->manifest, q->path);

	return m && memcmp(m->sha256, q->facts->sha256, SHA256_LEN) == 0;
}

/* Enrolment trusts the system as it stands: what this boot ran, calibrated, is what it stands on. */
static bool ran_in_this_boot(const struct vouch *v, const struct vouch_question *q)
{
	const struct calibration *c = v->calibration;
	uint8_t digest[SHA256_LEN];

	if (!c || c->verdict == VERDICT_MISMATCH)
		return false;
	for (size_t i = 0; i < c->file_count; i++) {
		if (strcmp(c->file[i].path, q->path) != 0)
			continue;
		if (!c->file[i].authenticode)
			return memcmp(c->file[i].measured, q->facts->sha256, SHA256_LEN) == 0;
		return files_authenticode(v->chain->files, q->base, q->in_base, NULL, digest) == 0 &&
		       memcmp(c->file[i].measured, digest, SHA256_LEN) == 0;
	}
	return false;
}

static bool by_system(const struct vouch *v, const struct vouch_question *q, const char **ret_word)
{
	switch (q->role) {
	case ROLE_LOADER:
		*ret_word = "it is the signed image that its package brought";
		return vouch_by_signed_image(v, q);
	case ROLE_STUB:
		*ret_word = "it is what grub-install writes";
		return vouch_by_grub_install(v, q);
	case ROLE_GRUB_CFG:
		*ret_word = "it is what grub-mkconfig makes now";
		return vouch_by_grub_mkconfig(v, q);
	case ROLE_GRUB_FILE:
		*ret_word = "it is a copy of what the packages of GRUB brought";
		return vouch_by_copy(v, q);
	case ROLE_KERNEL:
		*ret_word = "its package's checksum fits";
		return vouch_by_dpkg(v, q);
	case ROLE_GRUB_ENV: /* judged by its variables */
	case ROLE_INITRD:   /* machine_vouch_initrd() has put it into the manifest */
		break;
	}
	return false;
}

static const char *remedy(enum file_role role)
{
	switch (role) {
	case ROLE_LOADER:
	case ROLE_STUB:
	case ROLE_GRUB_FILE:
		return "`dpkg-reconfigure grub-efi-amd64' or `grub-install' installs it anew";
	case ROLE_GRUB_CFG:
		return "`update-grub' makes it anew";
	case ROLE_GRUB_ENV:
		return "`grub-editenv' removes the variable";
	case ROLE_KERNEL:
		return "reinstall the package of this kernel";
	case ROLE_INITRD:
		return "`update-initramfs -u' for this kernel makes it anew";
	}
	return "";
}

static int refuse(const struct vouch *v, const struct vouch_question *q, struct error *why)
{
	bool known = manifest_find(v->manifest, q->path) != NULL;

	if (v->how == VOUCH_NOTHING)
		error_set(why, 0, "it is %s, and nothing new is accepted because the TPM did not open this boot; when you "
			  "know why, `bootseal reseal --accept-current' accepts it",
			  known ? "not what was accepted before" : "new");
	else
		error_set(why, 0, "it is %s, and nothing on the encrypted disk vouches for it; %s, or "
			  "`bootseal reseal --accept-current' accepts it if the change is yours",
			  known ? "not what was accepted before" : "new", remedy(q->role));
	return 0;
}

int vouch_file(struct vouch *v, const struct vouch_question *q, struct error *why, const char **ret_word,
	       enum vouched *ret)
{
	enum vouching how = v->how;

	*ret = VOUCHED_UNCHANGED;
	if (q->role == ROLE_GRUB_ENV ? vouch_grubenv(v, q, why) == 0 : in_manifest(v, q))
		return 0;
	*ret = VOUCHED_NOW;
	if (how != VOUCH_NOTHING && q->role != ROLE_GRUB_ENV) {
		*ret_word = "it is what this boot ran";
		if (how == VOUCH_FIRST && ran_in_this_boot(v, q))
			return 0;
		if (by_system(v, q, ret_word))
			return 0;
	}
	*ret_word = "you accept it as it is";
	if (how == VOUCH_ACCEPT_CURRENT)
		return 0;
	*ret = VOUCHED_REFUSED;
	return q->role == ROLE_GRUB_ENV ? 0 : refuse(v, q, why);
}
