/*
 * measured COMMAND...: runs it and prints microseconds from start to end and its peak of resident memory in
 * kilobytes. A small program does this because a child's peak begins with what its parent had when it forked.
 */
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec from, to;
	struct rusage usage;
	int status;
	pid_t child;

	if (argc < 2)
		errx(2, "usage: measured COMMAND...");
	clock_gettime(CLOCK_MONOTONIC, &from);
	child = vfork();
	if (child == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		err(1, "%s", argv[1]);
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "%s: wait status 0x%x", argv[1], status);
	printf("%ld %ld\n", (to.tv_sec - from.tv_sec) * 1000000L + (to.tv_nsec - from.tv_nsec) / 1000,
	       usage.ru_maxrss);
	return 0;
}
