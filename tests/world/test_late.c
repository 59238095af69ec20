/*
 * Volumes that the running system opens, with a key on the encrypted root: opening them, and attacks on
 * that. What would be mapped is written down by tests/swtpm/recorder.c, which takes the place of
 * libcryptsetup's function.
 */
#include "late_steps.h"

#include "machine/collect.h"
#include "machine/late.h"

#define IMPORT_TOKEN "printf '{\"type\":\"bootseal-late\",\"keyslots\":[\"1\"],\"version\":1}' | " \
		     "cryptsetup token import --disable-external-tokens dev/vdb1"

static int setup(void **state)
{
	int r = late_setup(state);

	setenv("RECORDER_FILE", world_path(*state, "/run/mapped"), 1);
	unsetenv("RECORDER_ANSWER");
	unsetenv("RECORDER_CLOSES");
	return r;
}

#define late_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

static int open_it(struct world *w)
{
	return late_open(&w->machine, "srv-data", &w->err);
}

/* DEVICE NAME KEYSLOT FLAGS KEY, where the key may be anything; "" when nothing was to be mapped. */
static void mapped(const struct world *w, const char *keyslot, const void *key, size_t key_len)
{
	char want[PATH_MAX + 128];
	size_t n, start;
	char *found;

	if (!keyslot) {
		assert_false(world_has(w, "/run/mapped"));
		return;
	}
	start = snprintf(want, sizeof(want), "%s srv-data %s 0x8 ", world_path(w, DISK), keyslot);
	found = world_read(w, "/run/mapped", &n);
	assert_true(n > start);
	assert_memory_equal(found, want, start);
	assert_memory_equal(found + start, key, key_len);
	free(found);
}

static void refuses(struct world *w, int r, const char *words)
{
	switch_on(w);
	assert_int_equal(open_it(w), r);
	err_names(w, words);
	mapped(w, NULL, NULL, 0);
}

static void is_enrolled_and_opened(void **state)
{
	static const char guard[] = "bootseal-device@dev-mapper-srv\\x2ddata.service";
	struct world *w = *state;
	char *key, *text;
	size_t n;

	run(w, 0, "bootseal enroll --key-file /key");
	says(w, "srv-data (/dev/vdb1): the passphrase unlocks keyslot 0; a key on the root will open it");
	assert_int_equal(keyslots(w), 2);
	assert_int_equal(named(w), 1u << 1);
	key = world_read(w, LATE_KEY_PATH, &n);
	assert_int_equal(n, 32);
	text = world_read(w, OPENS, NULL);
	assert_non_null(strstr(text, "ExecStartPre=/usr/sbin/bootseal open srv-data\n"));
	free(text);
	text = world_read(w, GUARD, NULL);
	assert_non_null(strstr(text, guard));
	assert_non_null(strstr(text, "Requires=systemd-cryptsetup@srv\\x2ddata.service\n"));
	free(text);
	boots(w, NULL, WORLD_OPENED);
	run(w, 0, "bootseal check");
	run(w, 0, "bootseal status");
	says(w, "srv-data (5ea1ab1e-0000-4000-8000-000000000002)  opened by the system with a key on the");

	/* open and used already: systemd's own program goes on */
	ok(open_it(w));
	mapped(w, NULL, NULL, 0);
	switch_on(w);
	ok(open_it(w));
	mapped(w, "1", key, n);
	free(key);
	/* no such volume: nothing is opened, and nothing is wrong */
	assert_int_equal(late_open(&w->machine, "cryptroot", &w->err), 0);
	assert_int_equal(late_open(&w->machine, "other", &w->err), 0);
}

/* The attacker has the disk: same UUID, his own volume key. */
static void a_foreign_header(void **state)
{
	struct world *w = *state;

	run(w, 0, "bootseal enroll --key-file /key");
	world_shell(w, "cp dev/vdb1 run/mine && printf attacker >run/attacker && "
		       "cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "
		       "--uuid 5ea1ab1e-0000-4000-8000-000000000002 --key-file run/attacker dev/vdb1");
	refuses(w, -EKEYREJECTED, "its LUKS2 header changed");
	run(w, 5, "bootseal check");
	says(w, "the volume srv-data");
	says(w, "somebody else may have tampered with the machine");
	run(w, 5, "bootseal status");
	says(w, "WILL NOT BE OPENED");
	/* even one that the key opens, as where keyslots are not encrypted */
	world_shell(w, "cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "
		       "--key-slot 1 --uuid 5ea1ab1e-0000-4000-8000-000000000002 --key-file ." LATE_KEY_PATH
		       " dev/vdb1 && " IMPORT_TOKEN);
	refuses(w, -EKEYREJECTED, "its LUKS2 header changed");
	world_shell(w, "cp run/mine dev/vdb1 && cryptsetup luksUUID -q "
		       "--uuid 5ea1ab1e-0000-4000-8000-000000000003 dev/vdb1");
	refuses(w, -EKEYREJECTED, "its UUID is not the enrolled");
	world_shell(w, "head -c 20M /dev/zero >dev/vdb1");
	refuses(w, -EBADMSG, "no valid LUKS2 header");
	world_shell(w, "rm dev/vdb1");
	refuses(w, -ENOENT, "No such file");
	world_shell(w, "cp run/mine dev/vdb1");
	switch_on(w);
	ok(open_it(w));
	/* another device took the mapping's name */
	world_shell(w, "mkdir -p " MAPPING "/dm && echo LVM-x >" MAPPING "/dm/uuid && "
		       "echo srv-data >" MAPPING "/dm/name");
	assert_int_equal(open_it(w), -EKEYREJECTED);
	err_names(w, "what is open under its name is not the enrolled volume");
}

