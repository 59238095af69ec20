#include "machine/trust/vouch_packages.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define MD5_LEN 16
#define MD5SUMS_MAX_LEN (4u << 20)

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

bool vouch_by_dpkg(const struct vouch *v, const struct vouch_question *q)
{
	/* Debian's signed and unsigned kernels, Ubuntu's unsigned ones */
	static const struct {
		const char *before, *after;
	} package[] = { { "linux-image-", "" },
			{ "linux-image-", "-unsigned" },
			{ "linux-image-unsigned-", "" } };
	char path[PATH_MAX], name[256];
	uint8_t want[MD5_LEN], have[MD5_LEN];
	struct buffer list = BUFFER_NONE;
	struct reader bytes;
	bool found = false;

	snprintf(path, sizeof(path), "/boot/vmlinuz-%s", q->release);
	if (*q->release == '\0' || strchr(q->release, '/') || strcmp(path, input_facts(q->input)->path) != 0)
		return false;
	snprintf(name, sizeof(name), "boot/vmlinuz-%.200s", q->release);
	for (size_t i = 0; i < sizeof(package) / sizeof(package[0]) && !found; i++) {
		snprintf(path, sizeof(path), "/var/lib/dpkg/info/%s%s%s.md5sums", package[i].before,
			 q->release, package[i].after);
		if (machine_read(v->chain->machine, path, MD5SUMS_MAX_LEN, NULL, &list) < 0)
			continue;
		found = find_md5(&list, name, want);
		buffer_free(&list);
	}
	if (!found || input_bytes(q->input, NULL, &bytes) < 0)
		return false;
	found = hash_once(HASH_MD5, bytes.at, bytes.left, have) == 0 && memcmp(want, have, MD5_LEN) == 0;
	input_done(q->input);
	return found;
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
