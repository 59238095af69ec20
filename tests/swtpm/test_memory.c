/* The key is nowhere in this process's memory once it is no longer needed. */
#include "fixture.h"

#include "seal/tpm_window.h"

static struct fixture f;
static uint8_t mask[32],
	masked[32]; /* the key is looked for as masked ^ mask, so that the search does not find itself */

static int setup(void **state)
{
	return fixture_setup(&f, 1, 0);
}

static int teardown(void **state)
{
	fixture_teardown(&f);
	return 0;
}

static bool is_key(const uint8_t *at)
{
	for (size_t i = 0; i < sizeof(mask); i++)
		if ((at[i] ^ mask[i]) != masked[i])
			return false;
	return true;
}

static unsigned int count_in(int fd, unsigned long from, unsigned long to)
{
	static uint8_t chunk[65536];
	unsigned int found = 0;

	for (unsigned long at = from; at < to; at += sizeof(chunk) - 31) {
		ssize_t n = pread(fd, chunk, to - at < sizeof(chunk) ? to - at : sizeof(chunk), at);

		for (ssize_t i = 0; i + 32 <= n; i++)
			found += is_key(chunk + i) &&
				 !(at + i >= (uintptr_t)chunk && at + i < (uintptr_t)chunk + sizeof(chunk));
	}
	explicit_bzero(chunk, sizeof(chunk));
	return found;
}

static unsigned int copies(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	unsigned int found = 0;
	char line[512], mode[5];

	assert_non_null(maps);
	assert_true(fd >= 0);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && mode[0] == 'r' && mode[1] == 'w')
			found += count_in(fd, from, to);
	fclose(maps);
	close(fd);
	return found;
}

static void seal_random(void)
{
	struct secret key = SECRET_NONE;
	FILE *random = fopen("/dev/urandom", "r");

	assert_int_equal(fread(mask, 1, sizeof(mask), random), sizeof(mask));
	fclose(random);
	assert_int_equal(secret_random(sizeof(mask), &key), 0);
	for (size_t i = 0; i < sizeof(mask); i++)
		masked[i] = key.bytes[i] ^ mask[i];
	assert_int_equal(copies(), 1); /* the search finds the one that there is */
	buffer_free(&f.object);
	check_ok(tpm_seal(f.t, &key, &f.index, &err, &f.object));
	secret_free(&key);
}

static void test_after_sealing(void **state)
{
	seal_random();
	assert_int_equal(copies(), 0);
}

static void test_after_the_window_closed(void **state)
{
	struct unseal_request q;
	struct secret key = SECRET_NONE;

	seal_random();
	q = fixture_request(&f, 0);
	check_ok(tpm_unseal(f.t, &q, &err, &key));
	assert_true(copies() >= 1);
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal cryptroot 11111111-2222-3333-4444-555555555555",
				  false, &err));
	assert_int_equal(copies(), 1);
	secret_free(&key);
	assert_int_equal(copies(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_after_sealing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_after_the_window_closed, setup, teardown),
	};

	return cmocka_run_group_tests_name("key in memory", tests, NULL, NULL);
}
