/*
 * A test program in several processes that share its cases: what waits in one of them does not hold up the others.
 *
 *	int main(void) { return shards_main(run, "what"); }
 *
 * run() is the whole program: cmocka's groups and all. Within it shard_mine(number of the test, number of the case) tells which
 * cases are this process's. FAULTS=all runs every case, FAULTS=N every N-th, otherwise it is a short sample; SHARDS says how many processes.
 */
#ifndef TESTS_SHARDS_H
#define TESTS_SHARDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#define SHARDS_MAX 32
#define SHARD_TESTS 16

static struct shards {
	unsigned int next[SHARD_TESTS]; /* case that the next process takes */
	unsigned int tried[SHARD_TESTS], lost[SHARD_TESTS];
} *shards;

static unsigned int shard_claimed[SHARD_TESTS];
static unsigned int shard_lost[SHARD_TESTS]; /* of this process: it alone says so */
static bool shard_has[SHARD_TESTS];
static bool shard_all;
static unsigned int shard_every = 1; /* with shard_all */

static inline bool shard_mine(unsigned int test, unsigned int number, unsigned int step)
{
	if (shard_all)
		step = shard_every;
	if (number % step != 0)
		return false;
	number /= step;
	if (!shard_has[test])
		shard_claimed[test] = __atomic_fetch_add(&shards->next[test], 1, __ATOMIC_RELAXED);
	shard_has[test] = shard_claimed[test] != number;
	return !shard_has[test];
}

static inline void shard_count(unsigned int test, bool lost)
{
	__atomic_fetch_add(&shards->tried[test], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&shards->lost[test], lost, __ATOMIC_RELAXED);
	shard_lost[test] += lost;
}

/* What passed is said by the first alone: each of them runs each test, with cases of its own. */
static inline void shard_print(FILE *from, bool is_first)
{
	char text[4096];

	rewind(from);
	while (fgets(text, sizeof(text), from))
		if (is_first || strncmp(text, "ok ", 3) != 0)
			fputs(text, stdout);
	fclose(from);
}

static inline int shards_main(int (*run)(void), const char *const *names)
{
	const char *value = getenv("FAULTS"), *wanted = getenv("SHARDS");
	unsigned int n, tried = 0, lost = 0;
	FILE *output[SHARDS_MAX];
	pid_t pid[SHARDS_MAX];
	int status, bad = 0;

	shard_all = value != NULL;
	if (value && strcmp(value, "all") != 0)
		shard_every = strtoul(value, NULL, 10);
	if (shard_every == 0)
		return 2;
	n = wanted ? strtoul(wanted, NULL, 10) : shard_all ? 16 : 4;
	if (n < 1 || n > SHARDS_MAX)
		return 2;
	shards = mmap(NULL, sizeof(*shards), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shards == MAP_FAILED)
		return 2;
	for (unsigned int i = 0; i < n; i++) {
		output[i] = tmpfile();
		pid[i] = output[i] ? fork() : -1;
		if (pid[i] < 0)
			return 2;
		if (pid[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			dup2(fileno(output[i]), 1);
			dup2(fileno(output[i]), 2);
			exit(run());
		}
	}
	for (unsigned int i = 0; i < n; i++) {
		waitpid(pid[i], &status, 0);
		bad |= status;
		shard_print(output[i], i == 0);
	}
	for (unsigned int i = 0; names[i]; i++) {
		printf("# %s: %u faults, %u not survived\n", names[i], shards->tried[i], shards->lost[i]);
		tried += shards->tried[i];
		lost += shards->lost[i];
	}
	printf("# tally faults %u %u\n", tried, lost);
	return bad != 0;
}

#endif
