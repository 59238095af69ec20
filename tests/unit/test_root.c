/*
 * The door for tests, support and fleets: predict, calibrate, eventlog and check of a machine that is a tree
 * of files, by the program itself, run as nobody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/system/layout.h"
#include "root_tree.h"
#include "shared.h"

static void a_machine_is_read(void **state)
{
	expect_said("predict", 0, "Linux " M_RELEASE " (default)");
	assert_true(door_said(&door, "/boot/vmlinuz-" M_RELEASE));
	expect_said("predict --default --events", 0, "EV_IPL");
	expect_said("eventlog", 0, "PCR values, sha256");
	expect_said("calibrate", 0, "exact: Linux " M_RELEASE " (default); shim 16.1, GRUB 2.06");
	assert_true(door_said(&door, "without --pcrs: the event log was not compared"));
	expect_said("check", 0, "Yes: the next boot will unlock automatically.");
	assert_true(door_said(&door, "not judged: the TPM, its policy index, the LUKS headers"));
	assert_true(door_said(&door, "not judged: whether the event log is what the TPM holds (--pcrs)"));
	assert_true(door_said(&door, "not judged: whether swap is encrypted (/proc/swaps is not in /"));
}

static void values_take_the_place_of_a_tpm(void **state)
{
	char wrong[256];
	FILE *f;

	expect_said(with_pcrs("predict"), 0, "(default)");
	expect_said(with_pcrs("calibrate"), 0, "exact: ");
	assert_false(door_said(&door, "--pcrs"));
	expect_said(with_pcrs("eventlog"), 0, "\n 8 as the log replays\n");
	expect_said(with_pcrs("check"), 0, "Yes: ");
	assert_false(door_said(&door, "--pcrs"));

	/* PCR 8 as it is at a start */
	snprintf(wrong, sizeof(wrong), "sed -i 's/^8 .*/8 %064d/' %s", 0, pcrs);
	assert_int_equal(system(wrong), 0);
	expect_said(with_pcrs("predict"), 1, "PCR 8");
	expect_said(with_pcrs("calibrate"), 1, "PCR 8");
	expect_said(with_pcrs("check"), 1, "PCR 8");
	expect_said(with_pcrs("eventlog"), 5, "\n 8 differs\n");
	assert_true(door_said(&door, "\n 9 as the log replays\n"));
	snprintf(wrong, sizeof(wrong), "sed -i '/^8 /d' %s", pcrs);
	assert_int_equal(system(wrong), 0);
	expect_said(with_pcrs("predict"), 1, "it has no SHA-256 value of PCR 8, which is needed");
	expect_said(with_pcrs("calibrate"), 1, "it has no SHA-256 value of PCR 8, which is needed");
	expect_said(with_pcrs("check"), 1, "it has no SHA-256 value of PCR 8, which is needed");
	expect_said(with_pcrs("eventlog"), 0, "\n 9 as the log replays\n");
	f = fopen(pcrs, "a");
	fputs("24 00\n", f);
	fclose(f);
	snprintf(wrong, sizeof(wrong), "%s:24: PCR 24: a TPM has PCRs 0 to 23", pcrs);
	expect_said(with_pcrs("eventlog"), 1, wrong);
	expect_said(with_pcrs("calibrate"), 1, wrong);
	expect_said("calibrate --pcrs /nothing", 1, "/nothing: cannot open");
	expect_said("calibrate --pcrs /", 1, "/: cannot read");
	expect_said("calibrate --pcrs /dev/zero", 1, "/dev/zero: longer than");
	expect_said("calibrate --pcrs /dev/null", 1, "/dev/null: it has no PCR values");
	unlink(pcrs);
	assert_int_equal(mkfifo(pcrs, 0644), 0);
	expect_said(with_pcrs("calibrate"), 1, "it has no PCR values");
}

/* The exit code alone says which of the three it is. */
static void three_verdicts(void **state)
{
	expect_said("calibrate", 0, "exact: ");
	tree_write_text(&tree, M_INITRD, "another one");
	let_read();
	expect_said("calibrate", 6, "inputs changed: Linux " M_RELEASE);
	assert_true(door_said(&door, "changed since this boot: " M_INITRD));
	/* different commands: no digest of a file explains them */
	m_write_log(&tree, &(struct boot_choice){ .path = "more>number" });
	tree_write_text(&tree, M_CFG,
			"set timeout=1\nmenuentry 'x' {\n  linux /vmlinuz-" M_RELEASE " x\n}\n");
	let_read();
	expect_said("calibrate", 5, "mismatch: PCR ");
	assert_true(door_said(&door, ", event "));
	assert_true(door_said(&door, "measured "));
}

