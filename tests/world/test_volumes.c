/*
 * Volumes that are not as they were at the enrolment, or are not enrolled: what `bootseal` says of the next
 * boot, and what that boot does.
 */
#include "program_steps.h"

#include "machine/record/authority.h"
#include "seal/volume.h"
#include "seal/volume_token.h"

#define ROOT_LINE(name, options) name " UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks," options "\n"

static void enrolled(struct world *w)
{
	run(w, 0, "bootseal enroll --key-file /key");
	boots(w, NULL, WORLD_OPENED);
}

/* Says no, and the boot does ask. */
static void asks(struct world *w, const char *words)
{
	run(w, 5, "bootseal check");
	says(w, "No: the next boot will ask for the passphrase");
	says(w, words);
	run(w, 5, "bootseal status");
	says(w, "ASKS FOR THE PASSPHRASE at the next boot");
	says(w, words);
	assert_int_not_equal(world_boot_only(w, NULL), WORLD_OPENED);
}

static void mapping_is_renamed(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_write_text(w, "/etc/crypttab", ROOT_LINE("sda3_crypt", "discard"));
	/* the initrd still has the line, but systemd would ask for a volume of the new name */
	run(w, 5, "bootseal check");
	says(w, "the volume sda3_crypt");
	says(w, "(default): will unlock");
	run(w, 0, "update-initramfs -u -k " WORLD_OLD);
	says(w, "WILL ASK FOR THE PASSPHRASE");
	asks(w, "has no line for the enrolled volume 'cryptroot', but one for 'sda3_crypt'");
	world_write_text(w, "/etc/crypttab", ROOT_LINE("cryptroot", "discard"));
	run(w, 0, "update-initramfs -u -k " WORLD_OLD);
	run(w, 0, "bootseal reseal --accept-current");
	run(w, 0, "bootseal check");
	boots(w, NULL, WORLD_OPENED);
}

static void keyscript_is_added(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_write_text(w, "/etc/crypttab", ROOT_LINE("cryptroot", "keyscript=decrypt_keyctl,initramfs"));
	run(w, 0, "update-initramfs -u -k " WORLD_OLD);
	asks(w, "cryptroot: the option keyscript in crypttab is not supported");
}

/* Only the kernel whose initrd was made after the change is affected. */
static void other_kernel_keeps_its_line(void **state)
{
	struct world *w = *state;

	enrolled(w);
	run(w, 0, "kernel install " WORLD_NEW " && kernel grub && bootseal reseal --hook");
	boots(w, NULL, WORLD_OPENED);
	world_write_text(w, "/etc/crypttab", ROOT_LINE("sda3_crypt", "discard"));
	run(w, 0, "update-initramfs -u -k " WORLD_NEW);
	asks(w, "but one for 'sda3_crypt'");
	run(w, 5, "bootseal check");
	says(w, WORLD_OLD " (from the menu): will unlock");
	assert_int_equal(world_boot_only(w, world_entry(WORLD_OLD)), WORLD_OPENED);
}

#define LINE(name, number, rest) name " UUID=5ea1ab1e-0000-4000-8000-00000000000" #number " " rest "\n"

/* What the command says, its words broken over lines as for a terminal. */
static bool is_said(const struct world *w, const char *text)
{
	char *flat = strdup(w->output), *to = flat;
	bool found;

	for (const char *from = w->output; *from; from++) {
		bool blank = *from == '\n' || *from == ' ';

		if (!blank || (to > flat && to[-1] != ' '))
			*to++ = blank ? ' ' : *from;
	}
	*to = '\0';
	found = strstr(flat, text);
	free(flat);
	return found;
}

static void must_say(struct world *w, const char *text, bool expected)
{
	if (is_said(w, text) != expected)
		fail_msg("\"%s\" is %ssaid: %s", text, expected ? "not " : "", w->output);
}

