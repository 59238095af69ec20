/* What the recorded boots cannot show: results, refusals, budgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "grub_memory.h"

static struct memory memory;
static struct error err;

static int evaluate(const char *config, const char *path, struct boot_trace *ret)
{
	err = ERROR_NONE;
	return memory_evaluate(&memory, config, path, &err, ret);
}

static void refused(const char *config, int r, const char *text)
{
	struct boot_trace result;

	assert_int_equal(evaluate(config, NULL, &result), r);
	if (!strstr(err.text, text))
		fail_msg("said \"%s\", not \"%s\"", err.text, text);
	assert_int_equal(result.events.n, 0);
	boot_trace_free(&result);
}

static void result_says_what_boots(void **state)
{
	struct boot_trace r;

	assert_int_equal(evaluate("set timeout=0\nmenuentry 'A b' --id ab {\n linux /vmlinuz 'x y' "
				  "z=\"\\\"\"\n"
				  " initrd /initrd (hd0,2)/two\n}\n",
				  NULL, &r),
			 0);
	assert_int_equal(r.outcome, BOOT_LINUX);
	assert_string_equal(r.entry, "ab");
	assert_string_equal(r.entry_title, "A b");
	assert_string_equal(r.kernel, "(hd0,gpt2)/vmlinuz");
	assert_string_equal(r.cmdline, "BOOT_IMAGE=/vmlinuz \"x y\" z=\\\"");
	assert_int_equal(r.initrd_count, 2);
	assert_string_equal(r.initrds[1], "(hd0,gpt2)/two");
	boot_trace_free(&r);
	boot_trace_free(&r);
}

/* An editor of another system's: GRUB drops carriage returns wherever they stand. */
static void carriage_returns_are_dropped(void **state)
{
	struct boot_trace r;

	assert_int_equal(evaluate("\r\nset timeout=0\r\n\r\nmenuentry 'A' --id ab {\r\n"
				  " lin\rux /vmlinuz 'x\r\r y'\r\n"
				  " initrd /initrd\r\n}\r",
				  NULL, &r),
			 0);
	assert_int_equal(r.outcome, BOOT_LINUX);
	assert_string_equal(r.cmdline, "BOOT_IMAGE=/vmlinuz \"x y\"");
	assert_int_equal(r.initrd_count, 1);
	boot_trace_free(&r);
}

static void kernel_is_marked_once_per_verification(void **state)
{
	static const char config[] = "linux /vmlinuz\nboot\n";
	enum grub_version versions[] = { GRUB_2_06, GRUB_2_12 };
	struct boot_trace r;
	size_t marks, i, j;

	for (j = 0; j < 4; j++) {
		memory_init(&memory, versions[j % 2], config, strlen(config));
		memory_add(&memory, "/vmlinuz", "kernel", 6);
		memory.machine.secure_boot = j < 2;
		assert_int_equal(grub_evaluate(&memory.machine, NULL, &err, &r), 0);
		for (marks = i = 0; i < r.events.n; i++)
			marks += r.events.e[i].type == BOOT_EVENT_IMAGE && r.events.e[i].pcr == 4 &&
				 !strcmp(r.events.e[i].what, "(hd0,gpt2)/vmlinuz");
		assert_int_equal(marks, j == 0 ? 2 : j == 1 ? 1 : 0);
		boot_trace_free(&r);
	}
}

static void unmodelled_names_file_and_line(void **state)
{
	refused("# one\n\necho ok; cryptomount -a\n", -EOPNOTSUPP,
		"(hd0,gpt2)/grub/grub.cfg:3: command 'cryptomount' is not modelled");
	refused("set timeout=0\nmenuentry x {\n echo\n smbios --type 1\n}\n", -EOPNOTSUPP,
		"(hd0,gpt2)/grub/grub.cfg:4: command 'smbios' is not modelled");
	refused("source (proc)/x\n", -EOPNOTSUPP, "grub.cfg:1: device (proc)");
	refused("set check_signatures=enforce\n", -EOPNOTSUPP, "check_signatures");
	refused("source +1\n", -EOPNOTSUPP, "list of blocks");
	refused("linux /vmlinuz\nlinux /vmlinuz\n", -EOPNOTSUPP, "second 'linux'");
	refused("terminal_output gfxterm\nset theme=/t\nset timeout=1\nmenuentry a { echo; }\n", -EOPNOTSUPP,
		"grub.cfg:2: a theme (/t)");
}

