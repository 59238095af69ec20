/*
 * Volumes that the running system opens, with a key on the encrypted root. What would be mapped is written
 * down by tests/swtpm/recorder.c, which takes the place of libcryptsetup's function.
 */
#include "program_steps.h"

#include "machine/collect.h"
#include "machine/enroll_late.h"
#include "machine/record/late_volumes.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"

#define DISK "/dev/vdb1"
#define OPENS "/etc/systemd/system/systemd-cryptsetup@srv\\x2ddata.service.d/50-bootseal.conf"
#define GUARD "/etc/systemd/system/srv.mount.d/50-bootseal.conf"
#define MAPPING "sys/dev/block/254:4"
#define IMPORT_TOKEN "printf '{\"type\":\"bootseal-late\",\"keyslots\":[\"1\"],\"version\":1}' | " \
		     "cryptsetup token import --disable-external-tokens dev/vdb1"

static void add_disk(struct world *w, const char *passphrase)
{
	char here[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	world_shell(w, "%s/tests/world/late-volume . '%s'", here, passphrase);
}

/* What late-volume made of it, and a test took away. */
static void add_mapping(struct world *w)
{
	world_shell(w, "u=5ea1ab1e-0000-4000-8000-000000000002 && "
		       "mkdir -p " MAPPING "/dm " MAPPING "/slaves/vdb1 && "
		       "echo CRYPT-LUKS2-$(echo $u | tr -d -)-srv-data >" MAPPING "/dm/uuid && "
		       "echo srv-data >" MAPPING "/dm/name && echo 254:17 >" MAPPING "/slaves/vdb1/dev && "
		       "ln -sf ../../vdb1 dev/disk/by-uuid/$u");
}

static int setup(void **state)
{
	int r = program_setup(state);
	struct world *w = *state;

	add_disk(w, WORLD_PASSPHRASE);
	setenv("RECORDER_FILE", world_path(w, "/run/mapped"), 1);
	unsetenv("RECORDER_ANSWER");
	unsetenv("RECORDER_CLOSES");
	return r;
}

#define late_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

static size_t keyslots(const struct world *w)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;
	size_t n;

	assert_int_equal(volume_open(world_path(w, DISK), &err, &v), 0);
	n = volume_keyslot_count(v);
	volume_close(v);
	return n;
}

static uint32_t named(const struct world *w)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;
	uint32_t mask;

	assert_int_equal(volume_open(world_path(w, DISK), &err, &v), 0);
	mask = volume_named(v, LATE_TOKEN_TYPE);
	volume_close(v);
	return mask;
}

/* The machine starts: the volume is not open yet. */
static void switch_on(struct world *w)
{
	world_shell(w, "rm -rf " MAPPING " run/mapped");
}

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

