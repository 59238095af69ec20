#include "machine/chain/next_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "machine/chain/chain_files.h"
#include "machine/chain/chain_secureboot.h"
#include "measure/efi/secureboot_siglist.h"

#define NEXT_MAX_LEN (1u << 20)
/* EFI_VARIABLE_AUTHENTICATION_2: a time, then WIN_CERTIFICATE_UEFI_GUID */
#define TIME_LEN 16
#define CERTIFICATE_REVISION 0x0200
#define CERTIFICATE_UEFI_GUID 0x0ef1

static const struct variable {
	const char *name;
	size_t at; /* in struct sb_vars */
} variables[] = {
	{ "PK", offsetof(struct sb_vars, pk) },
	{ "KEK", offsetof(struct sb_vars, kek) },
	{ "db", offsetof(struct sb_vars, db) },
	{ "dbx", offsetof(struct sb_vars, dbx) },
};
#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

static struct reader *member(struct sb_vars *v, const struct variable *of)
{
	return (struct reader *)((char *)v + of->at);
}

static const struct variable *find(const char *name)
{
	for (size_t i = 0; i < VARIABLES; i++)
		if (strcmp(variables[i].name, name) == 0)
			return &variables[i];
	return NULL;
}

static void next_path(const struct variable *v, char ret[static 64])
{
	snprintf(ret, 64, NEXT_KEYS_DIR "/%s", v->name);
}

static bool is_database(const struct reader *r)
{
	return r->left > 0 && siglist_valid(r);
}

/* The lists of an authenticated update. */
static bool take_update(const struct reader *bytes, struct reader *ret)
{
	struct reader r = *bytes;
	uint32_t len;
	uint16_t revision, type;

	if (!reader_skip(&r, TIME_LEN) || !reader_le32(&r, &len) || !reader_le16(&r, &revision) ||
	    !reader_le16(&r, &type) || revision != CERTIFICATE_REVISION || type != CERTIFICATE_UEFI_GUID ||
	    len < 8 || !reader_skip(&r, len - 8))
		return false;
	*ret = r;
	return true;
}

static int future_content(const struct reader *now, const struct reader *bytes, struct error *err,
			  struct buffer *ret)
{
	struct reader lists;

	if (take_update(bytes, &lists) && is_database(&lists))
		return siglist_append(now, &lists, ret);
	if (!is_database(bytes))
		return error_set(err, -EBADMSG,
				 "neither signature lists nor an authenticated update of some");
	buffer_add(ret, bytes->at, bytes->left);
	return buffer_ok(ret) ? 0 : -ENOMEM;
}

static bool same(const struct reader *a, const struct reader *b)
{
	return a->left == b->left && (a->left == 0 || memcmp(a->at, b->at, a->left) == 0);
}

/* An entry that is only chosen by hand may stay behind; the forecast warns of it. */
static int require_default_kernel(const struct chain *c, const struct secureboot *keys, struct error *err)
{
	const struct boot_choice untouched = { .path = NULL };
	struct boot_trace trace = { .kernel = NULL };
	struct error ignored = ERROR_NONE;
	int r;

	/* the reseal that follows says why there is no such boot */
	if (c->model.loader->run(&c->model, &untouched, &ignored, &trace) < 0)
		return 0;
	r = trace.kernel ? chain_kernel_verify(c, keys, trace.kernel, err) : 0;
	boot_trace_free(&trace);
	return r;
}

int next_keys_announce(struct chain *c, const char *name, const struct reader *bytes, struct error *err)
{
	const struct variable *v = find(name);
	struct sb_vars vars = c->vars.vars;
	struct secureboot *keys = NULL;
	struct buffer content = BUFFER_NONE;
	char path[64], full[PATH_MAX], dir[PATH_MAX];
	struct reader next;
	int r;

	if (!v)
		return error_set(err, -EINVAL, "no variable %s: PK, KEK, db or dbx", name);
	r = future_content(member(&vars, v), bytes, err, &content);
	if (r < 0)
		goto out;
	next = reader_new(content.data, content.len);
	if (same(member(&vars, v), &next)) {
		r = error_set(err, -EALREADY, "%s has this content already", name);
		goto out;
	}
	*member(&vars, v) = next;
	r = chain_secureboot(c, &vars, err, &keys);
	if (r == 0)
		r = require_default_kernel(c, keys, err);
	if (r < 0) {
		error_prefix(err, r, "with this %s the machine would not boot as it is", name);
		goto out;
	}
	next_path(v, path);
	r = machine_path(c->machine, NEXT_KEYS_DIR, dir);
	if (r == 0)
		r = file_mkdir(dir, 0700, err);
	if (r == 0)
		r = machine_path(c->machine, path, full);
	if (r == 0)
		r = file_replace(full, content.data, content.len, 0600, err);
out:
	secureboot_free(keys);
	buffer_free(&content);
	return r;
}

static int set_keys(struct chain *c, const char *names, const struct sb_vars *vars)
{
	int r = chain_secureboot(c, vars, &c->next_why, &c->next_secureboot);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	snprintf(c->next_keys.note, sizeof(c->next_keys.note), ", with the announced %s", names);
	snprintf(c->next_keys.key, sizeof(c->next_keys.key), " next %s", names);
	c->next_keys.allow = chain_kernel_next;
	c->next_keys.secureboot = secureboot_measured(c->next_secureboot);
	c->model.keys = &c->next_keys;
	return 0;
}

int next_keys_load(struct chain *c)
{
	struct sb_vars vars = c->vars.vars;
	char path[64], names[20] = "";
	struct reader next;
	bool any = false;

	for (size_t i = 0; i < VARIABLES; i++) {
		next_path(&variables[i], path);
		if (machine_read(c->machine, path, NEXT_MAX_LEN, NULL, &c->next_content[i]) < 0)
			continue;
		next = reader_new(c->next_content[i].data, c->next_content[i].len);
		if (!is_database(&next) || same(member(&vars, &variables[i]), &next))
			continue;
		*member(&vars, &variables[i]) = next;
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", any ? "+" : "",
			 variables[i].name);
		any = true;
	}
	return any ? set_keys(c, names, &vars) : 0;
}

void next_keys_forget(const struct chain *c, bool everything)
{
	struct sb_vars vars = c->vars.vars;
	char path[64], full[PATH_MAX];
	struct reader next;

	for (size_t i = 0; i < VARIABLES; i++) {
		next = reader_new(c->next_content[i].data, c->next_content[i].len);
		next_path(&variables[i], path);
		if ((everything || (next.left > 0 && same(member(&vars, &variables[i]), &next))) &&
		    machine_path(c->machine, path, full) == 0)
			unlink(full);
	}
}
