/* Secrets: read, locked in memory, in no core dump and no child, wiped before their page goes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"

static const uint8_t *watched; /* a mapping with 32 bytes of a secret */
static bool went, went_wiped;

/* In place of libc's: were the secret's bytes gone before its page went? */
int munmap(void *at, size_t n)
{
	if (watched && at == watched) {
		went = true;
		went_wiped = memcmp(watched, (uint8_t[32]){ 0 }, 32) == 0;
		watched = NULL;
	}
	return (int)syscall(SYS_munmap, at, n);
}

static void test_secret_is_wiped(void **state)
{
	struct secret s = SECRET_NONE;

	went = false;
	assert_int_equal(secret_random(32, &s), 0);
	watched = s.bytes;
	secret_free(&s);
	assert_true(went);
	assert_true(went_wiped);
}

/* What the kernel says of the mapping (proc_pid_smaps(5)): locked, not dumped, wiped in a child. */
static void test_secret_stays_in_memory(void **state)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	struct secret s = SECRET_NONE;
	unsigned long from, to;
	bool here = false;
	char line[512];

	assert_int_equal(secret_random(32, &s), 0);
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from <= (uintptr_t)s.bytes && (uintptr_t)s.bytes < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			break;
	}
	fclose(maps);
	assert_true(here);
#ifndef __SANITIZE_ADDRESS__ /* it makes mlock() do nothing */
	assert_non_null(strstr(line, " lo"));
#endif
	assert_non_null(strstr(line, " dd"));
	assert_non_null(strstr(line, " wf"));
	secret_free(&s);
}

static void test_secret(void **state)
{
	struct secret s = SECRET_NONE, other = SECRET_NONE;
	unsigned char resident;
	int fd[2], status;
	uint8_t *was;
	pid_t child;

	secret_free(&s);
	assert_int_equal(secret_random(32, &s), 0);
	assert_int_equal(secret_random(32, &other), 0);
	assert_true(memcmp(s.bytes, other.bytes, 32) != 0);
	/* a child sees zeros */
	child = fork();
	if (child == 0)
		_exit(memcmp(s.bytes, (uint8_t[32]){ 0 }, 32) == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	was = s.bytes;
	secret_free(&s);
	secret_free(&s);
	assert_null(s.bytes);
	assert_int_equal(mincore(was, 1, &resident), -1);
	secret_free(&other);

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "line one\nrest", 13), 13);
	close(fd[1]);
	assert_int_equal(secret_read_line(fd[0], 8, NULL, NULL, &s), 0);
	assert_int_equal(s.len, 8);
	assert_memory_equal(s.bytes, "line one", 9);
	secret_free(&s);
	assert_int_equal(secret_read_fd(fd[0], 4, &s), 0);
	assert_int_equal(s.len, 4);
	assert_memory_equal(s.bytes, "rest", 4);
	secret_free(&s);
	close(fd[0]);
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "12345", 5), 5);
	close(fd[1]);
	assert_int_equal(secret_read_fd(fd[0], 4, &s), -EFBIG);
	assert_null(s.bytes);
	close(fd[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_secret_is_wiped),
		cmocka_unit_test(test_secret_stays_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
