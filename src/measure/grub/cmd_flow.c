/* Models the commands of GRUB's script/execute.c. */
#include "measure/grub/cmd_flow.h"

#include <string.h>

#include "measure/grub/exec.h"
#include "measure/grub/number.h"
#include "measure/grub/state.h"
#include "measure/grub/text.h"
#include "measure/grub/vars.h"
#include "measure/grub/words.h"

/* "break" and "continue" */
enum grub_err grub_cmd_break(struct grub *g, const struct grub_call *call)
{
	unsigned long n = 1;
	const char *end;

	if (call->argv.count > 1)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	if (call->argv.count) {
		n = grub_number(g, call->argv.args[0], &end, 10);
		if (g->grub_errno)
			return g->grub_errno;
		if (*end || !n)
			return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	}
	g->is_continue = strcmp(call->name, "break") != 0;
	g->active_breaks = n < g->active_loops ? (unsigned)n : g->active_loops;
	return GRUB_OK;
}

enum grub_err grub_cmd_shift(struct grub *g, const struct grub_call *call)
{
	unsigned long n = 1;
	const char *end;

	if (!g->scope)
		return GRUB_OK;
	if (call->argv.count > 1)
		return GRUB_ERR_BAD_ARGUMENT;
	if (call->argv.count) {
		n = grub_number(g, call->argv.args[0], &end, 10);
		if (*end)
			return GRUB_ERR_BAD_ARGUMENT;
	}
	if (n > g->scope->argv.count)
		return GRUB_ERR_BAD_ARGUMENT;
	g->scope->argv.count -= n;
	g->scope->argv.args += n;
	return GRUB_OK;
}

enum grub_err grub_cmd_setparams(struct grub *g, const struct grub_call *call)
{
	if (!g->scope)
		return GRUB_ERR_INVALID_COMMAND;
	g->scope->argv = call->argv;
	return GRUB_OK;
}

enum grub_err grub_cmd_return(struct grub *g, const struct grub_call *call)
{
	const char *status, *end;
	unsigned long n;

	if (!g->scope || call->argv.count > 1)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	if (!call->argv.count) {
		g->function_return = true;
		status = grub_vars_get(g, "?");
		return status ? (enum grub_err)grub_number(g, status, NULL, 10) : GRUB_OK;
	}
	n = grub_number(g, call->argv.args[0], &end, 10);
	if (g->grub_errno)
		return g->grub_errno;
	if (*end)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	g->function_return = true;
	return n ? grub_fail(g, (enum grub_err)n) : GRUB_OK;
}

enum grub_err grub_cmd_eval(struct grub *g, const struct grub_call *call)
{
	struct grub_text t = { 0 };
	size_t i;

	for (i = 0; i < call->argv.count; i++) {
		if (i)
			grub_text_char(g, &t, ' ');
		grub_text_add(g, &t, call->argv.args[i], strlen(call->argv.args[i]));
	}
	return call->argv.count ? grub_exec_source(g, grub_text_str(g, &t)) : GRUB_OK;
}
