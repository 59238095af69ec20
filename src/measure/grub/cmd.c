/*
 * The commands of the signed images, and those that are simple enough to be here. What is in the images
 * but not modelled stands in the table without a function: using it ends the evaluation with an error.
 */
#include <string.h>

#include "measure/grub/internal.h"

static enum grub_err cmd_nothing(struct grub *g, const struct grub_call *call)
{
	(void)g;
	(void)call;
	return GRUB_OK;
}

static enum grub_err cmd_false(struct grub *g, const struct grub_call *call)
{
	(void)call;
	return grub_fail(g, GRUB_ERR_TEST_FAILURE);
}

/* "-n" and "-e" are options, so `echo -x` is an error */
static enum grub_err cmd_echo(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = { { .letter = 'n' }, { .letter = 'e' }, { 0 } };
	struct grub_opts o;

	return grub_opt_parse(g, options, OPTS_ACCEPT_DASH, &call->argv, &o) ? GRUB_OK : g->grub_errno;
}

static enum grub_err cmd_sleep(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = {
		{ .name = "verbose", .letter = 'v' }, { .name = "interruptible", .letter = 'i' }, { 0 },
	};
	struct grub_opts o;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (o.rest.count != 1)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	/* a number that is none leaves its error behind, which is printed and forgotten */
	grub_number(g, o.rest.args[0], NULL, 10);
	return GRUB_OK;
}

static enum grub_err cmd_set(struct grub *g, const struct grub_call *call)
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

static enum grub_err cmd_unset(struct grub *g, const struct grub_call *call)
{
	if (!call->argv.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	grub_vars_unset(g, call->argv.args[0]);
	return GRUB_OK;
}

static enum grub_err cmd_export(struct grub *g, const struct grub_call *call)
{
	size_t i;

	if (!call->argv.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	for (i = 0; i < call->argv.count; i++)
		grub_vars_export(g, call->argv.args[i]);
	return GRUB_OK;
}

/* kern/corecmd.c: the result does not tell whether the module could be loaded */
static enum grub_err cmd_insmod(struct grub *g, const struct grub_call *call)
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

static enum grub_err cmd_eval(struct grub *g, const struct grub_call *call)
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

static enum grub_err cmd_cat(struct grub *g, const struct grub_call *call)
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

/* Notes as numbers are played; anything else is the name of a file, which would be measured. */
static enum grub_err cmd_play(struct grub *g, const struct grub_call *call)
{
	const char *end;
	size_t i;

	if (call->argv.count < 2)
		grub_unmodelled(g, "`play' with a file is not modelled");
	for (i = 0; i < call->argv.count; i++) {
		grub_number(g, call->argv.args[i], &end, 0);
		if (*end || g->grub_errno)
			grub_unmodelled(g, "`play' with a file is not modelled");
	}
	return GRUB_OK;
}

/* 64 bits and PAE: this GRUB runs nowhere else */
static enum grub_err cmd_cpuid(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = {
		{ .name = "long-mode", .letter = 'l' }, { .name = "pae", .letter = 'p' }, { 0 },
	};
	struct grub_opts o;

	return grub_opt_parse(g, options, 0, &call->argv, &o) ? GRUB_OK : g->grub_errno;
}

static enum grub_err cmd_fwsetup(struct grub *g, const struct grub_call *call)
{
	bool supported = !g->machine->no_fwsetup;

