/* Keyslots: adding ours, knowing it again, and never removing the last one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "seal/volume_keyslot.h"
#include "seal/volume_token.h"
#include "seal_samples.h"
#include "volume_sample.h"

static void keyslots(void **state)
{
	struct volume *v = opened("good.img");
	struct error err = ERROR_NONE;
	int slot = -1;

	assert_string_equal(volume_uuid(v), VOLUME_UUID);
	assert_int_equal(volume_keyslot_count(v), 2);
	assert_int_equal(volume_keyslot_test(v, -1, &pass, &err, &slot), 0);
	assert_int_equal(slot, 0);
	assert_int_equal(volume_keyslot_test(v, 1, &key, &err, &slot), 0);
	assert_int_equal(slot, 1);
	slot = -9;
	assert_int_equal(volume_keyslot_test(v, 1, &pass, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_test(v, 0, &key, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_test(v, 5, &key, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_test(v, -1, &wrong, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_add(v, &wrong, &key, &err, &slot), -EPERM);
	assert_int_equal(slot, -9);
	assert_int_equal(volume_keyslot_count(v), 2);
	volume_close(v);
}

/* An unbound keyslot, which libcryptsetup tries as well, makes it answer ENOENT instead. */
static void wrong_beside_an_unbound_keyslot(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v;
	int slot = -9;

	sh("cp good.img unbound.img; printf unbound >unbound; cryptsetup -q luksAddKey --unbound --key-size "
	   "256 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 unbound.img unbound");
	v = opened("unbound.img");
	assert_int_equal(volume_keyslot_count(v), 3);
	assert_int_equal(volume_keyslot_test(v, -1, &wrong, &err, &slot), -EPERM);
	assert_int_equal(volume_keyslot_add(v, &wrong, &key, &err, &slot), -EPERM);
	assert_int_equal(slot, -9);
	volume_close(v);
}

static void all_keyslots_taken(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v;
	int slot = -9;

	sh("cp good.img slots.img");
	v = opened("slots.img");
	for (int i = 2; i < KEYSLOT_MAX; i++) {
		assert_int_equal(volume_keyslot_add(v, &pass, &key, &err, &slot), 0);
		assert_int_equal(slot, i);
	}
	assert_int_equal(volume_keyslot_add(v, &pass, &key, &err, &slot), -ENOSPC);
	assert_int_equal(volume_keyslot_count(v), KEYSLOT_MAX);
	volume_close(v);
}

static void our_keyslot_is_cheap(void **state)
{
	sh("cryptsetup luksDump good.img | sed -n '/^  1: luks2/,/^Tokens/p' >slot1");
	sh("grep -q 'PBKDF: *pbkdf2' slot1 && grep -qE 'Iterations: 1[0-2][0-9][0-9]$' slot1 && grep -q "
	   "'Cipher: *aes-xts-plain64' slot1 && grep -q 'Hash: *sha256' slot1");
}

/* What an interrupted run left is told from everything else. */
static void planned_keyslot_is_known_again(void **state)
{
	struct keyslot_plan plan, other;
	struct error err = ERROR_NONE;
	struct volume *v;
	struct token t;
	int id;

	sh("cp base.img planned.img");
	v = opened("planned.img");
	assert_int_equal(volume_keyslot_plan(v, &err, &plan), 0);
	assert_int_equal(plan.keyslot, 1);
	assert_in_range(plan.iterations, 1001, 1256);
	assert_false(volume_keyslot_is_unnamed(v, &plan)); /* nothing is there yet */
	assert_int_equal(volume_keyslot_add_planned(v, &pass, &key, &plan, &err), 0);
	assert_true(volume_keyslot_is_unnamed(v, &plan));
	assert_int_equal(volume_keyslot_add_planned(v, &pass, &key, &plan, &err), -EIO); /* taken */
	other = plan;
	other.iterations++;
	assert_false(volume_keyslot_is_unnamed(v, &other));
	other = plan;
	other.keyslot = 0; /* the passphrase's */
	assert_false(volume_keyslot_is_unnamed(v, &other));
	other.keyslot = -1;
	assert_false(volume_keyslot_is_unnamed(v, &other));
	other.keyslot = KEYSLOT_MAX;
	assert_false(volume_keyslot_is_unnamed(v, &other));
	/* a token names it: it is in use */
	sample_token(&t, plan.keyslot, 1, 2, 300);
	assert_int_equal(volume_token_write(v, -1, &t, &err, &id), 0);
	assert_false(volume_keyslot_is_unnamed(v, &plan));
	assert_int_equal(volume_token_remove(v, id, &err), 0);
	/* another's of the same number, as cryptsetup makes them */
	assert_int_equal(volume_keyslot_remove(v, 1, &err), 0);
	volume_close(v);
	sh("cryptsetup -q luksAddKey --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "
	   "--key-file pass planned.img two");
	v = opened("planned.img");
	assert_int_equal(volume_keyslot_count(v), 2);
	assert_false(volume_keyslot_is_unnamed(v, &plan));
	volume_close(v);
}

static void last_keyslot_stays(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v;

	sh("cp good.img last.img");
	v = opened("last.img");
	assert_int_equal(volume_keyslot_remove(v, 32, &err), -EINVAL);
	assert_int_equal(volume_keyslot_remove(v, -1, &err), -EINVAL);
	assert_int_equal(volume_keyslot_remove(v, 1, &err), 0);
	assert_int_equal(volume_keyslot_remove(v, 0, &err), -EBUSY);
	assert_int_equal(volume_keyslot_count(v), 1);
	volume_close(v);
}

/* After the keyslot went the token names none: it cannot be read, but must still be found and removed. */
static void remove_all(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v;
	struct token t;
	int id = -1;

	sh("cp good.img gone.img");
	v = opened("gone.img");
	assert_int_equal(volume_keyslot_remove(v, 1, &err), 0);
	assert_int_equal(volume_token(v, &err, &id, &t), -EBADMSG);
	assert_int_equal(volume_token_find(v, 0, &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(volume_token_remove(v, id, &err), 0);
	assert_int_equal(volume_token_remove(v, id, &err), -ENODATA);
	assert_int_equal(volume_token_find(v, 0, &id), -ENODATA);
	assert_int_equal(volume_token(v, &err, &id, &t), -ENODATA);
	volume_close(v);
	v = opened("gone.img");
	assert_int_equal(volume_token(v, &err, &id, &t), -ENODATA);
	volume_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keyslots),
		cmocka_unit_test(wrong_beside_an_unbound_keyslot),
		cmocka_unit_test(all_keyslots_taken),
		cmocka_unit_test(our_keyslot_is_cheap),
		cmocka_unit_test(planned_keyslot_is_known_again),
		cmocka_unit_test(last_keyslot_stays),
		cmocka_unit_test(remove_all),
	};

	return cmocka_run_group_tests(tests, volumes_make, volumes_remove);
}
