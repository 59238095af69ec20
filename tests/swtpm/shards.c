#include "shards.h"

static struct shards {
	unsigned int next[SHARD_TESTS]; /* case that the next process takes */
	unsigned int tried[SHARD_TESTS], lost[SHARD_TESTS];
} *shards;

static unsigned int shard_claimed[SHARD_TESTS];

unsigned int shard_lost[SHARD_TESTS]; /* of this process: it alone says so */

static bool shard_has[SHARD_TESTS];

bool shard_all;

static unsigned int shard_every = 1; /* with shard_all */

bool shard_mine(unsigned int test, unsigned int number, unsigned int step)
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

void shard_count(unsigned int test, bool lost)
{
	__atomic_fetch_add(&shards->tried[test], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&shards->lost[test], lost, __ATOMIC_RELAXED);
	shard_lost[test] += lost;
}

/* What passed is said by the first alone: each of them runs each test, with cases of its own. */
static void shard_print(FILE *from, bool is_first)
{
	char text[4096];

	rewind(from);
	while (fgets(text, sizeof(text), from))
		if (is_first || strncmp(text, "ok ", 3) != 0)
			fputs(text, stdout);
	fclose(from);
}

int shards_main(int (*run)(void), const char *const *names)
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
