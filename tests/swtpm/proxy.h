/*
 * Stands between a program and its swtpm: counts the commands, can make one of them fail, and can listen.
 *
 *	proxy_start(&p, &swtpm, 0 or a TPM2_CC);   p.tcti is for the program under test
 *	n = proxy_stop(&p);                        how many commands it sent
 */
#ifndef TESTS_PROXY_H
#define TESTS_PROXY_H

#include "swtpm.h"

#define PROXY_ALL UINT32_MAX /* every command fails */
#define PROXY_HANG (UINT32_MAX - 1) /* no command is answered */
/* the proxy stops itself when the first command comes; SIGCONT lets it go on */
#define PROXY_STOP (UINT32_MAX - 2)
#define PROXY_FIRST 0x80000000u     /* or'ed to a TPM2_CC: only the first of them fails */

struct proxy {
	pid_t pid;
	int count_fd; /* one byte for each command */
	char socket[100];
	char tcti[120];
};

void proxy_start(struct proxy *p, const struct swtpm *behind, uint32_t broken);
/* Lets everything through and keeps it: the tape has command, answer, command, answer, as they were sent. */
void proxy_listen(struct proxy *p, const struct swtpm *behind, char tape[static 120]);
/* Lets everything through, and each answer comes so many milliseconds late. */
void proxy_slow(struct proxy *p, const struct swtpm *behind, unsigned int ms);
size_t proxy_stop(struct proxy *p);

#endif
