/* Attacks on the unlock program by an attacker who writes the disk, or is the disk. */
#include "unlock_world.h"

#include <sys/sysmacros.h>

#include "proxy.h"

#include "seal/token.h"
#include "seal/tpm_pcrs.h"

/* In the world's directory. */
static void shell(const struct world *w, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && %s", w->dir, command);
	assert_int_equal(system(line), 0);
}

static void stops(pid_t pid)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOWAIT), 0);
	assert_int_equal(info.si_code, CLD_STOPPED);
}

/*
 * A disk that shows one header to be judged and another one to be opened: the second is not even looked at.
 * Here it is gone altogether while the TPM is asked.
 */
static void test_header_changes_after_it_was_judged(void **state)
{
	struct world w;
	struct proxy p;
	int status;
	pid_t pid;

	world_setup(&w);
	proxy_start(&p, &w.f.swtpm, PROXY_STOP);
	pid = world_start(&w, p.tcti, "", "open", NULL);
	stops(p.pid);
	shell(&w, "dd if=/dev/zero of=image bs=4096 count=8 conv=notrunc status=none");
	kill(p.pid, SIGCONT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	proxy_stop(&p);
	free(w.output);
	w.output = world_read(&w, "output");
	says(&w, "root: unlocked by the TPM");
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

/* His own boot in the token's list: found there, but the policy index holds another list. */
static void test_own_boot_in_the_list(void **state)
{
	static const uint8_t other[SHA256_LEN] = { 1 };
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct generation *g;
	struct world w;

	world_setup(&w);
	swtpm_extend(&w.f.swtpm, 8, other);
	world_open_tpm(&w);
	check_ok(tpm_pcrs(w.f.t, SAMPLE_PCRS, &err, pcrs));
	g = &w.token.generation[0];
	assert_int_equal(branch_from_pcrs(666, SAMPLE_PCRS, pcrs, &g->branch[g->branch_count++]), 0);
	world_write_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "lacks the list of boot paths that the TPM's policy allows");
	says_not(&w, "unlocked by the TPM\n");
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

/*
 * A keyslot whose key takes hours, or all memory, to derive: refused before the TPM is asked, and the prompt
 * comes.
 */
static void test_keyslot_that_hangs_the_boot(void **state)
{
	struct world w;
	struct proxy p;

	world_setup(&w);
	shell(&w,
	      "printf '" PASSPHRASE
	      "' | cryptsetup luksAddKey -q --pbkdf argon2id --pbkdf-force-iterations 4 --pbkdf-memory 32 "
	      "--pbkdf-parallel 1 --key-slot 5 --key-file - image /proc/self/exe --new-keyfile-size 32");
	w.token.keyslot = 5;
	world_write_token(&w);
	proxy_start(&p, &w.f.swtpm, 0);
	assert_int_equal(world_run(&w, p.tcti, "open", NULL), 6);
	assert_in_range(proxy_stop(&p), 1, 6);
	says(&w, "root: not unlocked by the TPM: ");
	window_is(&w, "bootseal closed");
	assert_false(world_has(&w, "run/held"));
	world_teardown(&w);
}

/* The TPM's key is tried on the token's keyslot only, and that may be anybody's. */
static void test_token_names_another_keyslot(void **state)
{
	struct world w;

	world_setup(&w);
	w.token.keyslot = 0;
	world_write_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says_not(&w, "unlocked by the TPM\n");
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

/* A label and a token that would steer the terminal: to paint a question of the attacker's, for one. */
static void test_terminal_sequences(void **state)
{
	struct world w;
	const char *at;

	world_setup(&w);
	shell(&w, "cryptsetup config image --label \"$(printf '\\033[2J\\302\\233')\" --subsystem \"$(printf "
		  "'\\033c')\"");
	world_remove_token(&w);
	world_import_token(&w, "{\"type\":\"bootseal\",\"keyslots\":[\"1\"],\"version\":1,\"\\u001b["
			       "2J\\u009bH\":\"\\u001b[2J\",\"srk\":\"\\u001bc\"}");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "root: not unlocked by the TPM: ");
	for (at = w.output; *at; at++)
		assert_true(*at == '\n' || ((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7f));
	world_teardown(&w);
}

/*
 * A volume group whose logical volume is called as the mapping, found before we run: nothing is opened for
 * it, and beside what else was opened it is no root.
 */
static void test_volume_group_of_the_mappings_name(void **state)
{
	struct world w;

	world_setup(&w);
	world_add_data(&w);
	world_write(&w, "crypttab", "root %s/image none luks\ndata %s/data none luks\n", w.dir, w.dir);
	shell(&w, "mkdir -p sys/dev/block/254:3/dm && echo root >sys/dev/block/254:3/dm/name");
	shell(&w, "echo LVM-abcdef >sys/dev/block/254:3/dm/uuid");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	says(&w, "data: unlocked by the TPM");
	says_not(&w, "root: opened");
	assert_int_equal(mknod(world_path(&w, "node"), S_IFBLK | 0600, makedev(254, 3)), 0);
	world_write(&w, "mounts", "%s/node /proc ext4 rw 0 0\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "root", "/proc"), 8);
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_changes_after_it_was_judged),
		cmocka_unit_test(test_own_boot_in_the_list),
		cmocka_unit_test(test_keyslot_that_hangs_the_boot),
		cmocka_unit_test(test_token_names_another_keyslot),
		cmocka_unit_test(test_terminal_sequences),
		cmocka_unit_test(test_volume_group_of_the_mappings_name),
	};

	return cmocka_run_group_tests_name("the disk attacks", tests, world_make_image, world_remove_image);
}