/* The root unlocks, and that is not all: a volume to resume from, one of fstab. */
static void second_volumes(void **state)
{
	struct world *w = *state;

	world_write_text(w, "/etc/crypttab",
			 ROOT_LINE("cryptroot", "discard") LINE("cryptswap", 2, "none luks,swap")
			 LINE("crypthome", 3, "none luks"));
	world_write_text(w, "/etc/fstab",
			 "/dev/mapper/cryptroot / ext4 defaults 0 1\n/dev/mapper/cryptswap none swap sw 0 0\n"
			 "/dev/mapper/crypthome /home ext4 defaults 0 2\n");
	world_shell(w, "mkdir -p etc/initramfs-tools/conf.d && "
		       "echo RESUME=/dev/mapper/cryptswap >etc/initramfs-tools/conf.d/resume");
	run(w, 0, "bootseal enroll --key-file /key");
	must_say(w, "BUT THEN IT MAY WAIT FOR A PERSON: the volume cryptswap: it is not enrolled and asks "
		    "for its "
		    "passphrase in the initramfs", true);
	must_say(w, "the volume crypthome: it is not enrolled and asks for its passphrase when the system "
		    "starts",
		 true);
	boots(w, NULL, WORLD_OPENED);
	run(w, 5, "bootseal check");
	must_say(w, "Yes", false);
	must_say(w, "No: the next boot will unlock the root, but then it may wait for a person: the volume "
		    "cryptswap:",
		 true);
	must_say(w, "the volume crypthome:", true);
	run(w, 5, "bootseal status");
	must_say(w, "A PERSON: the volume cryptswap: it is not enrolled", true);
	must_say(w, "A PERSON: the volume crypthome: it is not enrolled", true);
	/* with keys on the root, and a key of one boot */
	world_write_text(w, "/etc/crypttab",
			 ROOT_LINE("cryptroot", "discard") LINE("cryptswap", 2, "/dev/urandom swap")
			 LINE("crypthome", 3, "/etc/keys/home luks"));
	world_shell(w, "rm etc/initramfs-tools/conf.d/resume && mkdir etc/keys && echo key >etc/keys/home");
	run(w, 0, "update-initramfs -u -k " WORLD_OLD);
	run(w, 0, "bootseal check");
	must_say(w, "Yes: the next boot will unlock automatically.", true);
	run(w, 0, "bootseal status");
	must_say(w, "WAIT FOR A PERSON", false);
	/* systemd asks for it then */
	world_shell(w, "rm etc/keys/home");
	run(w, 5, "bootseal check");
	must_say(w, "the volume crypthome: it is not enrolled and asks", true);
}

static void volumes_that_do_not_hold_up(void **state)
{
	struct world *w = *state;

	world_write_text(w, "/etc/crypttab",
			 ROOT_LINE("cryptroot", "discard") LINE("backup", 2, "none luks,noauto")
			 LINE("media", 3, "none luks,nofail"));
	enrolled(w);
	run(w, 0, "bootseal check");
	must_say(w, "warning: the volume media: it is not enrolled and asks for its passphrase", true);
	must_say(w, "backup", false);
	/* the mount waits for it nevertheless */
	world_write_text(w, "/etc/fstab", "/dev/mapper/backup /srv/backup ext4 defaults 0 2\n");
	run(w, 5, "bootseal check");
	must_say(w, "wait for a person: the volume backup:", true);
	/* a disk was added to the root's file system */
	world_write_text(w, "/etc/fstab", "");
	world_shell(w, "d=$(stat -c %%Hd:%%Ld .) && mkdir -p sys/fs/btrfs/aaaa/devices/dm-0 "
		       "sys/fs/btrfs/aaaa/devices/vdb && echo $d >sys/fs/btrfs/aaaa/devices/dm-0/dev && "
		       "echo 254:16 >sys/fs/btrfs/aaaa/devices/vdb/dev");
	run(w, 5, "bootseal check");
	must_say(w, "the root: the root file system lies on 'vdb', too, which is not encrypted", true);
}

/* "Cleaning up": somebody removed the keyslot that they did not know. */
static void keyslot_is_killed(void **state)
{
	struct world *w = *state;

	enrolled(w);
	world_shell(w, "cryptsetup luksKillSlot -q dev/vda3 1 --key-file key");
	run(w, 5, "bootseal check");
	must_say(w, "No: the next boot will ask for the passphrase.", true);
	must_say(w, "the TPM's keyslot was removed, perhaps with 'cryptsetup luksKillSlot'; 'bootseal "
		    "enroll' makes a "
		    "new one", true);
	run(w, 5, "bootseal status");
	must_say(w, "ASKS FOR THE PASSPHRASE at the next boot", true);
	must_say(w, "the TPM's keyslot was removed", true);
	boots(w, NULL, WORLD_TOKEN_GONE);
	says(w, "the TPM's keyslot was removed");
}

/* Tokens of others until so many bytes of the JSON area are free. */
static void fill_header(struct world *w, size_t leave)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;
	size_t room;

	assert_int_equal(volume_open(world_path(w, "/dev/vda3"), &err, &v), 0);
	assert_int_equal(volume_json_room(v, &err, &room), 0);
	volume_close(v);
	assert_true(room > leave + 100);
	world_shell(w, "printf '{\"type\":\"clevis\",\"keyslots\":[\"0\"],\"x\":\"%%s\"}' "
		       "$(head -c %zu /dev/zero | tr '\\0' a) | cryptsetup token import dev/vda3",
		    room - leave - 45);
}

