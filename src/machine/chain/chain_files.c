#include "machine/chain/chain_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/chain/chain_loader.h"
#include "measure/boot/linux_stub.h"

/* What shim measures anew when it verifies this kernel. */
static int kernel_authorities(struct chain *c, const char *path, const struct reader *file, struct error *err,
			      struct chain_kernel *k)
{
	struct sb_image kernel = { .name = path, .file = *file };

	if (!c->secure_boot)
		return 0;
	memcpy(kernel.digest, k->facts.digest, SHA256_LEN);
	return secureboot_further(c->secureboot, &kernel, err, &k->authorities);
}

/* The file that a boot loader calls by this path. */
static int find_input(const struct chain *c, const char *path, struct error *err, struct input **ret)
{
	const char *base, *file;
	int r = chain_locate_path(c, path, &base, &file);

	if (r < 0)
		return error_set(err, r, "%s: %s", path, strerror(-r));
	return files_input(c->files, base, file, err, ret);
}

static int load_kernel(struct chain *c, const char *path, struct error *err, struct chain_kernel *k)
{
	struct input *input;
	struct reader bytes;
	int r;

	r = find_input(c, path, err, &input);
	if (r == 0)
		r = input_authenticode(input, err, k->facts.digest);
	if (r == 0)
		r = input_bytes(input, err, &bytes);
	if (r < 0)
		return r;
	r = kernel_authorities(c, path, &bytes, err, k);
	input_done(input);
	if (r == 0)
		k->path = strdup(path);
	return r == 0 && !k->path ? -ENOMEM : r;
}

int chain_locate(const struct chain *c, const char *device, size_t device_len, const char **ret_base)
{
	return c->loader->locate(c, device, device_len, ret_base);
}

int chain_locate_path(const struct chain *c, const char *boot_path, const char **ret_base,
		      const char **ret_path)
{
	const char *close = strchr(boot_path, ')');

	if (boot_path[0] != '(' || !close)
		return -ENODEV;
	*ret_path = close + 1;
	return chain_locate(c, boot_path + 1, close - boot_path - 1, ret_base);
}

static int find_kernel(struct chain *c, const char *path, struct error *err, struct chain_kernel **ret)
{
	struct chain_kernel *k;
	int r;

	for (size_t i = 0; i < c->kernel_count; i++)
		if (strcmp(c->kernel[i].path, path) == 0) {
			*ret = &c->kernel[i];
			return 0;
		}
	if (c->kernel_count == KERNELS_MAX)
		return error_set(err, -E2BIG, "more than %d kernels", KERNELS_MAX);
	k = &c->kernel[c->kernel_count];
	*k = (struct chain_kernel){ .path = NULL };
	r = load_kernel(c, path, err, k);
	if (r < 0) {
		event_list_free(&k->authorities);
		return r;
	}
	k->facts.authorities = k->authorities.n > 0 ? &k->authorities : NULL;
	c->kernel_count++;
	*ret = k;
	return 0;
}

int chain_kernel_facts(void *context, const char *path, struct error *err, struct boot_kernel *ret)
{
	struct chain_kernel *k;
	int r = find_kernel(context, path, err, &k);

	if (r == 0)
		*ret = k->facts;
	return r;
}

int chain_kernel_stub(void *context, const char *path, struct error *err, struct boot_stub *ret)
{
	struct chain *c = context;
	struct chain_kernel *k;
	struct input *input;
	struct reader bytes;
	int r;

	r = find_kernel(c, path, err, &k);
	if (r == 0 && !k->has_stub) {
		r = find_input(c, path, err, &input);
		if (r == 0)
			r = input_bytes(input, err, &bytes);
		if (r < 0)
			return r;
		k->stub = linux_stub_find(&bytes);
		input_done(input);
		k->has_stub = true;
	}
	if (r == 0)
		*ret = k->stub;
	return r;
}

int chain_kernel_verify(const struct chain *c, const struct secureboot *keys, const char *path,
			struct error *err)
{
	struct event_list events = EVENT_LIST_NONE;
	struct sb_image kernel;
	struct input *input;
	int r;

	if (!c->secure_boot)
		return 0;
	r = find_input(c, path, err, &input);
	if (r < 0)
		return r;
	kernel.name = input_facts(input)->path;
	r = input_authenticode(input, err, kernel.digest);
	if (r == 0)
		r = input_bytes(input, err, &kernel.file);
	if (r < 0)
		return r;
	r = secureboot_further(keys, &kernel, err, &events);
	input_done(input);
	event_list_free(&events);
	return r;
}

bool chain_kernel_next(void *context, const char *path)
{
	struct chain *c = context;
	struct chain_kernel *k;

	/* it was found before: the way that starts it has its digest */
	if (find_kernel(c, path, NULL, &k) < 0)
		return false;
	if (!k->has_next && chain_kernel_verify(c, c->next_secureboot, path, &k->next_why) == -ENOMEM)
		return false;
	k->has_next = true;
	return k->next_why.text[0] == '\0';
}

/* Each file but the first begins at the next multiple of four: see struct boot_facts. */
int chain_initrds_digest(void *context, char *const *path, size_t n, struct error *err,
			 uint8_t ret[static SHA256_LEN])
{
	static const uint8_t zeros[4];
	struct chain *c = context;
	struct hash *h = NULL;
	struct input *input;
	struct reader bytes;
	uint64_t at = 0;
	int r;

	/* one alone was hashed when it was read */
	if (n == 1) {
		r = find_input(c, path[0], err, &input);
		if (r == 0)
			memcpy(ret, input_facts(input)->sha256, SHA256_LEN);
		return r;
	}
	r = hash_new(HASH_SHA256, &h);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = find_input(c, path[i], err, &input);
		if (r == 0)
			r = input_bytes(input, err, &bytes);
		if (r < 0)
			break;
		r = hash_update(h, zeros, -at & 3);
		if (r == 0)
			r = hash_update(h, bytes.at, bytes.left);
		input_done(input);
		at += (-at & 3) + bytes.left;
	}
	if (r == 0)
		r = hash_final(h, ret);
	hash_free(h);
	return r;
}

int chain_system_path(const struct chain *c, const char *device, const char *path, char **ret)
{
	const char *base;
	int r;

	r = chain_locate(c, device, strlen(device), &base);
	if (r < 0)
		return r;
	return asprintf(ret, "%s%s", strcmp(base, "/") == 0 ? "" : base, path) < 0 ? -ENOMEM : 0;
}
