/*
 * Every fault of fault.h at every TPM command of bootseal-unlock, once and at every time from there on,
 * through a layer between the program and its TPM.
 *
 * What must be, whatever went wrong:
 *  - the program comes to its end, with one of its exit codes, and says what failed;
 *  - a volume is reported as opened only with the window closed; and after any other end it is closed, too,
 * or the exit code is 8 (restart), or the TPM did not answer a single command, in which case a later `close`
 * closes it;
 *  - what only asks for patience (TPM_RC_RETRY, a PCR outside the policy that moves) is not noticed, and
 * nothing that comes once leads to a restart;
 *  - nothing is left in the TPM, and the next boot opens the volume.
 *
 * FAULTS=all tries all; otherwise a sample. TEST=name runs one test, FAULT=name one fault.
 */
#include "fault_judge.h"

#include <poll.h>
#include <sys/syscall.h>

#include "pin_world.h"
#include "shards.h"

#define TIME_MAX_MS 100000

enum { OPEN, OPEN_TWO, OPEN_SOCKET, OPEN_PIN, CLOSE, EXPLAIN, TESTS };
static const char *const test_names[TESTS + 1] = {
	[OPEN] = "open",
	[OPEN_TWO] = "open, two volumes",
	[OPEN_SOCKET] = "open, over a socket",
	[OPEN_PIN] = "open, with a PIN",
	[CLOSE] = "close",
	[EXPLAIN] = "explain",
	[TESTS] = NULL,
};

