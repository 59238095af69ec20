/*
 * In the place of libcryptsetup's two functions that make a mapping, in build/tests/swtpm/unlock-recorder:
 * what was asked for is written down, one line a mapping, and answered as if it had been made.
 *
 *	DEVICE NAME KEYSLOT FLAGS KEY
 *
 * A mapping that is to be closed is "close NAME", where RECORDER_CLOSES is set; otherwise it is in use.
 *
 * RECORDER_FILE is where to. RECORDER_ANSWER, when set, is the answer; otherwise it is what the keyslot says
 * to that key. A keyslot that is only tested (no name) is none of the recorder's business.
 */
#include <errno.h>
#include <libcryptsetup.h>
#include <stdio.h>
#include <stdlib.h>

int __real_crypt_activate_by_passphrase(struct crypt_device *cd, const char *name, int keyslot,
					const char *passphrase, size_t len, uint32_t flags);
int __wrap_crypt_activate_by_passphrase(struct crypt_device *cd, const char *name, int keyslot,
					const char *passphrase, size_t len, uint32_t flags);
int __wrap_crypt_activate_by_volume_key(struct crypt_device *cd, const char *name, const char *key,
					size_t len, uint32_t flags);
int __wrap_crypt_deactivate(struct crypt_device *cd, const char *name);

static void record(struct crypt_device *cd, const char *name, const char *keyslot, uint32_t flags,
		   const char *key, size_t len)
{
	FILE *file = fopen(getenv("RECORDER_FILE"), "a");

	if (!file)
		abort();
	fprintf(file, "%s %s %s 0x%x ", crypt_get_device_name(cd), name, keyslot, flags);
	/* a random key may have a NUL in it */
	if (fwrite(key, 1, len, file) != len || fputc('\n', file) == EOF || fclose(file) != 0)
		abort();
}

int __wrap_crypt_activate_by_passphrase(struct crypt_device *cd, const char *name, int keyslot,
					const char *passphrase, size_t len, uint32_t flags)
{
	const char *answer = getenv("RECORDER_ANSWER");
	char number[16];

	if (!name)
		return __real_crypt_activate_by_passphrase(cd, name, keyslot, passphrase, len, flags);
	snprintf(number, sizeof(number), "%d", keyslot);
	record(cd, name, number, flags, passphrase, len);
	return answer ? atoi(answer)
		      : __real_crypt_activate_by_passphrase(cd, NULL, keyslot, passphrase, len, 0);
}

/* Nobody of ours calls it: by a volume key no keyslot is proven. */
int __wrap_crypt_activate_by_volume_key(struct crypt_device *cd, const char *name, const char *key,
					size_t len, uint32_t flags)
{
	record(cd, name ? name : "-", "volume-key", flags, key, len);
	return 0;
}

int __wrap_crypt_deactivate(struct crypt_device *cd, const char *name)
{
	FILE *file;

	if (!getenv("RECORDER_CLOSES"))
		return -EBUSY;
	file = fopen(getenv("RECORDER_FILE"), "a");
	if (!file || fprintf(file, "close %s\n", name) < 0 || fclose(file) != 0)
		abort();
	return 0;
}
