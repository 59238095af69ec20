/*
 * The door for tests, support and fleets: predict, calibrate, eventlog and check of a machine that is a tree
 * of files, by the program itself, run as nobody.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "machine/system/layout.h"
#include "machine_sample.h"
#include "root_door.h"

static struct door door;
static struct tree tree;
static char pcrs[80]; /* a file with the PCR values of the tree's machine */

static void say(const char *command, int code)
{
	fail_msg("%s: exit code %d: %s", command, code, buffer_str(&door.said));
}

/* The command must end with that code and say that. */
static void expect(const char *command, int code, const char *says)
{
	int got = door_run(&door, tree.root, command);

	if (got != code || (says && !door_said(&door, says)))
		say(command, got);
}

static const char *with_pcrs(const char *command)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s --pcrs %s", command, pcrs);
	return text;
}

/* For nobody to read: what a test makes has the modes of the tester's umask. */
static void let_read(void)
{
	char command[128];

	snprintf(command, sizeof(command), "chmod -R a+rX %s", tree.root);
	assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
	m_make(&tree);
	door_seal(&tree);
	snprintf(pcrs, sizeof(pcrs), "%s.pcrs", tree.root);
	door_write_pcrs(&tree, pcrs);
	let_read();
	return 0;
}

static int teardown(void **state)
{
	tree_remove(&tree);
	unlink(pcrs);
	return 0;
}

static void a_machine_is_read(void **state)
{
	expect("predict", 0, "Linux " M_RELEASE " (default)");
	assert_true(door_said(&door, "/boot/vmlinuz-" M_RELEASE));
	expect("predict --default --events", 0, "EV_IPL");
	expect("eventlog", 0, "PCR values, sha256");
	expect("calibrate", 0, "exact: Linux " M_RELEASE " (default); shim 16.1, GRUB 2.06");
	assert_true(door_said(&door, "without --pcrs: the event log was not compared"));
	expect("check", 0, "Yes: the next boot will unlock automatically.");
	assert_true(door_said(&door, "not judged: the TPM, its policy index, the LUKS headers"));
	assert_true(door_said(&door, "not judged: whether the event log is what the TPM holds (--pcrs)"));
	assert_true(door_said(&door, "not judged: whether swap is encrypted (/proc/swaps is not in /"));
}

static void values_take_the_place_of_a_tpm(void **state)
{
	char wrong[256];
	FILE *f;

	expect(with_pcrs("predict"), 0, "(default)");
	expect(with_pcrs("calibrate"), 0, "exact: ");
	assert_false(door_said(&door, "--pcrs"));
	expect(with_pcrs("eventlog"), 0, "\n 8 as the log replays\n");
	expect(with_pcrs("check"), 0, "Yes: ");
	assert_false(door_said(&door, "--pcrs"));

	/* PCR 8 as it is at a start */
	snprintf(wrong, sizeof(wrong), "sed -i 's/^8 .*/8 %064d/' %s", 0, pcrs);
	assert_int_equal(system(wrong), 0);
	expect(with_pcrs("predict"), 1, "PCR 8");
	expect(with_pcrs("calibrate"), 1, "PCR 8");
	expect(with_pcrs("check"), 1, "PCR 8");
	expect(with_pcrs("eventlog"), 5, "\n 8 differs\n");
	assert_true(door_said(&door, "\n 9 as the log replays\n"));
	snprintf(wrong, sizeof(wrong), "sed -i '/^8 /d' %s", pcrs);
	assert_int_equal(system(wrong), 0);
	expect(with_pcrs("predict"), 1, "it has no SHA-256 value of PCR 8, which is needed");
	expect(with_pcrs("calibrate"), 1, "it has no SHA-256 value of PCR 8, which is needed");
	expect(with_pcrs("check"), 1, "it has no SHA-256 value of PCR 8, which is needed");
	expect(with_pcrs("eventlog"), 0, "\n 9 as the log replays\n");
	f = fopen(pcrs, "a");
	fputs("24 00\n", f);
	fclose(f);
	snprintf(wrong, sizeof(wrong), "%s:24: PCR 24: a TPM has PCRs 0 to 23", pcrs);
	expect(with_pcrs("eventlog"), 1, wrong);
	expect(with_pcrs("calibrate"), 1, wrong);
	expect("calibrate --pcrs /nothing", 1, "/nothing: cannot open");
	expect("calibrate --pcrs /", 1, "/: cannot read");
	expect("calibrate --pcrs /dev/zero", 1, "/dev/zero: longer than");
	expect("calibrate --pcrs /dev/null", 1, "/dev/null: it has no PCR values");
	unlink(pcrs);
	assert_int_equal(mkfifo(pcrs, 0644), 0);
	expect(with_pcrs("calibrate"), 1, "it has no PCR values");
}

