/*
 * The key is nowhere in this process's memory once it is no longer needed, and other processes cannot look
 * into that of ours.
 */
#include "deployed.h"

#include <dlfcn.h>
#include <grp.h>
#include <malloc.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <tss2/tss2_esys.h>

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

/* What ESYS was told and what it was answered in a first boot, likewise. */
static void test_after_a_first_boot(void **state)
{
	static struct deployed d;
	struct secret key = SECRET_NONE;
	struct deploy_request q = { .srk = &d.srk, .key = &key, .mask = SAMPLE_PCRS, .resets = 1000,
				    .branches = f.branch, .branch_count = 1 };
	TPM2B_PUBLIC ecc = srk_of(false);

	ecc.publicArea.unique.ecc.x.size = ecc.publicArea.unique.ecc.y.size = 32;
	deployed_primary(&f.swtpm, &ecc, false, &d.srk); /* the persistent one */
	assert_int_equal(secret_random(sizeof(mask), &key), 0);
	assert_int_equal(getrandom(mask, sizeof(mask), 0), sizeof(mask));
	for (size_t i = 0; i < sizeof(mask); i++)
		masked[i] = key.bytes[i] ^ mask[i];
	assert_int_equal(copies(), 1);
	check_ok(tpm_deploy(&q, &err, &d.sealed));
	assert_int_equal(copies(), 1);
	secret_free(&key);
	check_ok(tpm_first_boot(f.t, &d.sealed, &err, &key));
	check_ok(tpm_close_window(f.t, &d.sealed.srk, "bootseal test", true, &err));
	assert_int_equal(copies(), 1);
	secret_free(&key);
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

/* Of a key that is sealed with a PIN: neither it nor the authValue. */
static void remember(const struct secret *s)
{
	assert_int_equal(s->len, sizeof(mask));
	assert_int_equal(getrandom(mask, sizeof(mask), 0), sizeof(mask));
	for (size_t i = 0; i < sizeof(mask); i++)
		masked[i] = s->bytes[i] ^ mask[i];
}

static void with_a_pin(bool look_for_the_key)
{
	struct secret key = SECRET_NONE, auth = SECRET_NONE, again = SECRET_NONE;
	struct unseal_request q;

	assert_int_equal(secret_random(32, &key), 0);
	assert_int_equal(secret_random(32, &auth), 0);
	remember(look_for_the_key ? &key : &auth);
	assert_int_equal(copies(), 1);
	buffer_free(&f.object);
	check_ok(tpm_seal_pin(f.t, &(struct sealed_pin){ &key, &auth }, &f.index, &err, &f.object));
	assert_int_equal(copies(), 1);
	secret_free(&key);
	q = fixture_request(&f, 0);
	q.auth = &auth;
	check_ok(tpm_unseal(f.t, &q, &err, &again));
	check_ok(tpm_close_window(f.t, &f.srk, "bootseal test", true, &err));
	secret_free(&again);
	secret_free(&auth);
}

static void test_key_after_a_pin(void **state)
{
	with_a_pin(true);
	assert_int_equal(copies(), 0);
}

static void test_auth_value_after_a_pin(void **state)
{
	with_a_pin(false);
	assert_int_equal(copies(), 0);
}

static unsigned int given_back, with_the_key;

/* In place of tpm2-tss's: what it gives back to malloc() holds no key. */
void Esys_Free(void *p)
{
	void (*real)(void *) = (void (*)(void *))dlsym(RTLD_NEXT, "Esys_Free");
	size_t n = p ? malloc_usable_size(p) : 0;

	given_back += n >= sizeof(TPM2B_SENSITIVE_DATA);
	for (size_t i = 0; i + sizeof(mask) <= n; i++)
		with_the_key += is_key((const uint8_t *)p + i);
	real(p);
}

static void test_unsealed_copy_is_wiped(void **state)
{
	struct unseal_request q;
	struct secret key = SECRET_NONE;

	seal_random();
	q = fixture_request(&f, 0);
	given_back = with_the_key = 0;
	check_ok(tpm_unseal(f.t, &q, &err, &key));
	assert_true(is_key(key.bytes));
	assert_true(given_back >= 1);
	assert_int_equal(with_the_key, 0);
	secret_free(&key);
}

/* Of nobody, who may read the program, so that the kernel's default is dumpable. Stops when it ends. */
static void exec_traced(int program, const char *name)
{
	int null = open("/dev/null", O_RDWR);

	if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		_exit(126);
	if (getuid() == 0 && (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0))
		_exit(126);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(126);
	fexecve(program, (char *[]){ (char *)name, (char *)"--version", NULL }, environ);
	_exit(127);
}

/*
 * Who owns the files of a process in /proc: root if it is not dumpable, otherwise who runs it
 * (proc_pid_status(5)). Asked at the end of the process, when it has done all that it does.
 */
static uid_t owner_at_its_end(const char *path)
{
	int status, program = open(path, O_RDONLY | O_CLOEXEC);
	char proc[64];
	struct stat st;
	pid_t pid;

	assert_true(program >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		exec_traced(program, path);
	close(program);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSTOPPED(status))
		fail_msg("%s cannot be traced: status 0x%x", path, status);
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL), 0);
	assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status >> 8, SIGTRAP | PTRACE_EVENT_EXIT << 8);
	snprintf(proc, sizeof(proc), "/proc/%d/status", pid);
	assert_int_equal(stat(proc, &st), 0);
	assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return st.st_uid;
}

static void test_programs_are_not_dumpable(void **state)
{
	const char *unlock = getenv("BOOTSEAL_UNLOCK");
	const uid_t us = getuid() == 0 ? 65534 : getuid();

	assert_int_equal(owner_at_its_end(unlock ? unlock : "build/bootseal-unlock"), 0);
	assert_int_equal(owner_at_its_end("build/bootseal"), 0);
	/* and another program is */
	assert_int_equal(owner_at_its_end("/usr/bin/env"), us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_after_sealing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_after_the_window_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_after_a_first_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_key_after_a_pin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_auth_value_after_a_pin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unsealed_copy_is_wiped, setup, teardown),
		cmocka_unit_test(test_programs_are_not_dumpable),
	};

	return cmocka_run_group_tests_name("key in memory", tests, NULL, NULL);
}