static void again_makes_nothing_new(void **state)
{
	struct world *w = *state;
	char *before, *after;

	run(w, 0, "bootseal enroll --key-file /key");
	before = world_read(w, LATE_KEY_PATH, NULL);
	run(w, 0, "bootseal enroll --key-file /key");
	says(w, "srv-data (/dev/vdb1): is enrolled: a key on the root opens it");
	after = world_read(w, LATE_KEY_PATH, NULL);
	assert_memory_equal(before, after, 32);
	assert_int_equal(keyslots(w), 2);
	free(before);
	free(after);
	/* what an administrator does to the keyslots changes nothing */
	world_shell(w, "printf other >run/other && cryptsetup luksAddKey -q --pbkdf pbkdf2 "
		       "--pbkdf-force-iterations 1000 --key-file key dev/vdb1 run/other");
	run(w, 0, "bootseal check");
	world_shell(w, "cryptsetup luksHeaderBackup --header-backup-file run/header dev/vdb1 && "
		       "cryptsetup luksKillSlot -q dev/vdb1 1 --key-file key");
	run(w, 5, "bootseal check");
	says(w, "the volume srv-data: its header has no keyslot for the key on the root");
	world_shell(w, "cryptsetup luksHeaderRestore -q --header-backup-file run/header dev/vdb1");
	run(w, 0, "bootseal check");
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

/* The owner's own doing: named, and accepted by the volume's name only. */
static void it_was_reencrypted(void **state)
{
	struct world *w = *state;

	run(w, 0, "bootseal enroll --key-file /key");
	world_shell(w, "cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "
		       "--uuid 5ea1ab1e-0000-4000-8000-000000000002 --key-file key dev/vdb1");
	run(w, 5, "bootseal check");
	says(w, "'bootseal enroll --volume srv-data' enrolls it again");
	run(w, 0, "bootseal enroll --key-file /key");
	says(w, "left as it is: its LUKS2 header changed since it was enrolled");
	assert_int_equal(keyslots(w), 1);
	run(w, 0, "bootseal enroll --volume srv-data --key-file /key");
	run(w, 0, "bootseal check");
	assert_int_equal(keyslots(w), 2);
	/* a new disk in its place, of another UUID, under the same name */
	world_shell(w, "cryptsetup luksUUID -q --uuid 5ea1ab1e-0000-4000-8000-000000000003 dev/vdb1 && "
		       "ln -s ../../vdb1 dev/disk/by-uuid/5ea1ab1e-0000-4000-8000-000000000003 && "
		       "sed -i 's/UUID=5ea1ab1e-0000-4000-8000-000000000002/UUID=5ea1ab1e-0000-4000-8000-"
		       "000000000003/' etc/crypttab");
	run(w, 5, "bootseal check");
	says(w, "its UUID is not the enrolled 5ea1ab1e-0000-4000-8000-000000000002");
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

static int answer(void *ctx, const char *name, struct secret *ret)
{
	const char *const **at = ctx;

	assert_string_equal(name, "srv-data");
	if (!**at)
		return -ENOTTY;
	world_secret(*(*at)++, ret);
	return 0;
}

/* Another passphrase: left out and said, asked for, or given later. */
static void another_passphrase(void **state)
{
	static const char *const typed[] = { "no", "its own", NULL }, *const *next = typed;
	struct secret pass = SECRET_NONE;
	struct enroll_options o = { .passphrase = &pass, .ask = answer, .ask_ctx = &next };
	struct world *w = *state;
	struct late_plan plan;

	world_secret(WORLD_PASSPHRASE, &pass);
	world_shell(w, "printf 'its own' >own && cryptsetup luksChangeKey -q --pbkdf pbkdf2 "
		       "--pbkdf-force-iterations 1000 --key-file key dev/vdb1 own");
	run(w, 0, "bootseal enroll --key-file /key");
	says(w, "left as it is: the passphrase does not unlock it; 'bootseal enroll --volume srv-data'");
	assert_int_equal(keyslots(w), 1);
	assert_false(world_has(w, OPENS));

	run(w, 5, "bootseal enroll --volume srv-data --key-file /key");
	says(w, "no keyslot opens with this passphrase");
	run(w, 0, "bootseal enroll --volume srv-data --key-file /own");
	says(w, "srv-data (/dev/vdb1) is opened with a key on the encrypted root from the next boot on");
	assert_true(world_has(w, OPENS));
	assert_true(world_has(w, GUARD));
	run(w, 0, "bootseal check");
	/* that key is no passphrase */
	run(w, 5, "bootseal enroll --volume srv-data --key-file " LATE_KEY_PATH);
	says(w, "this is the key on the root");

	run(w, 0, "bootseal remove --volume srv-data");
	says(w, "Removed: the keyslot of srv-data for the key on the root");
	assert_int_equal(keyslots(w), 1);
	assert_int_equal(named(w), 0);
	assert_false(world_has(w, OPENS) || world_has(w, GUARD));
	assert_false(world_has(w, LATE_VOLUMES_PATH));
	assert_false(world_has(w, LATE_KEY_PATH));
	assert_int_not_equal(program_run(w, NULL, "bootseal remove --volume srv-data"), 0);

	ok(late_plan_make(&w->machine, &o, &w->err, &plan));
	assert_int_equal(plan.n, 1);
	assert_null(*next);
	ok(late_plan_carry_out(&w->machine, &o, &plan, &w->err));
	late_plan_free(&plan);
	assert_int_equal(keyslots(w), 2);
	secret_free(&pass);
}

static void refused_by_name(void **state)
{
	static const char *const samples[][2] = {
		{ "srv-data UUID=5ea1ab1e-0000-4000-8000-000000000002 /etc/keys/data luks",
		  "its key file in crypttab is not supported by bootseal; write 'none' in its place" },
		{ "srv-data UUID=5ea1ab1e-0000-4000-8000-000000000002 none luks,header=/srv.header",
		  "its header is detached" },
		{ "other UUID=5ea1ab1e-0000-4000-8000-000000000002 none luks", "no line for it" },
	};
	struct world *w = *state;

	run(w, 3, "bootseal enroll --volume srv-data --key-file /key");
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	run(w, 0, "bootseal remove --volume srv-data");
	run(w, 5, "bootseal enroll --volume cryptroot --key-file /key");
	says(w, "it is opened in the initramfs");
	world_shell(w, "cp etc/crypttab run/crypttab");
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		world_shell(w, "sed '/srv-data/d' run/crypttab >etc/crypttab && echo '%s' >>etc/crypttab",
			    samples[i][0]);
		assert_int_not_equal(
			program_run(w, NULL, "bootseal enroll --volume srv-data --key-file /key"), 0);
		says(w, samples[i][1]);
	}
	/* as many as fit are enrolled: nothing is written */
	world_shell(w, "cp run/crypttab etc/crypttab && echo 'bootseal-volumes 1' >." LATE_VOLUMES_PATH " && "
		       "for i in 1 2 3 4 5 6 7 8; do echo target d$i 00000000-0000-4000-8000-00000000000$i "
		       "$(printf %%064d 0) >>." LATE_VOLUMES_PATH "; done");
	assert_int_not_equal(program_run(w, NULL, "bootseal enroll --volume srv-data --key-file /key"), 0);
	says(w, "8 volumes are enrolled beside the root, which is as many as fit");
	assert_int_equal(keyslots(w), 1);
	world_shell(w, "rm ." LATE_VOLUMES_PATH " && mv usr/lib/systemd usr/lib/away");
	run(w, 5, "bootseal enroll --volume srv-data --key-file /key");
	says(w, "install the package systemd-cryptsetup");
	world_shell(w, "mv usr/lib/away usr/lib/systemd");
	switch_on(w);
	assert_int_not_equal(program_run(w, NULL, "bootseal enroll --volume srv-data --key-file /key"), 0);
	says(w, "srv-data: not open now");
	assert_int_equal(keyslots(w), 1);
}

static void everything_goes(void **state)
{
	struct remove_report report;
	struct world *w = *state;
	char here[PATH_MAX];

	run(w, 0, "bootseal enroll --key-file /key");
	/* its only keyslot stays where it is */
	world_shell(w, "cp dev/vdb1 run/mine && "
		       "cryptsetup luksKillSlot -q dev/vdb1 0 --key-file ." LATE_KEY_PATH);
	assert_int_equal(world_remove(w, &report), -ECANCELED);
	err_names(w, "the key on the root opens its only keyslot");
	world_shell(w, "cp run/mine dev/vdb1");
	ok(world_remove(w, &report));
	assert_int_equal(report.volumes, 2);
	assert_int_equal(keyslots(w), 1);
	assert_int_equal(named(w), 0);
	assert_false(world_has(w, OPENS));
	assert_false(world_has(w, GUARD));
	assert_false(world_has(w, LATE_VOLUMES_PATH));
	assert_false(world_has(w, LATE_KEY_PATH));

	/* a disk that is not connected keeps its keyslot and the key, which may be the only one */
	run(w, 0, "bootseal enroll --key-file /key");
	world_shell(w, "mv dev/vdb1 run/away && rm -r " MAPPING " dev/disk/by-uuid/*2");
	run(w, 5, "bootseal remove --volume srv-data");
	says(w, "srv-data: not connected, and its keyslot may be its only one; connect it first");
	run(w, 0, "bootseal remove");
	says(w, "Not connected: srv-data.");
	assert_true(world_has(w, LATE_VOLUMES_PATH) && world_has(w, LATE_KEY_PATH));
	assert_false(world_has(w, OPENS));
	/* nor does dpkg --purge take it */
	assert_non_null(getcwd(here, sizeof(here)));
	world_shell(w, "cp %s/debian/postrm postrm", here);
	run(w, 0, "sh /postrm purge");
	says(w, "with the key of volumes beside the root");
	assert_true(world_has(w, LATE_VOLUMES_PATH) && world_has(w, LATE_KEY_PATH));
	world_shell(w, "mv run/away dev/vdb1");
	add_mapping(w);
	run(w, 0, "bootseal remove");
	assert_int_equal(keyslots(w), 1);
	assert_false(world_has(w, LATE_VOLUMES_PATH) || world_has(w, LATE_KEY_PATH));
}

/* /var on such a volume: our state and dpkg's lists lie there. */
static void records_lie_on_it(void **state)
{
	struct world *w = *state;

	world_shell(w, "echo '/dev/mapper/srv-data /var ext4 defaults 0 2' >>etc/fstab");
	run(w, 1, "bootseal enroll --key-file /key");
	says(w, "/var is not mounted, as /etc/fstab has it");
	says(w, "run 'mount /var', then this again");
	assert_int_equal(keyslots(w), 1);
	world_shell(w, "sed -i 's|/srv-data /var |/srv-data /var/ |' etc/fstab && "
		       "echo '30 20 254:4 / /var rw - ext4 /dev/mapper/srv-data rw' >>proc/self/mountinfo");
	run(w, 0, "bootseal enroll --key-file /key");
	run(w, 0, "bootseal check");
	run(w, 0, "bootseal reseal");
	run(w, 5, "bootseal remove --volume srv-data");
	says(w, "records that are trusted at each boot lie on it");
	/* in the emergency mode of a boot that did not open it */
	world_shell(w, "sed -i '/srv-data/d' proc/self/mountinfo");
	run(w, 1, "bootseal reseal");
	says(w, "/var is not mounted");
	/* on another volume, whose header nobody judges */
	world_shell(w, "echo '30 20 254:9 / /var rw - ext4 /dev/mapper/other rw' >>proc/self/mountinfo");
	run(w, 1, "bootseal reseal");
	says(w, "not on an enrolled volume");
}

/* A package that is gone runs nothing: what needs it would not be mounted, and the boot would stop. */
static void the_package_goes(void **state)
{
	struct world *w = *state;
	char here[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	run(w, 0, "bootseal enroll --key-file /key");
	assert_true(world_has(w, OPENS) && world_has(w, GUARD));
	world_shell(w, "cp %s/debian/postrm postrm && echo mine >etc/systemd/system/srv.mount.d/mine.conf && "
		       "mv etc/bootseal/anchor run/anchor", here);
	run(w, 0, "sh /postrm remove");
	assert_false(world_has(w, OPENS) || world_has(w, GUARD));
	assert_false(world_has(w, "/etc/systemd/system/systemd-cryptsetup@srv\\x2ddata.service.d"));
	assert_true(world_has(w, "/etc/systemd/system/srv.mount.d/mine.conf"));
	assert_true(world_has(w, LATE_VOLUMES_PATH) && world_has(w, LATE_KEY_PATH));
	/* installed again: its postinst reseals */
	world_shell(w, "mv run/anchor etc/bootseal/anchor");
	run(w, 0, "bootseal reseal");
	assert_true(world_has(w, OPENS) && world_has(w, GUARD));
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
		late_test(again_makes_nothing_new),
		late_test(a_foreign_header),
		late_test(it_was_opened_before_us),
		late_test(it_was_reencrypted),
		late_test(records_are_damaged),
		late_test(records_lie_on_it),
		late_test(a_keyslot_is_gone),
		late_test(another_passphrase),
		late_test(refused_by_name),
		late_test(everything_goes),
		late_test(the_package_goes),
		late_test(no_report_has_the_key),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