static void empty_dir(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

/* Power on: firmware to kernel has been measured, the initramfs is as it was made. */
static void boot(struct bench *b)
{
	static const uint8_t pcrs[] = { 4, 7, 8, 9, 14 };
	uint8_t digest[SHA256_LEN];

	swtpm_reboot(&b->w.f.swtpm);
	for (size_t i = 0; i < sizeof(pcrs); i++) {
		memset(digest, pcrs[i], sizeof(digest));
		swtpm_extend(&b->w.f.swtpm, pcrs[i], digest);
	}
	empty_dir(world_path(&b->w, "run"));
	unlink(world_path(&b->w, "crypttab.held"));
	unlink(world_path(&b->w, "crypttab"));
	world_write(&b->w, "crypttab", "%s", b->crypttab);
}

static void run(struct bench *b, const char *command)
{
	static const uint8_t zero[SHA256_LEN];
	const bool typed = b->pin && strcmp(command, "open") == 0;
	pid_t pid = world_start(&b->w, b->tcti, typed ? b->pin : "", command, typed ? "--pin" : NULL);
	struct pollfd p = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int status;

	assert_true(p.fd >= 0);
	if (poll(&p, 1, TIME_MAX_MS) == 0)
		kill(pid, SIGABRT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(p.fd);
	b->code = WIFEXITED(status)             ? WEXITSTATUS(status)
		  : WTERMSIG(status) == SIGABRT ? CODE_HUNG
						: CODE_KILLED;
	free(b->w.output);
	b->w.output = world_read(&b->w, "output");
	swtpm_pcr(&b->w.f.swtpm, WINDOW_PCR, b->window);
	b->closed = memcmp(b->window, zero, SHA256_LEN) != 0;
}

/* A later program of the same boot, and the next boot. */
static const char *judge_after(struct bench *b)
{
	if (!b->closed && b->code != 8) {
		run(b, "close");
		if (b->code != 0 || !b->closed)
			return "cannot be closed afterwards";
	}
	/* a device that was never open: what a program that gave up did not read is not for the next boot */
	layer_again(&b->l);
	layer_pass(&b->l);
	boot(b);
	run(b, "open");
	assert_true(layer_lives(&b->l));
	return b->code == 0 ? NULL : "the next boot does not open";
}

struct program {
	int test;
	const char *command, *(*judge)(struct bench *b);
	bool socket;
};

static void try_one(struct bench *b, const struct program *p)
{
	const char *bad;
	char *output, sent[512];
	int code;

	boot(b);
	layer_plan(&b->l, b->fault, b->how, b->at);
	run(b, p->command);
	layer_list(&b->l, sizeof(sent), sent);
	code = b->code;
	output = strdup(b->w.output);
	assert_true(layer_lives(&b->l));
	bad = judge_end(b);
	if (!bad)
		bad = p->judge(b);
	if (!bad)
		bad = judge_left(b);
	if (b->fault->kind == FAULT_GONE)
		layer_again(&b->l);
	layer_pass(&b->l);
	if (!bad)
		bad = judge_after(b);
	shard_count(p->test, bad != NULL);
	if (bad)
		print_message("# NOT SURVIVED: %s: \"%s\" %s, command %u: %s; exit code %d; it sent%s and "
			      "said: %s; at last: %s\n",
			      p->command, b->fault->name, fault_how_name[b->how], b->at, bad, code, sent,
			      output, b->w.output);
	free(output);
}

static bool is_wanted(const struct bench *b, const struct program *p)
{
	const char *name = getenv("FAULT");

	if (name && strcmp(b->fault->name, name) != 0)
		return false;
	/* over a socket a wait never ends: tpm2-tss has no time limit there */
	if (p->socket && b->fault->kind == FAULT_SILENT)
		return false;
	/*
	 * tpm2-tss reads twenty bytes of that; the rest stays in a terminal, where the driver would drop it
	 */
	if (b->command[b->at] == TPM2_CC_GetRandom &&
	    (b->fault->kind == FAULT_LONGER || b->fault->kind == FAULT_RANDOM_LONG ||
	     b->fault->kind == FAULT_PREVIOUS))
		return false;
	return true;
}

static void try_all(struct bench *b, const struct program *p)
{
	unsigned int commands, number = 0;

	b->tcti = p->socket ? b->l.socket : b->l.device;
	boot(b);
	layer_pass(&b->l);
	b->l.shared->keep = true;
	run(b, p->command);
	assert_int_equal(b->code, 0);
	commands = b->l.shared->count;
	assert_in_range(commands, 1, LAYER_COMMANDS);
	memcpy(b->command, b->l.shared->code, sizeof(b->command));
	for (b->at = 0; b->at < commands; b->at++)
		for (b->how = 0; b->how < HOWS; b->how++)
			for (b->fault = faults; b->fault < faults + FAULT_COUNT; b->fault++)
				if (is_wanted(b, p) && (shard_all || !fault_waits(b->fault, b->how)) &&
				    shard_mine(p->test, number++, 59))
					try_one(b, p);
}

static void setup(struct bench *b, size_t volumes)
{
	*b = (struct bench){ .volumes = volumes };
	world_setup(&b->w);
	if (volumes > 1) {
		world_add_data(&b->w);
		world_write(&b->w, "crypttab", "data %s/data none luks\nroot %s/image none luks\n", b->w.dir,
			    b->w.dir);
	}
	b->crypttab = world_read(&b->w, "crypttab");
	layer_start(&b->l, &b->w.f.swtpm, b->w.dir);
}

static void teardown(struct bench *b)
{
	layer_stop(&b->l);
	free(b->crypttab);
	world_teardown(&b->w);
}

static void try_program(const struct program *p, size_t volumes)
{
	unsigned int before = shard_lost[p->test];
	struct bench b;

	setup(&b, volumes);
	if (p->test == OPEN_PIN) {
		pin_world_enroll(&b.w, NULL);
		/* it counts power cuts */
		pin_world_limit(&b.w, 10000, 600);
		b.pin = PIN;
	}
	try_all(&b, p);
	teardown(&b);
	assert_int_equal(shard_lost[p->test], before);
}

static void open_one(void **state)
{
	try_program(&(struct program){ OPEN, "open", judge_open, false }, 1);
}

static void open_two(void **state)
{
	try_program(&(struct program){ OPEN_TWO, "open", judge_open, false }, 2);
}

static void open_over_socket(void **state)
{
	try_program(&(struct program){ OPEN_SOCKET, "open", judge_open, true }, 1);
}

static void open_with_pin(void **state)
{
	try_program(&(struct program){ OPEN_PIN, "open", judge_open_pin, false }, 1);
}

static void close_window(void **state)
{
	try_program(&(struct program){ CLOSE, "close", judge_close, false }, 1);
}

static void explain(void **state)
{
	try_program(&(struct program){ EXPLAIN, "explain", judge_explain, false }, 1);
}

/* They have no part in it, whatever the TPM does. */
static void others(void **state)
{
	static const char *const commands[] = { "confirm", "lock", "recover" };
	struct bench b;

	setup(&b, 1);
	b.tcti = b.l.device;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		boot(&b);
		layer_plan(&b.l, &faults[0], HOW_ON, 0);
		run(&b, commands[i]);
		assert_true(b.code >= 0);
		assert_int_equal(b.l.shared->count, 0);
	}
	teardown(&b);
}

static int all_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_one),         cmocka_unit_test(open_two),
		cmocka_unit_test(open_over_socket), cmocka_unit_test(close_window),
		cmocka_unit_test(explain),          cmocka_unit_test(others),
		cmocka_unit_test(open_with_pin),
	};

	cmocka_set_test_filter(getenv("TEST"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	int r;

	if (world_make_image(NULL) != 0)
		return 1;
	r = shards_main(all_tests, test_names);
	world_remove_image(NULL);
	return r;
}