/*
 * Without Secure Boot GRUB runs modules from the disk: only those whose effects are known are accepted. With
 * it none of them runs.
 */
static void modules_without_secure_boot(void **state)
{
	static const char config[] =
		"set timeout=1\nmenuentry good --id good { insmod bli; linux /vmlinuz good; }\n"
		"menuentry bad --id bad {\n insmod ahci\n linux /vmlinuz bad\n}\n"
		"menuentry bios --id bios {\n linux16 /vmlinuz\n}\n"
		"menuentry fs --id fs { search --set=x --fs-uuid none; linux /vmlinuz fs; }\n";
	static const struct {
		const char *path, *module_fs, *says;
		bool secure_boot;
	} rows[] = {
		{ "good", NULL, NULL, false },
		{ "bad", NULL, "grub.cfg:4: module 'ahci' is not modelled, and without Secure Boot", false },
		{ "bad", NULL, NULL, true },
		{ "fs", NULL, NULL, false },
		{ "bios", NULL, "grub.cfg:8: 'linux16' is not supported: it belongs to a kernel", false },
		{ "fs", "minix", "grub.cfg:10: the file system of (hd0), minix, is read by a module", false },
		{ "fs", "minix", NULL, true },
	};
	struct boot_choice choice = { .force_menu = true };
	struct boot_trace r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memory_init(&memory, GRUB_2_12, config, strlen(config));
		memory_add(&memory, "/vmlinuz", "kernel", 6);
		memory_add(&memory, "/grub/x86_64-efi/bli.mod", "module", 6);
		memory_add(&memory, "/grub/x86_64-efi/ahci.mod", "module", 6);
		memory_add(&memory, "/grub/x86_64-efi/command.lst", "linux16: linux16\n", 17);
		memory_add(&memory, "/grub/x86_64-efi/linux16.mod", "module", 6);
		memory_add(&memory, "/grub/x86_64-efi/fs.lst", "minix\n", 6);
		memory_add(&memory, "/grub/x86_64-efi/minix.mod", "module", 6);
		memory.machine.secure_boot = rows[i].secure_boot;
		memory.devices[0].module_fs = rows[i].module_fs;
		choice.path = rows[i].path;
		err = ERROR_NONE;
		if (rows[i].says) {
			assert_int_equal(grub_evaluate(&memory.machine, &choice, &err, &r), -EOPNOTSUPP);
			if (!strstr(err.text, rows[i].says))
				fail_msg("row %zu: %s", i, err.text);
			continue;
		}
		if (grub_evaluate(&memory.machine, &choice, &err, &r) < 0)
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(r.outcome, BOOT_LINUX);
		boot_trace_free(&r);
	}
}

/* What one entry or submenu does is its own: the others are as they would be without it. */
static void unmodelled_entries_keep_to_themselves(void **state)
{
	static const char config[] =
		"terminal_output gfxterm\nset timeout=5\nset default=good\n"
		"menuentry 'Good' --id good { linux /vmlinuz good; }\n"
		"menuentry 'Chain' --id chain {\n\tinsmod chain\n\tchainloader +1\n}\n"
		"submenu 'Disk' --id disk {\n\tcryptomount -a\n\tmenuentry 'In' { linux /vmlinuz in; }\n}\n"
		"submenu 'More' --id more {\n\tset x=y\n\tmenuentry 'Loop' --id loop {\n"
		"\t\tloopback loop /x.iso\n\t}\n\tmenuentry 'Fine' --id fine { linux /vmlinuz fine; }\n}\n"
		"submenu 'Nice' --id nice {\n\n\tset theme=/t\n\tmenuentry 'T' { linux /vmlinuz t; }\n}\n";
	static const struct {
		const char *path, *says;
	} entries[] = {
		{ NULL, NULL },
		{ "good", NULL },
		{ "more>fine", NULL },
		{ "chain", "grub.cfg:7: a list of blocks" },
		{ "disk", "grub.cfg:10: command 'cryptomount'" },
		{ "more>loop", "grub.cfg:16: command 'loopback'" },
		{ "nice", "grub.cfg:22: a theme (/t)" },
	};
	struct boot_menu menu;
	struct boot_trace r;
	int got;

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		got = evaluate(config, entries[i].path, &r);
		assert_int_equal(got, entries[i].says ? -EOPNOTSUPP : 0);
		if (got < 0 && !strstr(err.text, entries[i].says))
			fail_msg("said \"%s\", not \"%s\"", err.text, entries[i].says);
		boot_trace_free(&r);
	}
	if (grub_list_menu(&memory.machine, &err, &menu) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(menu.entry_count, 5);
	assert_string_equal(menu.default_path, "good");
	assert_false(menu.entries[2].submenu);
	assert_string_equal(menu.entries[2].path, "disk");
	assert_int_equal(menu.entries[3].entry_count, 2);
	assert_int_equal(menu.entries[4].entry_count, 1);
	boot_menu_free(&menu);
}

