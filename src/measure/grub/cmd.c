#include "measure/grub/cmd.h"

#include "measure/grub/foreign.h"
#include "measure/grub/grub.h"
#include "measure/grub/module.h"
#include "measure/grub/names.h"
#include "measure/grub/stop.h"

/*
 * normal/dyncmd.c: a command of a module that is not loaded loads the module, which Secure Boot refuses after
 * the measurement.
 */
enum grub_lookup grub_cmd_find(struct grub *g, const char *name, const struct grub_cmd_entry **ret_entry)
{
	const struct grub_cmd_entry *e = g->command(name);
	struct grub_name *dynamic;

	if (e && (e->flags & CMD_FWSETUP) && g->machine->no_fwsetup &&
	    !grub_does(g->machine, BUILD_FWSETUP_ASKS))
		return LOOKUP_NONE;
	if (e && (!e->module || grub_module_builtin(g, e->module))) {
		*ret_entry = e;
		return LOOKUP_COMMAND;
	}
	dynamic = grub_name_find(g->dyncmds, name);
	if (!dynamic)
		return LOOKUP_NONE;
	if (g->extractor_level) {
		grub_fail(g, GRUB_ERR_EXTRACTOR);
		return LOOKUP_FAILED;
	}
	if (!g->machine->secure_boot)
		grub_foreign_refuse(g, name);
	if (!grub_module_load(g, dynamic->value))
		return LOOKUP_FAILED;
	if (!e)
		grub_unmodelled(g, "command '%s' is not modelled", name);
	*ret_entry = e;
	return LOOKUP_COMMAND;
}