/* In the initramfs somebody is asked, and types what opens the attacker's header: the UUID is right. */
static void it_was_opened_before_us(void **state)
{
	struct world *w = *state;
	char *text;

	run(w, 0, "bootseal enroll --key-file /key");
	setenv("RECORDER_CLOSES", "1", 1);
	world_shell(w, "rm -f run/mapped");
	ok(open_it(w));
	text = world_read(w, "/run/mapped", NULL);
	assert_memory_equal(text, "close srv-data\n", 15);
	assert_non_null(strstr(text + 15, " srv-data 1 0x8 "));
	free(text);
	world_shell(w, "rm run/mapped && printf attacker >run/attacker && "
		       "cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "
		       "--uuid 5ea1ab1e-0000-4000-8000-000000000002 --key-file run/attacker dev/vdb1");
	assert_int_equal(open_it(w), -EKEYREJECTED);
	err_names(w, "its LUKS2 header changed");
	mapped(w, NULL, NULL, 0);
}

/* What /etc lost, or had restored. */
static void records_are_damaged(void **state)
{
	struct world *w = *state;

	run(w, 0, "bootseal enroll --key-file /key");
	world_shell(w, "cp -a etc/bootseal run/etc && echo short >." LATE_KEY_PATH);
	refuses(w, -EPERM, "/etc/bootseal/volumes.key: damaged");
	add_mapping(w);
	run(w, 5, "bootseal check");
	says(w, "'bootseal enroll --volume srv-data' makes a new keyslot");
	run(w, 0, "bootseal enroll --key-file /key");
	run(w, 0, "bootseal check");
	assert_int_equal(keyslots(w), 2);

	world_shell(w, "echo nonsense >." LATE_VOLUMES_PATH);
	run(w, 5, "bootseal check");
	says(w, "/etc/bootseal/volumes:1: not");
	says(w, "'bootseal enroll' with these volumes open writes a new list");
	run(w, 0, "bootseal reseal");
	assert_true(world_has(w, OPENS) && world_has(w, GUARD));
	assert_int_not_equal(program_run(w, NULL, "bootseal enroll --volume srv-data --key-file /key"), 0);
	run(w, 0, "bootseal device /dev/mapper/cryptroot");
	run(w, 0, "bootseal enroll --key-file /key");
	run(w, 0, "bootseal check");

	world_shell(w, "rm '.%s'", OPENS);
	run(w, 5, "bootseal check");
	says(w, "'bootseal reseal' writes it again");
	run(w, 0, "bootseal reseal");
	run(w, 0, "bootseal check");
	world_shell(w, "sed -i 's/^srv-data/#&/' etc/crypttab");
	run(w, 0, "bootseal check");
	says(w, "warning: the volume srv-data: /etc/crypttab has no line for it any more");
}

/* The right header, but the key opens nothing: then a person may, through the header that was judged. */
static void a_keyslot_is_gone(void **state)
{
	struct secret pass = SECRET_NONE, wrong = SECRET_NONE;
	struct world *w = *state;

	world_secret(WORLD_PASSPHRASE, &pass);
	world_secret("wrong", &wrong);
	run(w, 0, "bootseal enroll --key-file /key");
	world_shell(w, "cryptsetup luksKillSlot -q dev/vdb1 1 --key-file key");
	refuses(w, -EPERM, "no keyslot for the key on the root");
	assert_int_equal(late_open_by(&w->machine, "srv-data", &wrong, &w->err), -EPERM);
	mapped(w, NULL, NULL, 0);
	ok(late_open_by(&w->machine, "srv-data", &pass, &w->err));
	mapped(w, "0", WORLD_PASSPHRASE, strlen(WORLD_PASSPHRASE));
	world_shell(w, "cp ." LATE_KEY_PATH " run/key && rm ." LATE_KEY_PATH);
	refuses(w, -EPERM, "/etc/bootseal/volumes.key: missing");
	/* a keyslot so expensive that it hangs the boot is not tried */
	world_shell(w, "cp run/key ." LATE_KEY_PATH " && cryptsetup luksAddKey -q --pbkdf pbkdf2 "
		       "--pbkdf-force-iterations 2000000 --key-slot 1 --key-file key dev/vdb1 run/key && "
		       IMPORT_TOKEN);
	refuses(w, -EPERM, "");
	secret_free(&pass);
	secret_free(&wrong);
}

/* No report has the key; what a report is read by has the list. */
static void no_report_has_the_key(void **state)
{
	struct collected collected;
	struct world *w = *state;

	run(w, 0, "bootseal enroll --key-file /key");
	world_shell(w, "mkdir run/report");
	ok(collect_machine(&w->machine, w->swtpm.tcti, world_path(w, "/run/report"), &w->err, &collected));
	world_shell(w, "test -s run/report/etc/bootseal/volumes && "
		       "! find run/report -name '*.key' | grep . && "
		       "key=$(od -An -tx1 -v ." LATE_KEY_PATH " | tr -d ' \\n') && "
		       "! find run/report -type f -exec od -An -tx1 -v {} + | tr -d ' \\n' | "
		       "grep -q \"$key\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		late_test(is_enrolled_and_opened),
		late_test(a_foreign_header),
		late_test(it_was_opened_before_us),
		late_test(records_are_damaged),
		late_test(a_keyslot_is_gone),
		late_test(no_report_has_the_key),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
