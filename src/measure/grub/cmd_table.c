/*
 * The commands of the signed images. A command that is not modelled has no function in the table: using it
 * ends the evaluation with an error.
 */
#include "measure/grub/cmd_table.h"

#include <string.h>

#include "measure/grub/cmd_boot.h"
#include "measure/grub/cmd_core.h"
#include "measure/grub/cmd_env.h"
#include "measure/grub/cmd_flow.h"
#include "measure/grub/cmd_regexp.h"
#include "measure/grub/cmd_screen.h"
#include "measure/grub/cmd_search.h"
#include "measure/grub/cmd_test.h"
#include "measure/grub/normal.h"

/* in the order of strcmp() */
static const struct grub_cmd_entry table[] = {
	{ ".", "configfile", grub_cmd_source, 0 },
	{ "[", "test", grub_cmd_test, CMD_EXTRACTOR },
	{ "acpi", "acpi", grub_cmd_locked, 0 },
	{ "authenticate", "normal", NULL, 0 },
	{ "background_color", "gfxterm_background", grub_cmd_nothing, 0 },
	{ "background_image", "gfxterm_background", grub_cmd_background_image, 0 },
	{ "badram", "mmap", grub_cmd_locked, 0 },
	{ "boot", "boot", grub_cmd_boot, 0 },
	{ "break", "normal", grub_cmd_break, 0 },
	{ "cat", "cat", grub_cmd_cat, 0 },
	{ "chainloader", "chain", grub_cmd_chainloader, 0 },
	{ "clear", "normal", grub_cmd_nothing, 0 },
	{ "configfile", "configfile", grub_cmd_source, 0 },
	{ "continue", "normal", grub_cmd_break, 0 },
	{ "cpuid", "cpuid", grub_cmd_cpuid, 0 },
	{ "cryptomount", "cryptodisk", NULL, 0 },
	{ "cutmem", "mmap", grub_cmd_locked, 0 },
	{ "distrust", "pgp", NULL, 0 },
	{ "dump", "minicmd", grub_cmd_locked, 0 },
	{ "echo", "echo", grub_cmd_echo, 0 },
	{ "eval", "eval", grub_cmd_eval, 0 },
	{ "exit", "minicmd", grub_cmd_end, 0 },
	{ "export", "normal", grub_cmd_export, 0 },
	{ "extract_entries_configfile", "configfile", grub_cmd_source, 0 },
	{ "extract_entries_source", "configfile", grub_cmd_source, 0 },
	{ "false", "true", grub_cmd_false, 0 },
	{ "fwsetup", "efifwsetup", grub_cmd_fwsetup, CMD_FWSETUP },
	{ "gettext", "gettext", grub_cmd_nothing, 0 },
	{ "halt", "halt", grub_cmd_end, 0 },
	{ "help", "help", grub_cmd_nothing, 0 },
	{ "initrd", "linux", grub_cmd_initrd, 0 },
	{ "initrdefi", "linuxefi", grub_cmd_initrd, 0 },
	{ "insmod", NULL, grub_cmd_insmod, 0 },
	{ "keystatus", "keystatus", grub_cmd_keystatus, 0 },
	{ "linux", "linux", grub_cmd_linux, 0 },
	{ "linuxefi", "linuxefi", grub_cmd_linux, 0 },
	{ "list_env", "loadenv", grub_cmd_list_env, 0 },
	{ "list_trusted", "pgp", NULL, 0 },
	{ "load_env", "loadenv", grub_cmd_load_env, 0 },
	{ "loadfont", "font", grub_cmd_loadfont, 0 },
	{ "loopback", "loopback", NULL, 0 },
	{ "ls", "ls", NULL, 0 },
	{ "lsefi", "lsefi", grub_cmd_nothing, 0 },
	{ "lsefimmap", "lsefimmap", grub_cmd_nothing, 0 },
	{ "lsefisystab", "lsefisystab", grub_cmd_nothing, 0 },
	{ "lsfonts", "font", grub_cmd_nothing, 0 },
	{ "lsmod", "minicmd", grub_cmd_nothing, 0 },
	{ "lssal", "lssal", grub_cmd_nothing, 0 },
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
	{ "net_ls_addr", "net", grub_cmd_nothing, 0 },
	{ "net_ls_cards", "net", grub_cmd_nothing, 0 },
	{ "net_ls_dns", "net", grub_cmd_nothing, 0 },
	{ "net_ls_routes", "net", grub_cmd_nothing, 0 },
	{ "net_nslookup", "net", NULL, 0 },
	{ "net_set_vlan", "net", NULL, 0 },
	{ "normal", "normal", grub_cmd_normal, 0 },
	{ "normal_exit", "normal", NULL, 0 },
	{ "password_pbkdf2", "password_pbkdf2", grub_cmd_nothing, 0 },
	{ "play", "play", grub_cmd_play, 0 },
	{ "probe", "probe", grub_cmd_probe, 0 },
	{ "reboot", "reboot", grub_cmd_end, 0 },
	{ "regexp", "regexp", grub_cmd_regexp, 0 },
	{ "return", "normal", grub_cmd_return, 0 },
	{ "rmmod", "minicmd", NULL, 0 },
	{ "save_env", "loadenv", grub_cmd_save_env, 0 },
	{ "search", "search", grub_cmd_search, CMD_EXTRACTOR },
	{ "search.file", "search_fs_file", grub_cmd_search_by, 0 },
	{ "search.fs_label", "search_label", grub_cmd_search_by, 0 },
	{ "search.fs_uuid", "search_fs_uuid", grub_cmd_search_by, 0 },
	{ "serial", "serial", grub_cmd_nothing, 0 },
	{ "set", NULL, grub_cmd_set, CMD_EXTRACTOR },
	{ "setparams", "normal", grub_cmd_setparams, 0 },
	{ "shift", "normal", grub_cmd_shift, 0 },
	{ "sleep", "sleep", grub_cmd_sleep, 0 },
	{ "smbios", "smbios", NULL, 0 },
	{ "source", "configfile", grub_cmd_source, 0 },
	{ "submenu", "normal", grub_cmd_menuentry, CMD_EXTRACTOR },
	{ "terminal_input", "terminal", grub_cmd_terminal, 0 },
	{ "terminal_output", "terminal", grub_cmd_terminal, 0 },
	{ "terminfo", "terminfo", grub_cmd_nothing, 0 },
	{ "test", "test", grub_cmd_test, CMD_EXTRACTOR },
	{ "true", "true", grub_cmd_nothing, 0 },
	{ "trust", "pgp", NULL, 0 },
	{ "unset", NULL, grub_cmd_unset, 0 },
	{ "verify_detached", "pgp", NULL, 0 },
	{ "zfs-bootfs", "zfsinfo", NULL, 0 },
	{ "zfsinfo", "zfsinfo", NULL, 0 },
	{ "zfskey", "zfscrypt", NULL, 0 },
};

const struct grub_cmd_entry *grub_cmd_table_find(const char *name)
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