static void check_sees_a_change(void **state)
{
	tree_write_text(&tree, M_CFG,
			"set timeout=5\nmenuentry 'Debian' --id main {\n  linux /vmlinuz-" M_RELEASE
			" root=/dev/mapper/cryptroot ro quiet\n  initrd /initrd.img-" M_RELEASE "\n}\n");
	/* what the service recorded while the files were those that booted */
	m_write_log(&tree, &(struct boot_choice){ .path = NULL });
	let_read();
	expect_said("check", 5, "No: the next boot will ask for the passphrase.");
	assert_true(door_said(&door, "PCR 8 (the boot loader's commands"));
	tree_unlink(&tree, "/var/lib/bootseal/predicted");
	expect_said("check", 5, "it is none of the sealed boot paths");
	tree_unlink(&tree, "/var/lib/bootseal/state.json");
	expect_said("check", 3, "/var/lib/bootseal/state.json is not in /");
	assert_true(door_said(&door, "it is the record of what the policy in force allows"));
}

/* A group with /var beside the root, on one volume: nothing of it is said, but of /home in the clear. */
static void a_volume_group_is_followed(void **state)
{
	static const char *const files[][2] = {
		{ "/sys/dev/block/253:0/dm/name", "debian--vg-root\n" },
		{ "/sys/dev/block/253:0/dm/uuid", "LVM-abcroot\n" },
		{ "/sys/dev/block/253:0/slaves/dm-9/dev", "253:9\n" },
		{ "/sys/dev/block/253:1/dm/name", "debian--vg-var\n" },
		{ "/sys/dev/block/253:1/dm/uuid", "LVM-abcvar\n" },
		{ "/sys/dev/block/253:1/slaves/dm-9/dev", "253:9\n" },
		{ "/sys/dev/block/253:2/dm/name", "data-home\n" },
		{ "/sys/dev/block/253:2/dm/uuid", "LVM-defhome\n" },
		{ "/sys/dev/block/253:2/slaves/vdb/dev", "254:16\n" },
		{ "/sys/dev/block/253:9/dm/name", "cryptroot\n" },
		{ "/sys/dev/block/253:9/dm/uuid",
		  "CRYPT-LUKS2-5ea1ab1e000040008000000000000001-cryptroot\n" },
		{ "/sys/dev/block/253:9/slaves/vda3/dev", "254:3\n" },
		{ "/proc/self/mounts", "/dev/mapper/debian--vg-root / ext4 rw 0 0\n" },
		{ "/etc/fstab", "/dev/mapper/debian--vg-var /var ext4 defaults 0 2\n"
				"/dev/mapper/data-home /home ext4 defaults 0 2\n" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		tree_write_text(&tree, files[i][0], files[i][1]);
	tree_write_text(&tree, "/etc/crypttab",
			"cryptroot UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks\n");
	let_read();
	/* 5: the anchor of this tree names another volume */
	expect_said("check", 5, "/etc/fstab, /home");
	assert_false(door_said(&door, "/etc/fstab, /var"));
}

static void swap_is_judged_by_what_is_there(void **state)
{
	tree_write_text(&tree, "/proc/swaps",
			"Filename Type Size Used Priority\n/dev/dm-1 partition 1 0 -2\n");
	let_read();
	expect_said("check", 0, "not judged: whether swap is encrypted (/sys/class/block is not in /");
	assert_false(door_said(&door, "the swap /dev/dm-1"));
	tree_write_text(&tree, "/sys/class/block/dm-1/dm/uuid", "LVM-x\n");
	let_read();
	expect_said("check", 0, "the swap /dev/dm-1 is not encrypted");
	assert_false(door_said(&door, "not judged: whether swap"));
	tree_write_text(&tree, "/sys/class/block/dm-1/dm/uuid", "CRYPT-PLAIN-x\n");
	let_read();
	expect_said("check", 0, NULL);
	assert_false(door_said(&door, "swap"));
}

/* What each command needs; without it the path below DIR is named, and what it is for. */
static void missing_parts_are_named(void **state)
{
	static const struct {
		const char *path;
		bool eventlog; /* needs it, too */
	} needed[] = {
		{ "/sys/kernel/security/tpm0/binary_bios_measurements", true },
		{ "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", false },
		{ "/sys/firmware/efi/efivars", false },
		{ "/proc/self/mountinfo", false },
		{ M_SHIM, false },
		{ M_GRUB, false },
		{ "/run/udev/data", false },
	};
	char from[PATH_MAX], to[PATH_MAX], want[PATH_MAX];

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		tree_path(&tree, needed[i].path, from);
		snprintf(to, sizeof(to), "%.90s.away", tree.root);
		assert_int_equal(rename(from, to), 0);
		snprintf(want, sizeof(want), "%s is not in %s: it is %s", needed[i].path, tree.root,
			 layout_purpose(needed[i].path));
		expect_said("predict", 1, want);
		expect_said("calibrate", 1, want);
		expect_said("check", 1, want);
		expect_said("eventlog", needed[i].eventlog ? 1 : 0, needed[i].eventlog ? want : NULL);
		assert_int_equal(rename(to, from), 0);
	}
	/* no boot path is left without these */
	tree_unlink(&tree, "/usr/lib/bootseal/bootseal-unlock");
	expect_said("predict", 1, "/usr/lib/bootseal/bootseal-unlock is not in /");
	assert_true(door_said(&door, "it is the program that the initrds must hold"));
	tree_unlink(&tree, "/lib/modules/" M_RELEASE "/modules.builtin");
	tree_write_text(&tree, "/usr/lib/bootseal/bootseal-unlock", "unlock program");
	tree_unlink(&tree, "/sys/class/tpm/tpm0/device/driver");
	let_read();
	expect_said("predict", 1, "/sys/class/tpm/tpm0/device/driver is no link in /");
	expect_said("predict --all", 0, "(default)");
	tree_unlink(&tree, M_KERNEL);
	expect_said("predict --all", 1, "it does not start Linux");
}

/* doc/root.md names every path, and its commands collect all that is needed. */
static void the_page_is_right(void **state)
{
	char copy[80], command[2 * PATH_MAX], quoted[160];
	struct buffer page = BUFFER_NONE;
	const char *from, *to;

	assert_int_equal(file_read("doc/root.md", 1 << 20, NULL, &page), 0);
	for (size_t i = 0; layout_part(i); i++) {
		snprintf(quoted, sizeof(quoted), "`%s`", layout_part(i)->path);
		if (!strstr(buffer_str(&page), quoted))
			fail_msg("doc/root.md: not a word of %s", quoted);
	}
	from = strstr(buffer_str(&page), "```sh\n");
	assert_non_null(from);
	from += strlen("```sh\n");
	to = strstr(from, "```");
	assert_non_null(to);
	/* the kernel's files of a TPM */
	snprintf(command, sizeof(command),
		 "mkdir -p %s/sys/class/tpm/tpm0/pcr-sha256 && while read -r n v; do "
		 "echo $v >%s/sys/class/tpm/tpm0/pcr-sha256/$n; done <%s",
		 tree.root, tree.root, pcrs);
	assert_int_equal(system(command), 0);
	tree_write_text(&tree, "/proc/swaps", "Filename Type Size\n/dev/dm-1 partition 1\n");
	tree_write_text(&tree, "/sys/class/block/dm-1/slaves/vda5/x", "");
	tree_write_text(&tree, "/sys/class/block/dm-1/dm/uuid", "LVM-x\n");
	tree_write_text(&tree, "/sys/class/block/vda5/dm/uuid", "CRYPT-LUKS2-x\n");
	tree_write_text(&tree, "/etc/fstab", "");
	tree_write_text(&tree, "/etc/crypttab", "");
	snprintf(copy, sizeof(copy), "%.60s.copy", tree.root);
	snprintf(command, sizeof(command), "set -eu; from=%s to=%s; %.*s chmod -R a+rX %s*", tree.root, copy,
		 (int)(to - from), from, copy);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "check --pcrs %s.pcrs", copy);
	assert_int_equal(door_run(&door, copy, command), 0);
	if (door_said(&door, "swap") || door_said(&door, "is not in"))
		door_fails(command, 0);
	snprintf(command, sizeof(command), "calibrate --pcrs %s.pcrs", copy);
	assert_int_equal(door_run(&door, copy, command), 0);
	snprintf(command, sizeof(command), "eventlog --pcrs %s.pcrs", copy);
	assert_int_equal(door_run(&door, copy, command), 0);
	assert_true(door_said(&door, "\n 9 as the log replays"));
	snprintf(command, sizeof(command), "rm -rf %s %s.pcrs", copy, copy);
	assert_int_equal(system(command), 0);
	buffer_free(&page);
}

