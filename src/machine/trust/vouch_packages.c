#include "machine/trust/vouch_packages.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "measure/efi/pe_earlier.h"

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

#define LISTED_MAX 8 /* packages that have a file of that name */

/* What dpkg's lists say of one kernel. */
struct kernel_sums {
	const struct machine *machine;
	const char *release;
	char file[256]; /* "boot/vmlinuz-6.1.0-56-amd64" */
	uint8_t md5[LISTED_MAX][MD5_LEN];
	size_t n;
};

static void add_list(struct kernel_sums *k, const char *list_name)
{
	char path[PATH_MAX];
	struct buffer list = BUFFER_NONE;

	if (snprintf(path, sizeof(path), DPKG_INFO "/%s", list_name) >= (int)sizeof(path) ||
	    machine_read(k->machine, path, MD5SUMS_MAX_LEN, NULL, &list) < 0)
		return;
	k->n += find_md5(&list, k->file, k->md5[k->n]);
	buffer_free(&list);
}

static bool is_list(const char *name)
{
	static const char end[] = ".md5sums";
	size_t n = strlen(name);

	return n > strlen(end) && strcmp(name + n - strlen(end), end) == 0;
}

/* named: the lists of packages that have the release in their name, which is nearly always enough. */
static void add_lists(struct kernel_sums *k, bool named)
{
	const struct dirent *e;
	size_t left = LISTS_MAX;
	DIR *d;

	d = machine_opendir(k->machine, DPKG_INFO);
	while (d && k->n < LISTED_MAX && left > 0 && (e = readdir(d))) {
		if (!is_list(e->d_name) || named != (strstr(e->d_name, k->release) != NULL))
			continue;
		left--;
		add_list(k, e->d_name);
	}
	if (d)
		closedir(d);
}

static bool is_listed(const struct kernel_sums *k, const uint8_t md5[static MD5_LEN])
{
	for (size_t i = 0; i < k->n; i++)
		if (memcmp(k->md5[i], md5, MD5_LEN) == 0)
			return true;
	return false;
}

/* Does what is computed of the file stand in a list? */
typedef bool (*listed_fn)(const struct kernel_sums *k, const struct reader *kernel);

/*
 * Whatever the package is called: linux-image-VERSION, linux-image-unsigned-VERSION,
 * proxmox-kernel-VERSION-signed, one that `make bindeb-pkg` built.
 */
static bool is_of_a_package(const struct vouch *v, const struct vouch_question *q, listed_fn listed)
{
	struct kernel_sums k = { .machine = v->chain->machine, .release = q->release };
	struct reader bytes;
	bool found = false;

	snprintf(k.file, sizeof(k.file), "boot/vmlinuz-%.200s", q->release);
	if (*q->release == '\0' || strchr(q->release, '/') ||
	    strcmp(k.file, input_facts(q->input)->path + 1) != 0 ||
	    input_bytes(q->input, NULL, &bytes) < 0)
		return false;
	for (int named = 1; named >= 0 && !found; named--) {
		k.n = 0;
		add_lists(&k, named);
		found = k.n > 0 && listed(&k, &bytes);
	}
	input_done(q->input);
	return found;
}

static bool as_it_is(const struct kernel_sums *k, const struct reader *kernel)
{
	uint8_t md5[MD5_LEN];

	return hash_once(HASH_MD5, kernel->at, kernel->left, md5) == 0 && is_listed(k, md5);
}

bool vouch_by_dpkg(const struct vouch *v, const struct vouch_question *q)
{
	return is_of_a_package(v, q, as_it_is);
}

static bool before_it_was_signed(const struct kernel_sums *k, const struct reader *kernel)
{
	struct pe_earlier form[PE_EARLIER_MAX];
	uint8_t md5[MD5_LEN];
	struct pe pe;
	size_t n;

	if (pe_parse(kernel, NULL, &pe) < 0)
		return false;
	n = pe_earlier_forms(&pe, form);
	for (size_t i = 0; i < n; i++)
		if (pe_earlier_hash(&pe, &form[i], HASH_MD5, md5) == 0 && is_listed(k, md5))
			return true;
	return false;
}

/* What runs is the package's: a signature is data behind the program, which adds to who may let it run. */
bool vouch_by_dpkg_but_signed(const struct vouch *v, const struct vouch_question *q)
{
	return is_of_a_package(v, q, before_it_was_signed);
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
