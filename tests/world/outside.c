/*
 * What of a world is looked at from outside: the volume, what lies about, all of it put aside and taken back.
 */
#include "world.h"

#include "seal/volume.h"
#include "seal/volume_keyslot.h"

static struct volume *open_volume(const struct world *w)
{
	struct error err = ERROR_NONE;
	struct volume *v;

	if (volume_open(world_path(w, "/dev/vda3"), &err, &v) < 0)
		fail_msg("%s", err.text);
	return v;
}

bool world_opens_with(const struct world *w, const char *passphrase)
{
	struct secret secret = SECRET_NONE;
	struct volume *v = open_volume(w);
	int slot, r;

	world_secret(passphrase, &secret);
	r = volume_keyslot_test(v, -1, &secret, NULL, &slot);
	secret_free(&secret);
	volume_close(v);
	return r == 0;
}

bool world_passphrase_works(const struct world *w)
{
	return world_opens_with(w, WORLD_PASSPHRASE);
}

size_t world_keyslots(const struct world *w)
{
	struct volume *v = open_volume(w);
	size_t n = volume_keyslot_count(v);

	volume_close(v);
	return n;
}

bool world_has_litter(const struct world *w)
{
	char command[3 * PATH_MAX];
	bool found;
	FILE *p;

	snprintf(command, sizeof(command),
		 "cd %s/root && find var/lib/bootseal etc/bootseal run/motd.d -type f 2>&- | grep -vxE "
		 "'var/lib/bootseal/(state.json|authority.pem|manifest|predicted|without-log)|"
		 "etc/bootseal/anchor|run/motd.d/bootseal'",
		 w->dir);
	p = popen(command, "r");
	assert_non_null(p);
	found = fgets(command, sizeof(command), p) != NULL;
	if (found)
		print_message("# litter: %s", command);
	pclose(p);
	return found;
}

void world_keep_boot(const struct world *w)
{
	world_shell(w, "rm -rf ../before && mkdir ../before && cp -a boot ../before/");
}

bool world_all_open(struct world *w)
{
	if (world_boot_only(w, NULL) != WORLD_OPENED)
		return false;
	return !world_has(w, "/boot/vmlinuz-" WORLD_NEW) || !world_has(w, "/boot/vmlinuz-" WORLD_OLD) ||
	       world_boot_only(w, world_entry(WORLD_OLD)) == WORLD_OPENED;
}

bool world_all_open_as_kept(struct world *w)
{
	bool all;

	world_shell(w, "mv boot ../now && cp -a ../before/boot .");
	all = world_all_open(w);
	world_shell(w, "rm -rf boot && mv ../now boot");
	return all;
}

void world_save(struct world *w, const char *name)
{
	swtpm_end(&w->swtpm);
	world_host("rm -rf %s/%s && mkdir %s/%s && cp -a --sparse=always %s/root %s %s/%s/", w->dir, name,
		   w->dir, name, w->dir, w->swtpm.dir, w->dir, name);
	swtpm_run(&w->swtpm);
	world_measure_again(w);
}

void world_restore(struct world *w, const char *name)
{
	swtpm_end(&w->swtpm);
	world_host("rm -rf %s/root %s && cp -a --sparse=always %s/%s/root %s/ && cp -a %s/%s/%s %s", w->dir,
		   w->swtpm.dir, w->dir, name, w->dir, w->dir, name, strrchr(w->swtpm.dir, '/') + 1,
		   w->swtpm.dir);
	swtpm_run(&w->swtpm);
	world_measure_again(w);
}
