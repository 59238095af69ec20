/* The commands that are simple enough to need no file of their own. */
#include "measure/grub/cmd_core.h"

#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/dev.h"
#include "measure/grub/grub.h"
#include "measure/grub/module.h"
#include "measure/grub/number.h"
#include "measure/grub/opt.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/vars.h"

enum grub_err grub_cmd_nothing(struct grub *g, const struct grub_call *call)
{
	(void)g;
	(void)call;
	return GRUB_OK;
}

enum grub_err grub_cmd_false(struct grub *g, const struct grub_call *call)
{
	(void)call;
	return grub_fail(g, GRUB_ERR_TEST_FAILURE);
}

/* Only -n and -e are options: "echo -x" is an error. */
enum grub_err grub_cmd_echo(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = { { .letter = 'n' }, { .letter = 'e' }, { 0 } };
	struct grub_opts o;

	return grub_opt_parse(g, options, OPTS_ACCEPT_DASH, &call->argv, &o) ? GRUB_OK : g->grub_errno;
}

enum grub_err grub_cmd_sleep(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = {
		{ .name = "verbose", .letter = 'v' }, { .name = "interruptible", .letter = 'i' }, { 0 },
	};
	struct grub_opts o;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (o.rest.count != 1)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	/* the error of a malformed number is printed and forgotten */
	grub_number(g, o.rest.args[0], NULL, 10);
	return GRUB_OK;
}

enum grub_err grub_cmd_set(struct grub *g, const struct grub_call *call)
{
	const char *word, *eq;

	if (!call->argv.count)
		return GRUB_OK;
	word = call->argv.args[0];
	eq = strchr(word, '=');
	if (!eq)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	grub_vars_set(g, grub_dup_n(g, word, (size_t)(eq - word)), eq + 1);
	return GRUB_OK;
}

enum grub_err grub_cmd_unset(struct grub *g, const struct grub_call *call)
{
	if (!call->argv.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	grub_vars_unset(g, call->argv.args[0]);
	return GRUB_OK;
}

enum grub_err grub_cmd_export(struct grub *g, const struct grub_call *call)
{
	size_t i;

	if (!call->argv.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	for (i = 0; i < call->argv.count; i++)
		grub_vars_export(g, call->argv.args[i]);
	return GRUB_OK;
}

/* kern/corecmd.c: succeeds even if the module cannot be loaded */
enum grub_err grub_cmd_insmod(struct grub *g, const struct grub_call *call)
{
	const char *name;

	if (!call->argv.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	name = call->argv.args[0];
	if (name[0] == '/' || name[0] == '(' || name[0] == '+')
		grub_module_load_file(g, name);
	else
		grub_module_load(g, name);
	return GRUB_OK;
}

enum grub_err grub_cmd_cat(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = { { .name = "dos", .letter = -1 }, { 0 } };
	struct grub_opts o;
	struct grub_path path;
	struct grub_stat st;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (o.rest.count != 1)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	return grub_dev_open(g, o.rest.args[0], USE_PLAIN, &path, &st) ? GRUB_OK : g->grub_errno;
}

/* Numbers are notes; anything else is the name of a file, which would be measured. */
enum grub_err grub_cmd_play(struct grub *g, const struct grub_call *call)
{
	const char *end;
	size_t i;

	if (call->argv.count < 2)
		grub_unmodelled(g, "'play' with a file is not modelled");
	for (i = 0; i < call->argv.count; i++) {
		grub_number(g, call->argv.args[i], &end, 0);
		if (*end || g->grub_errno)
			grub_unmodelled(g, "'play' with a file is not modelled");
	}
	return GRUB_OK;
}

/* 64 bits and PAE: true on every machine that runs this GRUB */
enum grub_err grub_cmd_cpuid(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = {
		{ .name = "long-mode", .letter = 'l' }, { .name = "pae", .letter = 'p' }, { 0 },
	};
	struct grub_opts o;

	return grub_opt_parse(g, options, 0, &call->argv, &o) ? GRUB_OK : g->grub_errno;
}

enum grub_err grub_cmd_fwsetup(struct grub *g, const struct grub_call *call)
{
	bool supported = !g->machine->no_fwsetup;

	if (grub_does(g->machine, BUILD_FWSETUP_ASKS)) {
		if (call->argv.count && !strcmp(call->argv.args[0], "--is-supported"))
			return supported ? GRUB_OK : GRUB_ERR_TEST_FAILURE;
		if (!supported)
			return grub_fail(g, GRUB_ERR_INVALID_COMMAND);
	}
	grub_finish(g, BOOT_ENDS);
}

enum grub_err grub_cmd_end(struct grub *g, const struct grub_call *call)
{
	(void)call;
	grub_finish(g, BOOT_ENDS);
}

/* Commands that lockdown disables */
enum grub_err grub_cmd_locked(struct grub *g, const struct grub_call *call)
{
	if (!g->machine->secure_boot)
		grub_unmodelled(g, "command '%s' is not modelled", call->name);
	return grub_fail(g, GRUB_ERR_ACCESS_DENIED);
}

/* No modifier key is held down. */
enum grub_err grub_cmd_keystatus(struct grub *g, const struct grub_call *call)
{
	return call->argv.count ? grub_fail(g, GRUB_ERR_TEST_FAILURE) : GRUB_OK;
}