	if (g->machine->version != GRUB_2_06) {
		if (call->argv.count && !strcmp(call->argv.args[0], "--is-supported"))
			return supported ? GRUB_OK : GRUB_ERR_TEST_FAILURE;
		if (!supported)
			return grub_fail(g, GRUB_ERR_INVALID_COMMAND);
	}
	grub_finish(g, BOOT_ENDS);
}

static enum grub_err cmd_end(struct grub *g, const struct grub_call *call)
{
	(void)call;
	grub_finish(g, BOOT_ENDS);
}

/* Commands that lockdown turns off */
static enum grub_err cmd_locked(struct grub *g, const struct grub_call *call)
{
	if (!g->machine->secure_boot)
		grub_unmodelled(g, "command `%s' is not modelled", call->name);
	return grub_fail(g, GRUB_ERR_ACCESS_DENIED);
}

/* No modifier key is held down. */
static enum grub_err cmd_keystatus(struct grub *g, const struct grub_call *call)
{
	return call->argv.count ? grub_fail(g, GRUB_ERR_TEST_FAILURE) : GRUB_OK;
}

static const struct grub_cmd_entry table[] = {
	{ ".", "configfile", grub_cmd_source, 0 },
	{ "[", "test", grub_cmd_test, CMD_EXTRACTOR },
	{ "acpi", "acpi", cmd_locked, 0 },
	{ "authenticate", "normal", NULL, 0 },
	{ "background_color", "gfxterm_background", cmd_nothing, 0 },
	{ "background_image", "gfxterm_background", grub_cmd_background_image, 0 },
	{ "badram", "mmap", cmd_locked, 0 },
	{ "boot", "boot", grub_cmd_boot, 0 },
	{ "break", "normal", grub_cmd_break, 0 },
	{ "cat", "cat", cmd_cat, 0 },
	{ "chainloader", "chain", grub_cmd_chainloader, 0 },
	{ "clear", "normal", cmd_nothing, 0 },
	{ "configfile", "configfile", grub_cmd_source, 0 },
	{ "continue", "normal", grub_cmd_break, 0 },
	{ "cpuid", "cpuid", cmd_cpuid, 0 },
	{ "cryptomount", "cryptodisk", NULL, 0 },
	{ "cutmem", "mmap", cmd_locked, 0 },
	{ "distrust", "pgp", NULL, 0 },
	{ "dump", "minicmd", cmd_locked, 0 },
	{ "echo", "echo", cmd_echo, 0 },
	{ "eval", "eval", cmd_eval, 0 },
	{ "exit", "minicmd", cmd_end, 0 },
	{ "export", "normal", cmd_export, 0 },
	{ "extract_entries_configfile", "configfile", grub_cmd_source, 0 },
	{ "extract_entries_source", "configfile", grub_cmd_source, 0 },
	{ "false", "true", cmd_false, 0 },
	{ "fwsetup", "efifwsetup", cmd_fwsetup, 0 },
	{ "gettext", "gettext", cmd_nothing, 0 },
	{ "halt", "halt", cmd_end, 0 },
	{ "help", "help", cmd_nothing, 0 },
	{ "initrd", "linux", grub_cmd_initrd, 0 },
	{ "initrdefi", "linuxefi", grub_cmd_initrd, 0 },
	{ "insmod", NULL, cmd_insmod, 0 },
	{ "keystatus", "keystatus", cmd_keystatus, 0 },
	{ "linux", "linux", grub_cmd_linux, 0 },
	{ "linuxefi", "linuxefi", grub_cmd_linux, 0 },
	{ "list_env", "loadenv", grub_cmd_list_env, 0 },
	{ "list_trusted", "pgp", NULL, 0 },
	{ "load_env", "loadenv", grub_cmd_load_env, 0 },
	{ "loadfont", "font", grub_cmd_loadfont, 0 },
	{ "loopback", "loopback", NULL, 0 },
	{ "ls", "ls", NULL, 0 },
	{ "lsefi", "lsefi", cmd_nothing, 0 },
	{ "lsefimmap", "lsefimmap", cmd_nothing, 0 },
	{ "lsefisystab", "lsefisystab", cmd_nothing, 0 },
	{ "lsfonts", "font", cmd_nothing, 0 },
	{ "lsmod", "minicmd", cmd_nothing, 0 },
	{ "lssal", "lssal", cmd_nothing, 0 },
	{ "menuentry", "normal", grub_cmd_menuentry, CMD_EXTRACTOR },
	{ "net_add_addr", "net", NULL, 0 },
	{ "net_add_dns", "net", NULL, 0 },
	{ "net_add_route", "net", NULL, 0 },
	{ "net_bootp", "net", NULL, 0 },
	{ "net_bootp6", "net", NULL, 0 },
	{ "net_del_addr", "net", NULL, 0 },
	{ "net_del_dns", "net", NULL, 0 },
	{ "net_del_route", "net", NULL, 0 },
	{ "net_dhcp", "net", NULL, 0 },
	{ "net_get_dhcp_option", "net", NULL, 0 },
	{ "net_ipv6_autoconf", "net", NULL, 0 },
	{ "net_ls_addr", "net", cmd_nothing, 0 },
	{ "net_ls_cards", "net", cmd_nothing, 0 },
	{ "net_ls_dns", "net", cmd_nothing, 0 },
	{ "net_ls_routes", "net", cmd_nothing, 0 },
	{ "net_nslookup", "net", NULL, 0 },
	{ "net_set_vlan", "net", NULL, 0 },
	{ "normal", "normal", grub_cmd_normal, 0 },
	{ "normal_exit", "normal", NULL, 0 },
	{ "password_pbkdf2", "password_pbkdf2", cmd_nothing, 0 },
	{ "play", "play", cmd_play, 0 },
	{ "probe", "probe", grub_cmd_probe, 0 },
	{ "reboot", "reboot", cmd_end, 0 },
	{ "regexp", "regexp", grub_cmd_regexp, 0 },
	{ "return", "normal", grub_cmd_return, 0 },
	{ "rmmod", "minicmd", NULL, 0 },
	{ "save_env", "loadenv", grub_cmd_save_env, 0 },
	{ "search", "search", grub_cmd_search, CMD_EXTRACTOR },
	{ "search.file", "search_fs_file", grub_cmd_search_by, 0 },
	{ "search.fs_label", "search_label", grub_cmd_search_by, 0 },
	{ "search.fs_uuid", "search_fs_uuid", grub_cmd_search_by, 0 },
	{ "serial", "serial", cmd_nothing, 0 },
	{ "set", NULL, cmd_set, CMD_EXTRACTOR },
	{ "setparams", "normal", grub_cmd_setparams, 0 },
	{ "shift", "normal", grub_cmd_shift, 0 },
	{ "sleep", "sleep", cmd_sleep, 0 },
	{ "smbios", "smbios", NULL, 0 },
	{ "source", "configfile", grub_cmd_source, 0 },
	{ "submenu", "normal", grub_cmd_menuentry, CMD_EXTRACTOR },
	{ "terminal_input", "terminal", grub_cmd_terminal, 0 },
	{ "terminal_output", "terminal", grub_cmd_terminal, 0 },
	{ "terminfo", "terminfo", cmd_nothing, 0 },
	{ "test", "test", grub_cmd_test, CMD_EXTRACTOR },
	{ "true", "true", cmd_nothing, 0 },
	{ "trust", "pgp", NULL, 0 },
	{ "unset", NULL, cmd_unset, 0 },
	{ "verify_detached", "pgp", NULL, 0 },
	{ "zfs-bootfs", "zfsinfo", NULL, 0 },
	{ "zfsinfo", "zfsinfo", NULL, 0 },
	{ "zfskey", "zfscrypt", NULL, 0 },
};

static const struct grub_cmd_entry *in_table(const char *name)
{
	size_t low = 0, high = sizeof(table) / sizeof(table[0]), middle;
	int c;

	while (low < high) {
		middle = (low + high) / 2;
		c = strcmp(name, table[middle].name);
		if (!c)
			return &table[middle];
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/*
 * A command of a module that is not loaded loads it (normal/dyncmd.c), which Secure Boot refuses after
 * measuring it.
 */
enum grub_lookup grub_cmd_find(struct grub *g, const char *name, const struct grub_cmd_entry **ret_entry)
{
	const struct grub_cmd_entry *e = in_table(name);
	struct grub_name *dynamic;

	if (e && e->run == cmd_fwsetup && g->machine->no_fwsetup && g->machine->version == GRUB_2_06)
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
	if (!grub_module_load(g, dynamic->value))
		return LOOKUP_FAILED;
	if (!e)
		grub_unmodelled(g, "command `%s' is not modelled", name);
	*ret_entry = e;
	return LOOKUP_COMMAND;
}
