/*
 * A software TPM for one test: its own directory, its own process, unix sockets. And a few TPM commands as
 * raw bytes, so that what the tests see does not pass through the code under test.
 *
 *	struct swtpm tpm;
 *	swtpm_start(&tpm);             fails the test when it cannot
 *	tpm_open(tpm.tcti, &err, &t);
 *	swtpm_stop(&tpm);              ends it by pid and removes the directory
 */
#ifndef TESTS_SWTPM_H
#define TESTS_SWTPM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct swtpm {
	pid_t pid;
	bool is_12;
	char dir[64];
	char socket[80];
	char tcti[100]; /* for tpm_open() */
};

int swtpm_connect(const struct swtpm *s);
void swtpm_run(struct swtpm *s);
void swtpm_end(struct swtpm *s);
/* swtpm syncs its state at every write, and it is worth nothing after the test. */
const char *swtpm_place(void);
void swtpm_start(struct swtpm *s);
/* A TPM 1.2, which nothing of ours can use. */
void swtpm_start_12(struct swtpm *s);
/* Power off and on: PCRs and sessions are gone, NV and persistent keys stay. */
void swtpm_reboot(struct swtpm *s);
void swtpm_stop(struct swtpm *s);
/* Sends a command, returns the answer's length; the response code has to be zero. */
size_t swtpm_command(const struct swtpm *s, const uint8_t *command, size_t n, uint8_t *answer, size_t max);
/* TPM2_PCR_Extend of one SHA-256 digest, as a boot loader would. */
void swtpm_extend(const struct swtpm *s, unsigned int pcr, const uint8_t digest[static 32]);
void swtpm_pcr(const struct swtpm *s, unsigned int pcr, uint8_t ret[static 32]);
/*
 * How many handles of a kind there are now: 0x80 transient objects, 0x02 loaded sessions, 0x03 saved
 * sessions, 0x81 persistent keys.
 */
unsigned int swtpm_handles(const struct swtpm *s, uint8_t kind);

#endif
