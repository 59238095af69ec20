/* bootseal-unlock and devices that are not there yet, or beside others: what cryptroot sees meanwhile. */
#include "unlock_world.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

/* While the device is not there cryptroot sees no target; then it is opened as if nothing had been. */
static void test_late_device(void **state)
{
	struct world w;
	char *crypttab;

	world_setup(&w);
	crypttab = world_read(&w, "crypttab");
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says(&w, "bootseal: root: its device ");
	says(&w, "; waiting for it");
	window_is(&w, NULL);
	world_is(&w, "crypttab", "");
	assert_false(world_has(&w, "run/unlock.json"));
	assert_true(world_has(&w, "run/waiting"));
	assert_false(world_has(&w, "run/ask"));
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says_not(&w, "bootseal");
	world_rename(&w, "later", "image");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	world_is(&w, "crypttab", crypttab);
	assert_false(world_has(&w, "run/held"));
	assert_false(world_has(&w, "run/waiting"));
	leaves(&w, "\"exit\":0,");
	window_is(&w, opened_text(&w));
	free(crypttab);
	world_teardown(&w);
}

/* Its end, within a minute: devices with these numbers come one after the other meanwhile. */
static int end_among(const struct world *w, pid_t pid, bool devices)
{
	char number[PATH_MAX];
	int status;

	for (int i = 0; i < 600; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (devices) {
			snprintf(number, sizeof(number), "%s/9:%d", world_path(w, "sys/dev/block"), i);
			assert_int_equal(mkdir(number, 0700), 0);
		}
		poll(NULL, 0, 100);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/*
 * In local-block it waits for minutes, if need be: what comes meanwhile is opened at once. But when another
 * device comes, scripts that may make ours of it have their turn.
 */
static void test_turns_of_others(void **state)
{
	struct world w;
	pid_t pid;

	world_setup(&w);
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(mkdir(world_path(&w, "sys"), 0700), 0);
	assert_int_equal(mkdir(world_path(&w, "sys/dev"), 0700), 0);
	assert_int_equal(mkdir(world_path(&w, "sys/dev/block"), 0700), 0);
	w.wait = "600000";
	pid = world_start(&w, NULL, "", "open", NULL);
	assert_int_equal(end_among(&w, pid, true), 7);
	pid = world_start(&w, NULL, "", "open", NULL);
	world_rename(&w, "later", "image");
	assert_int_equal(end_among(&w, pid, false), 0);
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

static void test_device_never_comes(void **state)
{
	struct world w;

	world_setup(&w);
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	assert_false(world_has(&w, "run/waiting"));
	leaves(&w, "\"command\":\"close\",\"exit\":0,\"window\":\"closed\",\"reason\":\"root: its device ");
	world_rename(&w, "later", "image");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	says(&w, "image is missing; since then the window is closed");
	world_teardown(&w);
}

/*
 * Cryptroot would ask for the other volume, with the window open: while ours is missing it sees neither. Then
 * ours is unlocked, and cryptroot asks for the other one.
 */
static void test_late_device_beside_another(void **state)
{
	struct world w;
	char *crypttab;

	world_setup(&w);
	world_write(&w, "other", "a locked volume");
	world_write(&w, "crypttab", "root %s/image none luks\nother %s/other none luks\n", w.dir, w.dir);
	crypttab = world_read(&w, "crypttab");
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says(&w, "; waiting for it");
	assert_true(world_is_null_link(&w, "crypttab"));
	assert_true(world_has(&w, "run/waiting"));
	window_is(&w, NULL);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_true(world_is_null_link(&w, "crypttab"));
	world_rename(&w, "later", "image");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	says(&w, "root: unlocked by the TPM");
	world_is(&w, "crypttab", crypttab);
	window_is(&w, opened_text(&w));
	free(crypttab);
	world_teardown(&w);
}

/* Perhaps the missing device is on the other volume: after the window is closed cryptroot may ask for it. */
static void test_late_device_under_another(void **state)
{
	struct world w;
	char rest[128];

	world_setup(&w);
	world_write(&w, "other", "a locked volume");
	world_write(&w, "crypttab", "root %s/later none luks\nother %s/other none luks\n", w.dir, w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	snprintf(rest, sizeof(rest), "other %s/other none luks\n", w.dir);
	world_is(&w, "crypttab", rest);
	assert_false(world_has(&w, "run/waiting"));
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	world_is(&w, "crypttab", rest);
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 5);
	assert_false(world_has(&w, "run/held"));
	world_teardown(&w);
}

static void test_second_target_absent(void **state)
{
	struct world w;
	char crypttab[128];

	world_setup(&w);
	world_add_data(&w);
	world_write(&w, "crypttab", "data %s/later none luks\nroot %s/image none luks\n", w.dir, w.dir);
	snprintf(crypttab, sizeof(crypttab), "root %s/image none luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says(&w, "root: unlocked by the TPM");
	says(&w, "data: not unlocked by the TPM: its device");
	window_is(&w, opened_text(&w));
	/* cryptroot does not see it while it is absent, and asks nothing */
	assert_false(world_has(&w, "run/ask"));
	world_is(&w, "crypttab", crypttab);
	world_teardown(&w);
}

static void test_two_targets(void **state)
{
	struct world w;
	char text[1100], pin[2 * SHA256_LEN + 1];

	world_setup(&w);
	world_add_data(&w);
	world_write(&w, "crypttab", "data %s/data none luks\nroot %s/image none luks\n", w.dir, w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	text_hex(w.anchor.target[1].volume_pin, SHA256_LEN, pin);
	snprintf(text, sizeof(text), "%s\ndata %s %s", opened_text(&w), w.anchor.target[1].uuid, pin);
	window_is(&w, text);
	fixture_clean(&w.f, 0);
	world_teardown(&w);
}

static void test_cryptopts(void **state)
{
	struct world w;

	/*
	 * the command line replaces the crypttab; while its device is absent cryptroot finds none that it
	 * could write
	 */
	world_setup(&w);
	world_write(&w, "cmdline", "ro cryptopts=target=root,source=%s/later,luks quiet\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	assert_true(world_is_null_link(&w, "crypttab"));
	window_is(&w, NULL);
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	assert_false(world_is_null_link(&w, "crypttab"));
	window_is(&w, opened_text(&w));
	world_teardown(&w);
}

/* A name that is spelled with escapes cannot be taken out of the crypttab: all of it goes. */
static void test_escaped_name(void **state)
{
	struct world w;

	world_setup(&w);
	world_write(&w, "crypttab", "r\\157ot %s/later none luks\n", w.dir);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 7);
	says(&w, "root: its device");
	assert_true(world_is_null_link(&w, "crypttab"));
	world_rename(&w, "image", "later");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	assert_false(world_is_null_link(&w, "crypttab"));
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_device),
		cmocka_unit_test(test_turns_of_others),
		cmocka_unit_test(test_device_never_comes),
		cmocka_unit_test(test_late_device_beside_another),
		cmocka_unit_test(test_late_device_under_another),
		cmocka_unit_test(test_second_target_absent),
		cmocka_unit_test(test_two_targets),
		cmocka_unit_test(test_cryptopts),
		cmocka_unit_test(test_escaped_name),
	};

	return cmocka_run_group_tests(tests, world_make_image, world_remove_image);
}
