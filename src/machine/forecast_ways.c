#include "machine/forecast_ways.h"

#include <errno.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>

#include "seal/volume_others.h"

#define SHADOW_PATH "/etc/shadow"
#define SHADOW_MAX_LEN (1u << 20)

/* What it means that such a keyslot is there; NULL for one that a person has to do something for. */
static const char *meaning(const struct other_token *t)
{
	switch (t->key) {
	case OTHER_CLEVIS:
		return "clevis unlocks it with a policy of its own (this TPM's PCRs, or a server on the "
		       "network), whatever is sealed here";
	case OTHER_TPM:
		if (t->pin)
			return NULL;
		return t->pcrs[0] ? "systemd-cryptenroll sealed its key to this TPM without a PIN: it "
				    "unlocks in every boot in which these PCRs match, sealed here or not" :
				    "systemd-cryptenroll sealed its key to this TPM without a PIN, to a "
				    "signed policy or none: it unlocks in boots that are not sealed here";
	case OTHER_FIDO2:
		return t->pin ? NULL : "anyone who has that FIDO2 device unlocks it, without a PIN";
	case OTHER_KEYRING:
		return "its key is taken from the kernel's keyring, where a program of the boot puts it";
	case OTHER_FIRST_BOOT:
		return "the key of the image, which the first boot removes at its end: 'systemctl status "
		       "bootseal-first-boot'";
	case OTHER_UNKNOWN:
		return "a program that bootseal does not know has a key to it";
	case OTHER_PKCS11:
	case OTHER_RECOVERY:
		break;
	}
	return NULL;
}

/* Several tokens of a kind may name one keyslot. */
static bool is_said(const struct forecast_note *list, size_t n, const char *what, const char *why)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].what, what) == 0 && strcmp(list[i].why, why) == 0)
			return true;
	return false;
}

static int warn_of_token(const char *name, const struct other_token *t, struct forecast_note **list,
			 size_t *n)
{
	const char *why = meaning(t);
	char what[256];
	int r = 0;

	for (unsigned slot = 0; why && slot < KEYSLOT_MAX && r == 0; slot++) {
		if (!(t->keyslots >> slot & 1))
			continue;
		snprintf(what, sizeof(what), "%.100s, keyslot %u (token '%s'%s%s)", name, slot, t->type,
			 t->pcrs[0] ? ", PCRs " : "", t->pcrs);
		if (!is_said(*list, *n, what, why))
			r = forecast_note(list, n, what, why);
	}
	return r;
}

int forecast_warn_of_keys(const struct enrolled *e, struct forecast_note **list, size_t *n)
{
	struct other_token other[OTHERS_MAX];
	int r = 0;

	for (size_t i = 0; i < e->n && r == 0; i++) {
		size_t count = volume_others(e->at[i].volume, other);

		for (size_t j = 0; j < count && r == 0; j++)
			r = warn_of_token(e->at[i].target->name, &other[j], list, n);
	}
	return r;
}

/* The file's hashes leave no trace in memory that is used again. */
static bool root_needs_none(FILE *f)
{
	struct spwd entry, *found = NULL;
	char line[4096];
	bool none = false;

	while (!none && fgetspent_r(f, &entry, line, sizeof(line), &found) == 0 && found)
		none = strcmp(found->sp_namp, "root") == 0 && found->sp_pwdp[0] == '\0';
	explicit_bzero(line, sizeof(line));
	return none;
}

int forecast_warn_of_password(const struct machine *m, struct forecast_note **list, size_t *n)
{
	FILE *f = machine_stream(m, SHADOW_PATH, SHADOW_MAX_LEN);
	bool none = f && root_needs_none(f);

	if (f)
		fclose(f);
	return none ? forecast_note(list, n, "root's password is empty (" SHADOW_PATH ")",
				    "where a file system of fstab cannot be mounted, /boot for "
				    "example, systemd starts a root shell in the unlocked system without "
				    "a question; 'passwd root' sets one, 'passwd -l root' locks it") :
		      0;
}

bool forecast_restarts(const char *cmdline)
{
	for (const char *p = cmdline; (p = strstr(p, "panic=")); p++)
		if ((p == cmdline || p[-1] == ' ') && p[6] != '\0' && p[6] != ' ')
			return true;
	return false;
}
