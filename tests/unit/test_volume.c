/*
 * Opening a volume's header, and what libcryptsetup is told. Activation needs device-mapper: the VM tests do
 * it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <libcryptsetup.h>

#include "volume_sample.h"

static void what_is_no_volume(void **state)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;

	assert_int_equal(volume_open(in_dir("nowhere"), &err, &v), -ENOENT);
	assert_int_equal(volume_open(in_dir("plain.img"), &err, &v), -EBADMSG);
	assert_non_null(strstr(err.text, "plain.img"));
	assert_int_equal(volume_open(in_dir("evil/upper-uuid.img"), &err, &v), -EBADMSG);
	assert_non_null(strstr(err.text, "UUID"));
	assert_int_equal(volume_open(dir, &err, &v), -EIO);
	assert_null(v);
	volume_close(NULL);
}

static void reload_and_use(void **state)
{
	const struct volume_flags flags = { .discards = true };
	struct volume *v = opened("good.img");
	struct error err = ERROR_NONE;
	uint8_t pin[SHA256_LEN];

	assert_int_equal(volume_reload(v, &err), 0);
	assert_int_equal(volume_pin(v, 1, &err, pin), 0);
	assert_memory_equal(pin, good_pin, SHA256_LEN);
	/*
	 * what libcryptsetup says still arrives; there is no device-mapper here, or it does not take this
	 * name
	 */
	assert_int_equal(volume_activate(v, &(struct volume_mapping){ "name/with/slash", 1, &key, &flags },
					 &err),
			 -EIO);
	assert_null(strstr(err.text, strerror(EIO)));
	assert_int_equal(volume_activate(v, &(struct volume_mapping){ "x", -1, &key, &flags }, &err),
			 -EINVAL);
	volume_close(v);
}

static uint32_t *told_flags;

/*
 * In place of libcryptsetup's: while told_flags is set a mapping is not made, but what was asked for is kept.
 */
int crypt_activate_by_passphrase(struct crypt_device *cd, const char *name, int keyslot,
				 const char *passphrase, size_t passphrase_size, uint32_t flags)
{
	__typeof__(&crypt_activate_by_passphrase) real = dlsym(RTLD_NEXT, "crypt_activate_by_passphrase");

	if (!told_flags || !name)
		return real(cd, name, keyslot, passphrase, passphrase_size, flags);
	*told_flags = flags;
	return keyslot;
}

/* Each flag of crypttab is the one of libcryptsetup that `cryptsetup open` would set for it. */
static void flags_for_libcryptsetup(void **state)
{
	static const struct {
		struct volume_flags flags;
		uint32_t want;
	} each[] = {
		{ { .discards = false }, 0 },
		{ { .discards = true }, CRYPT_ACTIVATE_ALLOW_DISCARDS },
		{ { .no_read_workqueue = true }, CRYPT_ACTIVATE_NO_READ_WORKQUEUE },
		{ { .no_write_workqueue = true }, CRYPT_ACTIVATE_NO_WRITE_WORKQUEUE },
		{ { .same_cpu_crypt = true }, CRYPT_ACTIVATE_SAME_CPU_CRYPT },
		{ { .submit_from_crypt_cpus = true }, CRYPT_ACTIVATE_SUBMIT_FROM_CRYPT_CPUS },
		{ { .readonly = true }, CRYPT_ACTIVATE_READONLY },
		{ { .discards = true, .readonly = true },
		  CRYPT_ACTIVATE_ALLOW_DISCARDS | CRYPT_ACTIVATE_READONLY },
	};
	struct volume *v = opened("good.img");
	struct error err = ERROR_NONE;
	uint32_t told;

	told_flags = &told;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		told = UINT32_MAX;
		assert_int_equal(volume_activate(v, &(struct volume_mapping){ "x", 1, &key, &each[i].flags },
						 &err),
				 0);
		assert_int_equal(told, each[i].want);
	}
	told_flags = NULL;
	volume_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_volume),
		cmocka_unit_test(reload_and_use),
		cmocka_unit_test(flags_for_libcryptsetup),
	};

	return cmocka_run_group_tests(tests, volumes_make_evil, volumes_remove);
}
