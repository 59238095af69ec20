#include "machine/record/confidential.h"
#include "machine/record/leftovers.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/record/late_volumes.h"
#include "machine/system/manifest.h"
#include "machine/record/notice.h"
#include "machine/record/pending.h"
#include "machine/record/state.h"
#include "machine/record/without_log.h"

#define RANDOM_LEN 6 /* characters that mkostemp() chooses */

static bool is_temporary(const char *name, const char *of)
{
	size_t n = strlen(of);

	if (strncmp(name, of, n) != 0 || name[n] != '.' || strlen(name + n + 1) != RANDOM_LEN)
		return false;
	for (const char *c = name + n + 1; *c; c++)
		if (!isalnum((unsigned char)*c))
			return false;
	return true;
}

static void sweep(const struct machine *m, const char *file)
{
	char path[PATH_MAX], *base;
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (machine_path(m, file, path) < 0)
		return;
	base = strrchr(path, '/');
	*base++ = '\0';
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (is_temporary(e->d_name, base) &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

void leftovers_sweep(const struct machine *m)
{
	static const char *const files[] = { STATE_PATH,   AUTHORITY_PATH, MANIFEST_PATH, SEALED_PATH,
					     PENDING_PATH, ANCHOR_PATH,    NOTICE_PATH,
					     WITHOUT_LOG_PATH, CONFIDENTIAL_PATH, LATE_VOLUMES_PATH,
					     LATE_KEY_PATH };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		sweep(m, files[i]);
}