/* The exit code alone says which of the three it is. */
static void three_verdicts(void **state)
{
	expect("calibrate", 0, "exact: ");
	tree_write_text(&tree, M_INITRD, "another one");
	let_read();
	expect("calibrate", 6, "inputs changed: Linux " M_RELEASE);
	assert_true(door_said(&door, "changed since this boot: " M_INITRD));
	/* different commands: no digest of a file explains them */
	m_write_log(&tree, &(struct boot_choice){ .path = "more>number" });
	tree_write_text(&tree, M_CFG,
			"set timeout=1\nmenuentry 'x' {\n  linux /vmlinuz-" M_RELEASE " x\n}\n");
	let_read();
	expect("calibrate", 5, "mismatch: PCR ");
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
	expect("check", 5, "No: the next boot will ask for the passphrase.");
	assert_true(door_said(&door, "PCR 8 (the boot loader's commands"));
	tree_unlink(&tree, "/var/lib/bootseal/predicted");
	expect("check", 5, "it is none of the sealed boot paths");
	tree_unlink(&tree, "/var/lib/bootseal/state.json");
	expect("check", 3, "/var/lib/bootseal/state.json is not in /");
	assert_true(door_said(&door, "it is the record of what the policy in force allows"));
}

static void swap_is_judged_by_what_is_there(void **state)
{
	tree_write_text(&tree, "/proc/swaps",
			"Filename Type Size Used Priority\n/dev/dm-1 partition 1 0 -2\n");
	let_read();
	expect("check", 0, "not judged: whether swap is encrypted (/sys/class/block is not in /");
	assert_false(door_said(&door, "the swap /dev/dm-1"));
	tree_write_text(&tree, "/sys/class/block/dm-1/dm/uuid", "LVM-x\n");
	let_read();
	expect("check", 0, "the swap /dev/dm-1 is not encrypted");
	assert_false(door_said(&door, "not judged: whether swap"));
	tree_write_text(&tree, "/sys/class/block/dm-1/dm/uuid", "CRYPT-PLAIN-x\n");
	let_read();
	expect("check", 0, NULL);
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
		expect("predict", 1, want);
		expect("calibrate", 1, want);
		expect("check", 1, want);
		expect("eventlog", needed[i].eventlog ? 1 : 0, needed[i].eventlog ? want : NULL);
		assert_int_equal(rename(to, from), 0);
	}
	/* no boot path is left without these */
	tree_unlink(&tree, "/usr/lib/bootseal/bootseal-unlock");
	expect("predict", 1, "/usr/lib/bootseal/bootseal-unlock is not in /");
	assert_true(door_said(&door, "it is the program that the initrds must hold"));
	tree_unlink(&tree, "/lib/modules/" M_RELEASE "/modules.builtin");
	tree_write_text(&tree, "/usr/lib/bootseal/bootseal-unlock", "unlock program");
	tree_unlink(&tree, "/sys/class/tpm/tpm0/device/driver");
	let_read();
	expect("predict", 1, "/sys/class/tpm/tpm0/device/driver is no link in /");
	expect("predict --all", 0, "(default)");
	tree_unlink(&tree, M_KERNEL);
	expect("predict --all", 1, "it does not start Linux");
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
		say(command, 0);
	snprintf(command, sizeof(command), "calibrate --pcrs %s.pcrs", copy);
	assert_int_equal(door_run(&door, copy, command), 0);
	snprintf(command, sizeof(command), "eventlog --pcrs %s.pcrs", copy);
	assert_int_equal(door_run(&door, copy, command), 0);
	assert_true(door_said(&door, "\n 9 as the log replays"));
	snprintf(command, sizeof(command), "rm -rf %s %s.pcrs", copy, copy);
	assert_int_equal(system(command), 0);
	buffer_free(&page);
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
	expect("calibrate --boot", 2, "--boot is about this machine");
	expect("calibrate --tcti device", 2, "--tcti is about this machine");
	expect("check --tcti device", 2, "--tcti is about this machine");
	expect("eventlog --log x", 2, "--log and --root exclude each other");
	expect("status", 2, "root");
	assert_int_equal(door_run(&door, NULL, with_pcrs("calibrate")), 2);
	assert_int_equal(door_run(&door, NULL, with_pcrs("predict")), 2);
	assert_int_equal(door_run(&door, NULL, with_pcrs("check")), 2);
	assert_int_equal(door_run(&door, NULL, with_pcrs("eventlog")), 2);
	assert_true(door_said(&door, "--pcrs goes with --root"));
	/* from wherever it is called */
	assert_int_equal(door_run(&door, "/", "eventlog --pcrs /dev/null"), 1);
}