/*
 * Named as what it is, where the boot chain is none of ours; a machine that has one is not kept from
 * anything.
 */
static void a_root_of_canonicals_tools(void **state)
{
	tree_write_text(&tree, "/boot/efi/device/fde/cloudimg-rootfs.sealed-key", "sealed");
	let_read();
	expect_said("predict", 0, "(default)");
	tree_unlink(&tree, "/boot/efi/EFI/debian/grubx64.efi");
	expect_said("predict", 1, "Canonical's tools encrypted the root of this machine");
	expect_said("calibrate", 1, "/boot/efi/device/fde/cloudimg-rootfs.sealed-key");
}

static void wrong_words(void **state)
{
	char file[PATH_MAX];

	tree_path(&tree, M_CFG, file);
	assert_int_equal(door_run(&door, "/nothing/there", "predict"), 1);
	assert_true(door_said(&door, "/nothing/there: cannot open"));
	assert_int_equal(door_run(&door, file, "predict"), 1);
	assert_true(door_said(&door, "not a directory"));
	assert_int_equal(door_run(&door, "", "eventlog"), 1);
	expect_said("calibrate --boot", 2, "--boot is about this machine");
	expect_said("calibrate --tcti device", 2, "--tcti is about this machine");
	expect_said("check --tcti device", 2, "--tcti is about this machine");
	expect_said("eventlog --log x", 2, "--log and --root exclude each other");
	expect_said("status", 2, "root");
	assert_int_equal(door_run(&door, NULL, with_pcrs("calibrate")), 2);
	assert_int_equal(door_run(&door, NULL, with_pcrs("predict")), 2);
	assert_int_equal(door_run(&door, NULL, with_pcrs("check")), 2);
	assert_int_equal(door_run(&door, NULL, with_pcrs("eventlog")), 2);
	assert_true(door_said(&door, "--pcrs goes with --root"));
	/* from wherever it is called */
	assert_int_equal(door_run(&door, "/", "eventlog --pcrs /dev/null"), 1);
}

