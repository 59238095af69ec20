#include "machine/forecast_notes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "machine/system/efivars.h"
#include "machine/system/fstab.h"

#define HOOKS "/usr/share/initramfs-tools/hooks/"

/* Programs of the initramfs that let somebody in, or unlock with less than the TPM's policy. */
static const struct {
	const char *hook, *package, *why;
} others[] = {
	{ HOOKS "dropbear", "dropbear-initramfs",
	  "it accepts network logins while the TPM can still unlock" },
	{ HOOKS "tinyssh", "tinyssh",
	  "it accepts network logins while the TPM can still unlock" },
	{ HOOKS "mandos", "mandos-client",
	  "it unlocks the volume with a key that a server on the network gives, whatever was booted" },
	{ HOOKS "clevis", "clevis-initramfs",
	  "it unlocks the volume with a key of its own, whose policy is not the one that is shown here" },
};

void forecast_notes_free(struct forecast_note *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].what);
		free(list[i].why);
	}
	free(list);
}

int forecast_note(struct forecast_note **list, size_t *n, const char *what, const char *why)
{
	struct forecast_note *grown = reallocarray(*list, *n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[*n] = (struct forecast_note){ .what = strdup(what), .why = strdup(why) };
	grown += (*n)++;
	if (!grown->what || !grown->why)
		return -ENOMEM;
	/* names of files and menu entries are whatever somebody wrote on the disk */
	text_make_printable(grown->what);
	text_make_printable(grown->why);
	return 0;
}

/* Requests to shim and firmware that the next boot carries out, as mokutil and efibootmgr leave them. */
static const struct {
	const char *variable, *what;
} pending[] = {
	{ "MokNew-605dab50-e046-4300-abb6-3dd810dd8b23", "a key to be enrolled (mokutil)" },
	{ "MokDel-605dab50-e046-4300-abb6-3dd810dd8b23", "a key to be deleted (mokutil)" },
	{ "MokXNew-605dab50-e046-4300-abb6-3dd810dd8b23", "a hash to be forbidden (mokutil)" },
	{ "MokXDel-605dab50-e046-4300-abb6-3dd810dd8b23", "a hash to be allowed again (mokutil)" },
	{ "MokSB-605dab50-e046-4300-abb6-3dd810dd8b23", "a switch of shim's validation (mokutil)" },
	{ "BootNext-" EFIVARS_GLOBAL, "a one-time boot option (BootNext)" },
};

struct warnings {
	struct forecast_note **list;
	size_t *n;
};

static int warn_of_mount(void *context, const struct fstab_weakness *w)
{
	const struct warnings *to = context;
	struct error why = ERROR_NONE;
	char what[300];

	fstab_explain(w, 0, &why);
	snprintf(what, sizeof(what), FSTAB_PATH ", %.200s", w->dir);
	return forecast_note(to->list, to->n, what, why.text);
}

int forecast_warn(struct chain *c, struct forecast_note **list, size_t *n, bool *ret_pending)
{
	struct warnings to = { .list = list, .n = n };
	char path[128];
	struct stat st;
	int r = 0;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && r == 0; i++)
		if (files_stat(c->files, NULL, others[i].hook, &st) == 0)
			r = forecast_note(list, n, others[i].package, others[i].why);
	if (r == 0)
		r = fstab_each_weakness(c->machine, warn_of_mount, &to);
	*ret_pending = false;
	for (size_t i = 0; i < sizeof(pending) / sizeof(pending[0]) && r == 0; i++) {
		snprintf(path, sizeof(path), EFIVARS_DIR "/%s", pending[i].variable);
		if (files_stat(c->files, NULL, path, &st) < 0)
			continue;
		*ret_pending = true;
		r = forecast_note(list, n, pending[i].what,
				  "it is pending, so the next boot will differ from the prediction");
	}
	return r;
}