/* A provider that cannot tell GRUB's order is good for one name at most, and for none in capitals on FAT. */
static void wildcards_need_an_order(void **state)
{
	static const struct {
		const char *config, *says;
	} wild[] = {
		{ "echo /v*\n", NULL },
		{ "echo /none*\n", NULL },
		{ "for i in /v* /t*; do echo $i; done\n", NULL },
		{ "echo (hd0,gpt2)/?*\n", "grub.cfg:1: '(hd0,gpt2)/?*' matches 4 names, in an order" },
		{ "\necho /?*/none\n", NULL },
		{ "echo (hd0,gpt1)/t*\n", NULL },
		{ "echo (hd0,gpt1)/l*\n", "grub.cfg:1: a wildcard matches a name in (hd0,gpt1)/ that GRUB" },
		{ "echo (hd0,gpt2)/L*\n", NULL },
	};
	struct boot_trace r;
	int got;

	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		for (int known = 0; known < 2; known++) {
			memory_init(&memory, GRUB_2_12, wild[i].config, strlen(wild[i].config));
			memory_add(&memory, "/vmlinuz", "kernel", 6);
			memory_add(&memory, "/initrd", "initrd", 6);
			memory_add(&memory, "/two", "2", 1);
			memory_add(&memory, "/LOADER", "3", 1);
			memory.provider.list_as_on_disk = known;
			err = ERROR_NONE;
			got = grub_evaluate(&memory.machine, NULL, &err, &r);
			assert_int_equal(got, wild[i].says && !known ? -EOPNOTSUPP : 0);
			if (got < 0 && !strstr(err.text, wild[i].says))
				fail_msg("said \"%s\", not \"%s\"", err.text, wild[i].says);
			boot_trace_free(&r);
		}
}

/* Nested "+" double what glibc keeps of them: some fifty take all memory that there is. */
static void regular_expressions_are_bounded(void **state)
{
	static const char bounded[] =
		"a regular expression with {, a back-reference, more than 8 + or 256 bytes";
	static const char good[] =
		"set timeout=0\nregexp --set a '(x++++++++)(y)?' xx\nmenuentry $a { linux /vmlinuz; }\n";
	struct boot_trace r;

	refused("regexp '(c++++++++++++++++++++++++++++++++++++++++++++++++++)?' ab\n", -EOPNOTSUPP, bounded);
	refused("regexp '+++++++++' ab\n", -EOPNOTSUPP, bounded);
	refused("regexp '(a{9})' ab\n", -EOPNOTSUPP, bounded);
	refused("regexp '(a*)*\\1' ab\n", -EOPNOTSUPP, bounded);
	memory_init(&memory, GRUB_2_12, good, strlen(good));
	memory_add(&memory, "/vmlinuz", "kernel", 6);
	assert_int_equal(grub_evaluate(&memory.machine, NULL, &err, &r), 0);
	assert_non_null(r.entry_title);
	assert_string_equal(r.entry_title, "xx");
	boot_trace_free(&r);
}

static void budgets_end_it(void **state)
{
	static const char nothing[] = "set x=\nwhile $x; do $x; done\n";
	struct buffer b = BUFFER_NONE;
	unsigned i;

	refused("while true; do true; done\n", -E2BIG, "more than 8192 measurements");
	refused(nothing, -E2BIG, "more than 200000 commands");
	refused("set a=xxxxxxxxxxxxxxxx\nwhile true; do set a=$a$a; done\n", -E2BIG, "bytes of memory");
	for (i = 0; i < 100; i++)
		buffer_add_str(&b, "if true; then\n");
	refused(buffer_str(&b), -E2BIG, "blocks are nested more than 64 deep");
	buffer_free(&b);
	buffer_add_str(&b, "echo ");
	for (i = 0; i < 8192; i++)
		buffer_add_str(&b, "x");
	refused(buffer_str(&b), -E2BIG, "grub.cfg:1: a word or comment of 8192 bytes");
	buffer_free(&b);
	for (i = 0; i <= GRUB_MAX_ENTRIES; i++)
		buffer_add_str(&b, "menuentry a { echo; }\n");
	refused(buffer_str(&b), -E2BIG, "more than 1024 menu entries");
	buffer_free(&b);
}