/* Their signed images cannot be handed on: what is left is log, values of the TPM, and a reason. */
static void try_recorded(const char *dir)
{
	static char command[PATH_MAX + 512];
	struct tree t;
	int code;

	tree_make(&t);
	snprintf(command, sizeof(command),
		 "mkdir -p %s/sys/kernel/security/tpm0 %s/sys/firmware && "
		 "cp '%s/log.bin' %s" EVENTLOG_PATH " && chmod -R a+rX %s",
		 t.root, t.root, dir, t.root, t.root);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "eventlog --pcrs %s/pcrs", dir);
	code = door_run(&door, t.root, command);
	if (code != 0)
		door_fails(dir, code);
	code = door_run(&door, t.root, "calibrate");
	if (code != 1 || !door_said(&door, " is not in /"))
		door_fails(dir, code);
	tree_remove(&t);
}

static void recorded_machines(void **state)
{
	char path[PATH_MAX + 32];
	size_t n = 0;
	FILE *p;

	shared_needed("ubuntu-grub/cases");
	snprintf(path, sizeof(path), "find %s -name pcrs", shared_path("ubuntu-grub/cases"));
	p = popen(path, "r");
	assert_non_null(p);
	while (fgets(path, sizeof(path), p)) {
		*strrchr(path, '/') = '\0';
		if (strchr(path, ' '))
			continue;
		try_recorded(path);
		n++;
	}
	pclose(p);
	assert_true(n > 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		with_tree(a_machine_is_read),
		with_tree(values_take_the_place_of_a_tpm),
		with_tree(three_verdicts),
		with_tree(check_sees_a_change),
		with_tree(a_volume_group_is_followed),
		with_tree(swap_is_judged_by_what_is_there),
		with_tree(missing_parts_are_named),
		with_tree(the_page_is_right),
		with_tree(a_root_of_canonicals_tools),
		with_tree(wrong_words),
		cmocka_unit_test(recorded_machines),
	};
	int failed;

	door_open(&door, argv[0]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	door_close(&door);
	return failed;
}
