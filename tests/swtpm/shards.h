/*
 * A test program in several processes that share its cases: what waits in one of them does not hold up the
 *others.
 *
 *	int main(void) { return shards_main(run, "what"); }
 *
 * run() is the whole program: cmocka's groups and all. Within it shard_mine(number of the test, number of the
 *case) tells which cases are this process's. FAULTS=all runs every case, FAULTS=N every N-th, otherwise it is
 *a short sample; SHARDS says how many processes.
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

extern unsigned int shard_lost[SHARD_TESTS]; /* of this process: it alone says so */
extern bool shard_all;
bool shard_mine(unsigned int test, unsigned int number, unsigned int step);
void shard_count(unsigned int test, bool lost);
int shards_main(int (*run)(void), const char *const *names);

#endif
