/*
 * The static program at its end, when the kernel is about to give its pages to others: neither the PIN nor
 * what is made of it is in any of them. Needs root, for the memory of a program that is not dumpable.
 */
#include "pin_world.h"

#include <sys/ptrace.h>
#include <sys/random.h>

#define LOOKED_FOR 6
#define EACH_MAX 64

/* What is looked for, hidden from the search for it, which looks at other programs only. */
struct looked_for {
	const char *what;
	uint8_t bytes[EACH_MAX];
	size_t len;
};

static void look_for(struct looked_for *l, const char *what, const void *bytes, size_t n)
{
	l->what = what;
	l->len = n;
	assert_true(n <= sizeof(l->bytes));
	memcpy(l->bytes, bytes, n);
}

static void make_list(const struct pin_made *m, struct looked_for ret[static LOOKED_FOR])
{
	uint8_t padded[64];

	look_for(&ret[0], "the PIN", m->typed.bytes, m->typed.len);
	look_for(&ret[1], "what it is stretched to", m->stretched.bytes, m->stretched.len);
	look_for(&ret[2], "the authValue", m->auth.bytes, m->auth.len);
	look_for(&ret[3], "the keyslot's key", m->keyslot_key.bytes, m->keyslot_key.len);
	look_for(&ret[4], "what is sealed", TEST_KEY, strlen(TEST_KEY));
	/* HMAC's inner key (RFC 2104) */
	memset(padded, 0x36, sizeof(padded));
	for (size_t i = 0; i < m->typed.len; i++)
		padded[i] ^= m->typed.bytes[i];
	look_for(&ret[5], "the padded PIN", padded, m->typed.len);
}

static size_t search(int mem, unsigned long from, unsigned long to, const struct looked_for *l)
{
	size_t found = 0;
	uint8_t *all = malloc(to - from);
	ssize_t n;

	assert_non_null(all);
	n = pread(mem, all, to - from, from);
	for (uint8_t *at = all; n > 0 && (at = memmem(at, all + n - at, l->bytes, l->len)); at++)
		found++;
	free(all);
	return found;
}

/* Everything that the process can write to. */
static size_t copies(pid_t pid, const struct looked_for *l)
{
	char path[64], line[512], mode[5];
	unsigned long from, to;
	size_t found = 0, bytes = 0;
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	assert_true(mem >= 0);
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && mode[1] == 'w') {
			found += search(mem, from, to, l);
			bytes += to - from;
		}
	fclose(maps);
	close(mem);
	assert_true(bytes > 100000);
	return found;
}

/* Runs `open --pin` up to its end. ret_copies: of each, then. */
static int run_to_its_end(struct world *w, const char *typed, const struct looked_for *l,
			  size_t ret_copies[static LOOKED_FOR])
{
	pid_t pid = world_start(w, NULL, typed, "open", "--pin");
	int status;

	assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL), 0);
	for (;;) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSTOPPED(status));
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
			break;
		assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	}
	for (size_t i = 0; i < LOOKED_FOR; i++)
		ret_copies[i] = copies(pid, &l[i]);
	assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void leaves_nothing(const char *typed, int expected)
{
	struct looked_for l[LOOKED_FOR];
	size_t found[LOOKED_FOR];
	struct pin_made m;
	struct world w;

	world_setup(&w);
	pin_world_enroll(&w, NULL);
	pin_world_make(&w, typed, &m);
	make_list(&m, l);
	assert_int_equal(run_to_its_end(&w, typed, l, found), expected);
	for (size_t i = 0; i < LOOKED_FOR; i++)
		if (found[i])
			fail_msg("%s is in memory %zu times", l[i].what, found[i]);
	pin_made_free(&m);
	world_teardown(&w);
}

static void test_after_the_right_pin(void **state)
{
	leaves_nothing(PIN, 0);
}

/* Which may be hardly another than the right one. */
static void test_after_a_wrong_pin(void **state)
{
	leaves_nothing(PIN "x", 7);
}

static void test_search_finds(void **state)
{
	struct looked_for l = { .what = "this program" };
	static uint8_t here[32];

	assert_int_equal(getrandom(here, sizeof(here), 0), sizeof(here));
	look_for(&l, "a secret of this program", here, sizeof(here));
	assert_true(copies(getpid(), &l) >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search_finds),
		cmocka_unit_test(test_after_the_right_pin),
		cmocka_unit_test(test_after_a_wrong_pin),
	};

	return cmocka_run_group_tests_name("PIN in memory", tests, world_make_image, world_remove_image);
}
