/* load_env, save_env, list_env (commands/loadenv.c) over the environment block. */
#include "measure/grub/cmd_env.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/grub/arena.h"
#include "measure/grub/argv.h"
#include "measure/grub/dev.h"
#include "measure/grub/env.h"
#include "measure/grub/grub.h"
#include "measure/grub/opt.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/vars.h"

enum { OPT_FILE, OPT_SKIP };

static const struct grub_opt options[] = {
	[OPT_FILE] = { .name = "file", .letter = 'f', .takes_value = true },
	[OPT_SKIP] = { .name = "skip-sig", .letter = 's' },
	{ 0 },
};

/* An environment block that was opened. */
struct block {
	struct grub_path path;
	const uint8_t *bytes;
	size_t len;
};

static bool open_block(struct grub *g, const struct grub_opts *o, enum grub_file_use use, struct block *ret)
{
	const char *name = o->value[OPT_FILE], *prefix;
	struct grub_stat st;

	if (!name) {
		prefix = grub_vars_get(g, "prefix");
		if (!prefix) {
			grub_fail(g, GRUB_ERR_FILE_NOT_FOUND);
			return false;
		}
		name = grub_format(g, "%s/grubenv", prefix);
	}
	if (!grub_dev_open(g, name, use, &ret->path, &st))
		return false;
	grub_dev_read(g, &ret->path, &ret->bytes, &ret->len);
	if (!grub_env_valid(ret->bytes, ret->len)) {
		grub_fail(g, GRUB_ERR_BAD_FILE_TYPE);
		return false;
	}
	return true;
}

/* Only collects: grub_env_each() owns memory, so this must not end the evaluation. */
static int note_variable(void *context, const char *name, const char *value)
{
	struct buffer *b = context;

	buffer_add(b, name, strlen(name) + 1);
	buffer_add(b, value, strlen(value) + 1);
	return buffer_ok(b) ? 0 : -ENOMEM;
}

static bool is_wanted(const struct grub_argv *only, const char *name)
{
	size_t i;

	for (i = 0; i < only->count; i++)
		if (!strcmp(only->args[i], name))
			return true;
	return !only->count;
}

enum grub_err grub_cmd_load_env(struct grub *g, const struct grub_call *call)
{
	struct buffer vars = BUFFER_NONE;
	const char *p, *end, *value;
	struct block block;
	struct grub_opts o;
	size_t len;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (!open_block(g, &o, o.set[OPT_SKIP] ? USE_UNMEASURED : USE_PLAIN, &block))
		return g->grub_errno;
	if (grub_env_each(block.bytes, block.len, note_variable, &vars) < 0) {
		buffer_free(&vars);
		grub_stop(g, -ENOMEM, "out of memory");
	}
	len = vars.len;
	p = grub_adopt(g, buffer_steal(&vars), len);
	for (end = p + len; p < end; p = value + strlen(value) + 1) {
		value = p + strlen(p) + 1;
		if (is_wanted(&o.rest, p))
			grub_vars_set(g, p, value);
	}
	return g->grub_errno;
}

enum grub_err grub_cmd_list_env(struct grub *g, const struct grub_call *call)
{
	struct block block;
	struct grub_opts o;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (!open_block(g, &o, o.set[OPT_SKIP] ? USE_UNMEASURED : USE_PLAIN, &block))
		return g->grub_errno;
	return GRUB_OK;
}

/* Opens the block without measuring it and writes it in place, so its length never changes. */
enum grub_err grub_cmd_save_env(struct grub *g, const struct grub_call *call)
{
	const char *name, *value;
	struct block block;
	struct grub_opts o;
	uint8_t *copy;
	size_t i;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (!o.rest.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	if (!open_block(g, &o, USE_UNMEASURED, &block))
		return g->grub_errno;
	copy = grub_alloc(g, block.len);
	memcpy(copy, block.bytes, block.len);
	for (i = 0; i < o.rest.count; i++) {
		name = o.rest.args[i];
		value = grub_vars_get(g, name);
		if (!value)
			grub_env_unset(copy, block.len, name);
		else if (grub_env_set(copy, block.len, name, value) < 0)
			return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	}
	grub_dev_write(g, &block.path, copy, block.len);
	return GRUB_OK;
}
