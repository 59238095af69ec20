#include "base/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define WIDTH_USUAL 80

size_t terminal_width(int fd)
{
	struct winsize size = { .ws_col = 0 };

	if (!isatty(fd))
		return 0;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : WIDTH_USUAL;
}

bool terminal_has_colours(int fd)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0 && !(no && *no);
}

/* Where an answer comes from, and what may come instead of it. */
struct keyboard {
	int in;
	int signals; /* readable while a signal waits that wants this program to stop; -1: not known */
};

/* 0: there is something to read; -EINTR: a signal waits. */
static int wait_for_key(void *context)
{
	const struct keyboard *k = context;
	struct pollfd at[] = { { .fd = k->in, .events = POLLIN }, { .fd = k->signals, .events = POLLIN } };
	int n;

	do
		n = poll(at, 2, -1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return at[1].revents ? -EINTR : 0;
}

static int read_line(const struct keyboard *k, size_t max, struct secret *ret)
{
	int r = secret_read_line(k->in, max, k->signals < 0 ? NULL : wait_for_key, (void *)k, ret);

	if (r < 0 || ret->len > 0)
		return r;
	secret_free(ret);
	return -ENODATA;
}

static int watch_signals(void)
{
	static const int stopping[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(stopping) / sizeof(*stopping); i++)
		sigaddset(&set, stopping[i]);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* -EINTR: a signal came, and this program was not ended by it. */
static int ask_once(int in, int out, const char *prompt, size_t max, struct secret *ret)
{
	struct keyboard k = { .in = in };
	struct termios old, quiet;
	sigset_t all, before;
	int r;

	if (tcgetattr(in, &old) < 0)
		return read_line(&(struct keyboard){ .in = in, .signals = -1 }, max, ret);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	k.signals = watch_signals();
	/* before the prompt, because this discards typed input: input after the prompt is kept */
	tcsetattr(in, TCSAFLUSH, &quiet);
	dprintf(out, "%s", prompt);
	r = read_line(&k, max, ret);
	tcsetattr(in, TCSANOW, &old);
	dprintf(out, "\n");
	if (k.signals >= 0)
		close(k.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int terminal_ask(int in, int out, const char *prompt, size_t max, struct secret *ret)
{
	int r;

	do
		r = ask_once(in, out, prompt, max, ret);
	while (r == -EINTR);
	return r;
}
