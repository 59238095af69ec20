#include "machine/trust/vouch_packages.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define MD5_LEN 16
#define MD5SUMS_MAX_LEN (4u << 20)
#define DPKG_INFO "/var/lib/dpkg/info"
#define LISTS_MAX 20000 /* packages */

/* dpkg's list: "<md5>  boot/vmlinuz-6.1.0-56-amd64" */
static bool find_md5(const struct buffer *list, const char *name, uint8_t ret[static MD5_LEN])
{
	struct reader rest = reader_new(list->data, list->len), line, hex, path;

	while (reader_line(&rest, &line)) {
		path = line;
		if (reader_take(&path, 2 * MD5_LEN, &hex) && reader_skip(&path, 2) &&
		    reader_equals(&path, name) &&
		    text_unhex((const char *)hex.at, hex.left, ret, MD5_LEN) == 0)
			return true;
	}
	return false;
}

struct kernel_sums {
	const struct machine *machine;
	const char *release;
	char file[256]; /* "boot/vmlinuz-6.1.0-56-amd64" */
	uint8_t md5[MD5_LEN];
};

static bool in_list(const struct kernel_sums *k, const char *list_name)
{
	char path[PATH_MAX];
	uint8_t listed[MD5_LEN];
	struct buffer list = BUFFER_NONE;
	bool same;

	if (snprintf(path, sizeof(path), DPKG_INFO "/%s", list_name) >= (int)sizeof(path) ||
	    machine_read(k->machine, path, MD5SUMS_MAX_LEN, NULL, &list) < 0)
		return false;
	same = find_md5(&list, k->file, listed) && memcmp(listed, k->md5, MD5_LEN) == 0;
	buffer_free(&list);
	return same;
}

static bool is_list(const char *name)
{
	static const char end[] = ".md5sums";
	size_t n = strlen(name);

	return n > strlen(end) && strcmp(name + n - strlen(end), end) == 0;
}

/* named: the lists of packages that have the release in their name, which is nearly always enough. */
static bool in_any_list(const struct kernel_sums *k, bool named)
{
	const struct dirent *e;
	size_t left = LISTS_MAX;
	bool found = false;
	DIR *d;

	d = machine_opendir(k->machine, DPKG_INFO);
	while (d && !found && left > 0 && (e = readdir(d))) {
		if (!is_list(e->d_name) || named != (strstr(e->d_name, k->release) != NULL))
			continue;
		left--;
		found = in_list(k, e->d_name);
	}
	if (d)
		closedir(d);
	return found;
}

/*
 * Whatever the package is called: linux-image-VERSION, linux-image-unsigned-VERSION,
 * proxmox-kernel-VERSION-signed, one that `make bindeb-pkg` built.
 */
bool vouch_by_dpkg(const struct vouch *v, const struct vouch_question *q)
{
	struct kernel_sums k = { .machine = v->chain->machine, .release = q->release };
	struct reader bytes;
	int r;

	snprintf(k.file, sizeof(k.file), "boot/vmlinuz-%.200s", q->release);
	if (*q->release == '\0' || strchr(q->release, '/') ||
	    strcmp(k.file, input_facts(q->input)->path + 1) != 0)
		return false;
	if (input_bytes(q->input, NULL, &bytes) < 0)
		return false;
	r = hash_once(HASH_MD5, bytes.at, bytes.left, k.md5);
	input_done(q->input);
	if (r < 0)
		return false;
	return in_any_list(&k, true) || in_any_list(&k, false);
}

bool vouch_by_signed_shim(const struct vouch *v, const struct vouch_question *q)
{
	static const char *const images[] = {
		"/usr/lib/shim/shimx64.efi.signed",
		"/usr/lib/shim/shimx64.efi.signed.latest",
		"/usr/lib/shim/shimx64.efi.signed.previous",
	};

	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		if (input_same_as(q->input, images[i]))
			return true;
	return false;
}