static void no_room_to_enroll(void **state)
{
	struct world *w = *state;

	fill_header(w, 1500);
	assert_int_not_equal(program_run(w, NULL, "bootseal enroll --key-file /key"), 0);
	must_say(w, "more bytes of keyslots and tokens, and 1600 are needed", true);
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, AUTHORITY_PATH));
}

/* Room for a few boot paths: the default one is the last that goes. */
static void room_for_few(void **state)
{
	struct world *w = *state;

	fill_header(w, 1700);
	run(w, 0, "bootseal enroll --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run(w, 0, "kernel install " WORLD_NEW " && kernel grub && bootseal reseal --hook");
	must_say(w, "has no room for more boot paths", true);
	must_say(w, "Next boot Linux " WORLD_NEW " (default) will unlock automatically", true);
	boots(w, NULL, WORLD_OPENED);
}

static void a_copy_of_the_disk(void **state)
{
	struct world *w = *state;

	world_shell(w, "sed 's/^E:ID_PART_ENTRY_DISK=.*/E:ID_PART_ENTRY_DISK=254:16/' run/udev/data/b254:3 "
		       ">copy");
	world_shell(w, "cp copy run/udev/data/b254:19");
	assert_int_not_equal(program_run(w, NULL, "bootseal enroll --key-file /key"), 0);
	must_say(w, "the partitions 254:3 and 254:19 have the same UUID", true);
	must_say(w, "unplug one of them", true);
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, AUTHORITY_PATH));
	world_shell(w, "rm run/udev/data/b254:19");
	enrolled(w);
	run(w, 0, "bootseal check");
	world_shell(w, "cp copy run/udev/data/b254:19");
	run(w, 5, "bootseal check");
	must_say(w, "the disks: the partitions 254:3 and 254:19 have the same UUID", true);
}

/* bootseal-unlock would restart such a machine at every boot; both encrypted: a story of that name. */
static void root_on_two_volumes(void **state)
{
	struct world *w = *state;

	world_shell(w, "d=$(stat -c %%Hd:%%Ld .) && mkdir -p sys/fs/btrfs/aaaa/devices/dm-0 "
		       "sys/fs/btrfs/aaaa/devices/dm-1 sys/dev/block/254:4/dm && "
		       "echo $d >sys/fs/btrfs/aaaa/devices/dm-0/dev && "
		       "echo 254:4 >sys/fs/btrfs/aaaa/devices/dm-1/dev && "
		       "echo cryptroot2 >sys/dev/block/254:4/dm/name");
	assert_int_not_equal(program_run(w, NULL, "bootseal enroll --key-file /key"), 0);
	says(w, "the root file system lies on 'cryptroot2', too, which is not encrypted");
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, "/etc/bootseal/anchor"));
	assert_false(world_has(w, AUTHORITY_PATH));
}

/* Keys of other programs in the same header, and what enrol says once of the command line. */
static void other_keys_are_named(void **state)
{
	static const char tpm[] = "cryptroot, keyslot 0 (token 'systemd-tpm2', PCRs 7): systemd-cryptenroll";
	struct world *w = *state;

	run(w, 0, "bootseal enroll --key-file /key");
	must_say(w, "no 'panic='", true);
	must_say(w, "Warning", false);
	world_shell(w, "printf '{\"type\":\"systemd-tpm2\",\"keyslots\":[\"0\"],\"tpm2-pcrs\":[7]}' | "
		       "cryptsetup token import --disable-external-tokens dev/vda3");
	world_shell(w, "printf '{\"type\":\"systemd-recovery\",\"keyslots\":[\"0\"]}' | "
		       "cryptsetup token import --disable-external-tokens dev/vda3");
	run(w, 0, "bootseal check");
	must_say(w, tpm, true);
	must_say(w, "systemd-recovery", false);
	must_say(w, "panic=", false);
	run(w, 0, "bootseal status");
	must_say(w, tpm, true);
	must_say(w, "panic=", false);
	world_shell(w, "sed -i 's/ quiet/ quiet panic=30/' boot/grub/grub.cfg");
	boots(w, NULL, WORLD_ASKS);
	run(w, 0, "bootseal enroll --accept-current --key-file /key");
	must_say(w, tpm, true);
	must_say(w, "no 'panic='", false);
	boots(w, NULL, WORLD_OPENED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		program_test(mapping_is_renamed),
		program_test(keyscript_is_added),
		program_test(other_kernel_keeps_its_line),
		program_test(second_volumes),
		program_test(volumes_that_do_not_hold_up),
		program_test(keyslot_is_killed),
		program_test(no_room_to_enroll),
		program_test(room_for_few),
		program_test(a_copy_of_the_disk),
		program_test(root_on_two_volumes),
		program_test(other_keys_are_named),
	};

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
