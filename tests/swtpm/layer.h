/*
 * A layer between a program and its swtpm, in a process of its own: counts the commands and lets one thing go
 *wrong.
 *
 * It has two doors. One is a socket like swtpm's. The other is a terminal in raw mode, which stands in for
 * /dev/tpm0: behind it tpm2-tss opens, writes, polls and reads as in a real boot.
 *
 *	layer_start(&l, &swtpm, a directory);
 *	layer_plan(&l, &fault, HOW_ONCE, 7);	the eighth command from now on
 *	... run the program with l.device or l.socket
 *	l.shared->injected, ->count, ...
 *	layer_stop(&l);
 */
#ifndef TESTS_LAYER_H
#define TESTS_LAYER_H

#include "swtpm.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>

#include "fault.h"

#define LAYER_COMMANDS 128

enum fault_how {
	HOW_ONCE,
	HOW_ON,	  /* from there on, every command */
	HOW_SAME, /* from there on, every command of that kind */
	HOWS,
};

extern const char *const fault_how_name[HOWS];
/*
 * Not for the fast tests: a TPM that is silent, that makes a program wait for more, or that asks to retry
 * without end.
 */
bool fault_waits(const struct fault *f, enum fault_how how);

struct layer_shared {
	struct fault fault;
	enum fault_how how;
	unsigned int at;
	uint32_t same; /* HOW_SAME: the code of command number `at`; it may also be given without `at` */
	unsigned int count;    /* commands that were sent */
	unsigned int injected; /* answers that went wrong */
	unsigned int good;     /* answers that said all is well, and got through unchanged */
	bool keep;	       /* keep the answers for FAULT_REPLAY */
	uint32_t code[LAYER_COMMANDS];
	struct answer previous, earlier[LAYER_COMMANDS];
};

struct layer {
	pid_t pid;
	struct layer_shared *shared;
	char path[80], device_path[80];
	char socket[100], device[100]; /* for tpm_open() */
	const struct swtpm *behind;
	int listener;
	struct terminal {
		int fd, held; /* the other end is held open, so that it stays raw */
	} now, before; /* what opens now, and what was opened before the last fault */
};

/* Everything goes through unharmed. */
void layer_pass(struct layer *l);
void layer_plan(struct layer *l, const struct fault *fault, enum fault_how how, unsigned int at);
/* The codes of the commands that were sent, in hexadecimal. */
void layer_list(const struct layer *l, size_t size, char *ret);
void layer_start(struct layer *l, const struct swtpm *behind, const char *dir);
bool layer_lives(const struct layer *l);
/* After FAULT_GONE: it is there again. */
void layer_again(struct layer *l);
void layer_stop(struct layer *l);

#endif
