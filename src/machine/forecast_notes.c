/* What a forecast tells people beside its boot paths. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "machine/chain/chain_internal.h"
#include "machine/system/fstab.h"
#include "machine/system/manifest.h"

#define DROPBEAR_HOOK "/usr/share/initramfs-tools/hooks/dropbear"

static void note_clear(struct forecast_note *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].what);
		free(list[i].why);
	}
	free(list);
}

static void path_clear(struct forecast_path *p)
{
	free(p->key);
	free(p->label);
	free(p->release);
	free(p->kernel);
	free(p->initrd);
	free(p->cmdline);
	event_list_free(&p->events);
}

void forecast_free(struct forecast *f)
{
	for (size_t i = 0; i < f->path_count; i++)
		path_clear(&f->path[i]);
	free(f->path);
	note_clear(f->left_out, f->left_out_count);
	note_clear(f->refused, f->refused_count);
	note_clear(f->accepted, f->accepted_count);
	note_clear(f->warning, f->warning_count);
	if (f->manifest)
		manifest_free(f->manifest);
	free(f->manifest);
	*f = FORECAST_NONE;
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

int forecast_refuse_path(struct forecast *f, size_t i, const char *why)
{
	int r;

	r = forecast_note(&f->refused, &f->refused_count, f->path[i].label, why);
	if (r < 0)
		return r;
	path_clear(&f->path[i]);
	f->path_count--;
	memmove(&f->path[i], &f->path[i + 1], (f->path_count - i) * sizeof(*f->path));
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
	{ "BootNext-8be4df61-93ca-11d2-aa0d-00e098032b8c", "another boot option for once (BootNext)" },
};

static int warn_of_mount(void *context, const struct fstab_weakness *w)
{
	struct error why = ERROR_NONE;
	struct forecast *f = context;
	char what[300];

	fstab_explain(w, 0, &why);
	snprintf(what, sizeof(what), FSTAB_PATH ", %.200s", w->dir);
	return forecast_note(&f->warning, &f->warning_count, what, why.text);
}

int forecast_warn(struct chain *c, struct forecast *f)
{
	char path[128];
	struct stat st;
	int r = 0;

	if (files_stat(c->files, NULL, DROPBEAR_HOOK, &st) == 0)
		r = forecast_note(&f->warning, &f->warning_count, "dropbear-initramfs",
			     "it lets people log in over the network while the TPM still gives out the key");
	if (r == 0)
		r = fstab_each_weakness(c->machine, warn_of_mount, f);
	for (size_t i = 0; i < sizeof(pending) / sizeof(pending[0]) && r == 0; i++) {
		snprintf(path, sizeof(path), "/sys/firmware/efi/efivars/%s", pending[i].variable);
		if (files_stat(c->files, NULL, path, &st) < 0)
			continue;
		f->pending = true;
		r = forecast_note(&f->warning, &f->warning_count, pending[i].what,
				  "it is pending, so the next boot is another one than is predicted");
	}
	return r;
}