enum { PREDICT, CALIBRATE, CHECK, EVENTLOG };
static const char *const commands[] = {
	[PREDICT] = "predict --all --events",
	[CALIBRATE] = "calibrate",
	[CHECK] = "check",
	[EVENTLOG] = "eventlog",
};

/* Not even root writes there, and a tree that nobody can write to is as good. */
static void nothing_is_written(void **state)
{
	struct buffer before = BUFFER_NONE, after = BUFFER_NONE;
	char command[128];

	/* a verdict of this boot, which this machine would keep */
	snprintf(command, sizeof(command), "mkdir -p %s/run/bootseal", tree.root);
	assert_int_equal(system(command), 0);
	for (int as_root = 0; as_root < 2; as_root++) {
		door.as_root = as_root;
		door_state(tree.root, &before);
		for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			expect(with_pcrs(commands[i]), 0, NULL);
		door_state(tree.root, &after);
		assert_string_equal(buffer_str(&before), buffer_str(&after));
	}
	door.as_root = false;
	snprintf(command, sizeof(command), "chmod -R a-w %s", tree.root);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		expect(with_pcrs(commands[i]), 0, NULL);
	snprintf(command, sizeof(command), "chmod -R u+w %s", tree.root);
	assert_int_equal(system(command), 0);
	buffer_free(&before);
	buffer_free(&after);
}

/* --- every file of the tree, made wrong in every way */

#define FILES_SEEN_MAX 64

static char seen[FILES_SEEN_MAX][128]; /* below the root */
static size_t seen_count;

static int see_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	if (type != FTW_D && seen_count < FILES_SEEN_MAX)
		snprintf(seen[seen_count++], sizeof(seen[0]), "%s", path + strlen(tree.root));
	return 0;
}

static void see_files(void)
{
	seen_count = 0;
	assert_int_equal(nftw(tree.root, see_one, 16, FTW_PHYS), 0);
	assert_in_range(seen_count, 20, FILES_SEEN_MAX - 1);
}

static void make_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), dir = open(tree.root, O_PATH | O_DIRECTORY);

	/* a name in a socket's address is short */
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/s", tree.root);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(rename(addr.sun_path, path), 0);
	close(fd);
	close(dir);
}

static void spoil(const char *path, unsigned how)
{
	FILE *f;

	switch (how) {
	case 0: /* empty */
	case 1: /* sparse */
		f = fopen(path, "w");
		assert_non_null(f);
		fclose(f);
		if (how == 1)
			assert_int_equal(truncate(path, 1ll << 36), 0);
		break;
	case 2:
		assert_int_equal(mkdir(path, 0755), 0);
		break;
	case 3:
		assert_int_equal(mkfifo(path, 0644), 0);
		break;
	case 4:
		make_socket(path);
		break;
	case 5: /* a circle */
		assert_int_equal(symlink(strrchr(path, '/') + 1, path), 0);
		break;
	case 6:
		f = fopen(path, "w");
		for (int i = 0; i < 3000; i++)
			fputc(i * 167 % 256, f);
		fclose(f);
		break;
	}
}

#define WAYS 7

