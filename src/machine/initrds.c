#include "machine/initrds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/process.h"
#include "machine/trust/vouch_initrd.h"

#define INITRDS_MAX 64
#define REBUILD_TIMEOUT_MS (30 * 60 * 1000) /* for each kernel, on a slow machine */
#define PREFIX "initrd.img-"

struct seen {
	char release[128];
	struct stat st;
};

struct listing {
	struct seen at[INITRDS_MAX];
	size_t n;
};

/* Initrds in /boot by the kernel's release; backups and other people's names have no modules to go with. */
static int list(const struct machine *m, struct listing *ret)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct dirent *e;
	struct seen *s;
	DIR *d;
	int r;

	ret->n = 0;
	r = machine_path(m, "/boot", dir);
	if (r < 0)
		return r;
	d = opendir(dir);
	if (!d)
		return -errno;
	while ((e = readdir(d)) && ret->n < INITRDS_MAX) {
		s = &ret->at[ret->n];
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		if (snprintf(s->release, sizeof(s->release), "%s", e->d_name + strlen(PREFIX)) >=
		    (int)sizeof(s->release))
			continue;
		if (snprintf(path, sizeof(path), "%s/lib/modules/%s", m->root, s->release) >=
			    (int)sizeof(path) ||
		    stat(path, &s->st) < 0)
			continue;
		if (fstatat(dirfd(d), e->d_name, &s->st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(s->st.st_mode))
			ret->n++;
	}
	closedir(d);
	return 0;
}

static bool was_made(const struct listing *before, const struct seen *now)
{
	const struct stat *old;

	for (size_t i = 0; i < before->n; i++) {
		old = &before->at[i].st;
		if (strcmp(before->at[i].release, now->release) == 0)
			return old->st_ino != now->st.st_ino || old->st_size != now->st.st_size ||
			       memcmp(&old->st_ctim, &now->st.st_ctim, sizeof(old->st_ctim)) != 0;
	}
	return true;
}

static int update(const struct machine *m, const char *release, size_t kernels, struct error *err)
{
	const char *const argv[] = { "update-initramfs", "-u", "-k", release, NULL };
	static const char *const env[] = { "BOOTSEAL_ENROLLING=1", NULL };
	const struct process p = {
		.argv = argv,
		.env = env,
		.chroot = m->root[0] ? m->root : NULL,
		.timeout_ms = REBUILD_TIMEOUT_MS * (kernels > 0 ? (int)kernels : 1),
	};

	return process_run(&p, err) < 0 ? error_prefix(err, -EIO, "cannot build the initrds") : 0;
}

/* Of many initrds the first may have left the memory when the last is written: it is made once more. */
static int vouch_for(const struct machine *m, const char *release, struct error *err)
{
	char path[sizeof("/boot/" PREFIX) + sizeof(((struct seen *)0)->release)];
	int r;

	snprintf(path, sizeof(path), "/boot/" PREFIX "%s", release);
	r = machine_vouch_initrd(m, release, path, err);
	if (r != -EAGAIN)
		return r;
	r = update(m, release, 1, err);
	return r < 0 ? r : machine_vouch_initrd(m, release, path, err);
}

static int vouch_for_new(const struct machine *m, const struct listing *before, const struct listing *after,
			 struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < after->n && r == 0; i++)
		if (was_made(before, &after->at[i]))
			r = vouch_for(m, after->at[i].release, err);
	return r;
}

int initrds_rebuild(const struct machine *m, bool vouch, struct error *err)
{
	struct listing *before, *after;
	int r;

	before = calloc(1, sizeof(*before));
	after = calloc(1, sizeof(*after));
	if (!before || !after) {
		r = error_set(err, -ENOMEM, "cannot build the initrds: out of memory");
		goto out;
	}
	r = list(m, before);
	if (r < 0)
		error_set(err, r = -EIO, "cannot build the initrds: /boot cannot be listed");
	else
		r = update(m, "all", before->n, err);
	if (r == 0)
		r = list(m, after);
	if (r == 0 && vouch)
		r = vouch_for_new(m, before, after, err);
out:
	free(before);
	free(after);
	return r;
}