static void outcome(const char *config, enum boot_outcome want)
{
	struct boot_trace r;

	assert_int_equal(evaluate(config, NULL, &r), 0);
	assert_int_equal(r.outcome, want);
	assert_null(r.kernel);
	boot_trace_free(&r);
}

static void it_may_not_boot(void **state)
{
	outcome("echo nothing to boot\n", BOOT_WAITS);
	outcome("menuentry a { linux /vmlinuz; }\n", BOOT_WAITS);
	outcome("set timeout=-1\nmenuentry a { linux /vmlinuz; }\n", BOOT_WAITS);
	outcome("set timeout=0\nmenuentry a { linux /missing; }\n", BOOT_WAITS);
	outcome("set superusers=root\nset timeout=0\nmenuentry a { linux /vmlinuz; }\n", BOOT_WAITS);
	outcome("set timeout=0\nmenuentry a { reboot; }\n", BOOT_ENDS);
	outcome("fwsetup\n", BOOT_ENDS);
}

static void written_blocks_come_back(void **state)
{
	char block[64];
	struct boot_trace r;

	memset(block, '#', sizeof(block));
	memcpy(block, "# GRUB Environment Block\na=1\n", 29);
	static const char config[] = "load_env\nset a=22\nsave_env a\nload_env\nlinux /vmlinuz $a\nboot\n";

	memory_init(&memory, GRUB_2_12, config, strlen(config));
	memory_add(&memory, "/vmlinuz", "kernel", 6);
	memory_add(&memory, "/grub/grubenv", block, sizeof(block));
	assert_int_equal(grub_evaluate(&memory.machine, NULL, &err, &r), 0);
	assert_int_equal(r.write_count, 1);
	assert_string_equal(r.writes[0].device, "hd0,gpt2");
	assert_string_equal(r.writes[0].path, "/grub/grubenv");
	assert_int_equal(r.writes[0].len, sizeof(block));
	assert_memory_equal(r.writes[0].bytes, "# GRUB Environment Block\na=22\n###", 33);
	assert_string_equal(r.cmdline, "BOOT_IMAGE=/vmlinuz 22");
	boot_trace_free(&r);
}

static void accesses_are_listed(void **state)
{
	struct boot_trace r;
	size_t i, tested = 0, missing = 0;

	assert_int_equal(evaluate("[ -f /two ]\n[ -e /three ]\nlinux /vmlinuz\nboot\n", NULL, &r), 0);
	for (i = 0; i < r.access_count; i++) {
		tested += !strcmp(r.accesses[i].path, "/two") && r.accesses[i].found && !r.accesses[i].opened;
		missing += !strcmp(r.accesses[i].path, "/three") && !r.accesses[i].found;
	}
	assert_int_equal(tested, 1);
	assert_int_equal(missing, 1);
	boot_trace_free(&r);
}

static int broken_digest(void *context, const struct grub_device *d, const char *path, uint8_t ret[static 32])
{
	return -EIO;
}

static void provider_errors_end_it(void **state)
{
	struct boot_trace r;

	memory_init(&memory, GRUB_2_12, "", 0);
	memory.provider.digest = broken_digest;
	assert_int_equal(grub_evaluate(&memory.machine, NULL, &err, &r), -EIO);
	assert_non_null(strstr(err.text, "(hd0,gpt1)/EFI/debian/grub.cfg"));
	memory.machine.boot_device = NULL;
	assert_int_equal(grub_evaluate(&memory.machine, NULL, &err, &r), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(result_says_what_boots),
		cmocka_unit_test(carriage_returns_are_dropped),
		cmocka_unit_test(kernel_is_marked_once_per_verification),
		cmocka_unit_test(unmodelled_names_file_and_line),
		cmocka_unit_test(modules_without_secure_boot),
		cmocka_unit_test(unmodelled_entries_keep_to_themselves),
		cmocka_unit_test(wildcards_need_an_order),
		cmocka_unit_test(regular_expressions_are_bounded),
		cmocka_unit_test(budgets_end_it),
		cmocka_unit_test(it_may_not_boot),
		cmocka_unit_test(written_blocks_come_back),
		cmocka_unit_test(accesses_are_listed),
		cmocka_unit_test(provider_errors_end_it),
	};

	return cmocka_run_group_tests_name("grub_script", tests, NULL, NULL);
}