static void wrong_files_end_it_well(void **state)
{
	char path[PATH_MAX], away[PATH_MAX];
	int code;

	see_files();
	snprintf(away, sizeof(away), "%.90s.away", tree.root);
	for (size_t i = 0; i < seen_count; i++) {
		tree_path(&tree, seen[i], path);
		assert_int_equal(rename(path, away), 0);
		for (unsigned how = 0; how < WAYS; how++) {
			spoil(path, how);
			for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
				/* eventlog reads no other file, predict none that check does not */
				if ((k == EVENTLOG || k == PREDICT) &&
				    strcmp(seen[i], EVENTLOG_PATH) != 0)
					continue;
				code = door_run(&door, tree.root, commands[k]);
				if (code != 0 && code != 1 && code != 3 && code != 5 && code != 6)
					fail_msg("%s, %u: %s: %d: %s", seen[i], how, commands[k], code,
						 buffer_str(&door.said));
				assert_true(code == 0 || door.said.len > 0);
			}
			assert_int_equal(remove(path), 0);
		}
		assert_int_equal(rename(away, path), 0);
	}
}

/* The event log as a FIFO, by name: nothing waits for a writer. */
static void a_fifo_is_not_waited_for(void **state)
{
	char path[PATH_MAX];

	tree_path(&tree, EVENTLOG_PATH, path);
	unlink(path);
	assert_int_equal(mkfifo(path, 0644), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		expect(commands[i], 1, EVENTLOG_PATH ": not a regular file");
}

/* --- links out of the tree */

#define LONG_AGO 1000000000

static void set_read_time(const char *path)
{
	const struct timespec times[2] = { { .tv_sec = LONG_AGO }, { .tv_nsec = UTIME_OMIT } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool was_read(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_atim.tv_sec != LONG_AGO;
}

/* A file that an absolute link of the tree names is not read, though it has what should be there. */
static void links_lead_nowhere_else(void **state)
{
	char path[PATH_MAX], away[PATH_MAX];
	struct stat st;
	FILE *f;

	see_files();
	snprintf(away, sizeof(away), "%.90s.away", tree.root);
	/* where reading leaves no trace nothing can be seen */
	tree_path(&tree, M_CFG, path);
	set_read_time(path);
	f = fopen(path, "r");
	fgetc(f);
	fclose(f);
	if (!was_read(path)) {
		print_message("# this file system does not note reads\n");
		skip();
	}
	for (size_t i = 0; i < seen_count; i++) {
		tree_path(&tree, seen[i], path);
		assert_int_equal(lstat(path, &st), 0);
		if (!S_ISREG(st.st_mode))
			continue;
		assert_int_equal(rename(path, away), 0);
		assert_int_equal(symlink(away, path), 0);
		set_read_time(away);
		door.as_root = true;
		for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
			door_run(&door, tree.root, commands[k]);
			if (was_read(away))
				fail_msg("%s led out of the tree: %s", seen[i], commands[k]);
		}
		door.as_root = false;
		assert_int_equal(unlink(path), 0);
		assert_int_equal(rename(away, path), 0);
	}
}

/* --- machines of others, recorded elsewhere */

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
		say(dir, code);
	code = door_run(&door, t.root, "calibrate");
	if (code != 1 || !door_said(&door, " is not in /"))
		say(dir, code);
	tree_remove(&t);
}

static void recorded_machines(void **state)
{
	const char *shared = getenv("BOOTSEAL_SHARED");
	char pattern[PATH_MAX], path[PATH_MAX + 32];
	size_t n = 0;
	FILE *p;

	snprintf(pattern, sizeof(pattern), "%s/ubuntu-grub/cases", shared ? shared : "../shared");
	if (access(pattern, R_OK) < 0) {
		print_message("# %s is not there\n", pattern);
		skip();
	}
	snprintf(path, sizeof(path), "find %s -name pcrs", pattern);
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

#define with_tree(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		with_tree(a_machine_is_read),
		with_tree(values_take_the_place_of_a_tpm),
		with_tree(three_verdicts),
		with_tree(check_sees_a_change),
		with_tree(swap_is_judged_by_what_is_there),
		with_tree(missing_parts_are_named),
		with_tree(the_page_is_right),
		with_tree(wrong_words),
		with_tree(nothing_is_written),
		with_tree(wrong_files_end_it_well),
		with_tree(a_fifo_is_not_waited_for),
		with_tree(links_lead_nowhere_else),
		cmocka_unit_test(recorded_machines),
	};
	int failed;

	door_open(&door, argv[0]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	door_close(&door);
	return failed;
}
