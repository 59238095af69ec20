/*
 * What of a world is looked at from outside: the volume, what lies about, all of it put aside and taken back.
 */
#include "world.h"

#include "seal/volume.h"
#include "seal/volume_keyslot.h"

/* The second one is there after world_add_volume(). */
static const char *const volumes[] = { "/dev/vda3", "/dev/vdb1" };

static size_t count_volumes(const struct world *w)
{
	return world_has(w, volumes[1]) ? 2 : 1;
}

void world_add_volume(const struct world *w, const char *script)
{
	char here[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	world_shell(w, "%s/tests/world/%s .", here, script);
}

static struct volume *open_volume(const struct world *w, size_t i)
{
	struct error err = ERROR_NONE;
	struct volume *v;

	if (volume_open(world_path(w, volumes[i]), &err, &v) < 0)
		fail_msg("%s", err.text);
	return v;
}

bool world_opens_with(const struct world *w, const char *passphrase)
{
	struct secret secret = SECRET_NONE;
	struct volume *v;
	int slot, r = 0;

	world_secret(passphrase, &secret);
	for (size_t i = 0; i < count_volumes(w) && r == 0; i++) {
		v = open_volume(w, i);
		r = volume_keyslot_test(v, -1, &secret, NULL, &slot);
		volume_close(v);
	}
	secret_free(&secret);
	return r == 0;
}

bool world_passphrase_works(const struct world *w)
{
	return world_opens_with(w, WORLD_PASSPHRASE);
}

size_t world_keyslots(const struct world *w)
{
	size_t n[2] = { 0 };
	struct volume *v;

	for (size_t i = 0; i < count_volumes(w); i++) {
		v = open_volume(w, i);
		n[i] = volume_keyslot_count(v);
		volume_close(v);
	}
	return count_volumes(w) == 1 || n[0] == n[1] ? n[0] : 0;
}

bool world_has_litter(const struct world *w)
{
	char command[3 * PATH_MAX];
	bool found;
	FILE *p;

	snprintf(command, sizeof(command),
		 "cd %s/root && find var/lib/bootseal etc/bootseal run/motd.d -type f 2>&- | grep -vxE "
		 "'var/lib/bootseal/(state.json|authority.pem|manifest|predicted|without-log)|"
		 "etc/bootseal/(anchor|volumes|volumes.key)|run/motd.d/bootseal'",
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
