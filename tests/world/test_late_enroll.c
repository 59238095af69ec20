/* Volumes that the running system opens, with a key on the encrypted root: enrolling and removing them. */
#include "late_steps.h"

#include "machine/enroll_late.h"

#define late_test(f) cmocka_unit_test_setup_teardown(f, late_setup, world_teardown)

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		late_test(again_makes_nothing_new),
		late_test(it_was_reencrypted),
		late_test(records_lie_on_it),
		late_test(another_passphrase),
		late_test(refused_by_name),
		late_test(everything_goes),
		late_test(the_package_goes),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
