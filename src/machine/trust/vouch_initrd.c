#include "machine/trust/vouch_initrd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/system/files.h"
#include "machine/system/manifest.h"

int machine_vouch_initrd(const struct machine *m, const char *release, const char *path, struct error *err)
{
	struct manifest manifest = MANIFEST_NONE;
	struct manifest_file entry = { .path = NULL };
	const struct file_facts *facts;
	struct files *files = NULL;
	char expected[PATH_MAX];
	int r;

	snprintf(expected, sizeof(expected), "/boot/initrd.img-%s", release);
	if (*release == '\0' || strchr(release, '/') || strcmp(expected, path) != 0)
		return error_set(err, -EINVAL, "%s: not the initrd of the kernel '%s'", path, release);
	r = files_new(m, &files);
	if (r < 0)
		return error_set(err, r, "out of memory");
	files_only_from_memory(files);
	r = files_facts(files, NULL, path, err, &facts);
	if (r == -EAGAIN)
		error_prefix(err, r, "'update-initramfs -u -k %s' makes it again", release);
	if (r == 0)
		r = manifest_read(m, err, &manifest);
	if (r < 0)
		goto out;
	entry.path = facts->path;
	entry.size = facts->st.st_size;
	memcpy(entry.sha256, facts->sha256, SHA256_LEN);
	r = manifest_set(&manifest, &entry);
	if (r == 0)
		r = manifest_write(m, &manifest, err);
	else
		error_set(err, r, "%s: %s", MANIFEST_PATH, strerror(-r));
out:
	manifest_free(&manifest);
	files_free(files);
	return r;
}
