/*
 * Volumes that are not as they were at the enrolment, or are not enrolled: what `bootseal` says of the next
 * boot, and what that boot does.
 */
#include "program.h"
#include "steps.h"

#include "machine/record/authority.h"

#define ROOT_LINE(name, options) name " UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks," options "\n"

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	world_new(w);
	program_install(w);
	*state = w;
	return 0;
}

#define volume_test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

static void run(struct world *w, int expected, const char *line)
{
	int code = program_run(w, NULL, "%s", line);

	if (code != expected)
		fail_msg("%s: %d instead of %d: %s", line, code, expected, w->output);
}

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
	/* nothing has changed for the next boot yet */
	run(w, 0, "bootseal check");
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

/* bootseal-unlock would restart such a machine at every boot. */
static void root_on_two_volumes(void **state)
{
	struct world *w = *state;

	world_shell(w, "d=$(stat -c %%Hd:%%Ld .) && mkdir -p sys/fs/btrfs/aaaa/devices/dm-0 "
		       "sys/fs/btrfs/aaaa/devices/dm-1 sys/dev/block/254:4/dm && "
		       "echo $d >sys/fs/btrfs/aaaa/devices/dm-0/dev && "
		       "echo 254:4 >sys/fs/btrfs/aaaa/devices/dm-1/dev && "
		       "echo cryptroot2 >sys/dev/block/254:4/dm/name");
	assert_int_not_equal(program_run(w, NULL, "bootseal enroll --key-file /key"), 0);
	says(w, "on more than one volume: on 'cryptroot' and on 'cryptroot2', too");
	assert_int_equal(world_keyslots(w), 1);
	assert_false(world_has(w, "/etc/bootseal/anchor"));
	assert_false(world_has(w, AUTHORITY_PATH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		volume_test(mapping_is_renamed),
		volume_test(keyscript_is_added),
		volume_test(other_kernel_keeps_its_line),
		volume_test(root_on_two_volumes),
	};

	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
