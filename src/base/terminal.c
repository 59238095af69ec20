#include "base/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
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

static int read_line(int in, size_t max, struct secret *ret)
{
	int r = secret_read_line(in, max, ret);

	if (r < 0 || ret->len > 0)
		return r;
	secret_free(ret);
	return -ENODATA;
}

int terminal_ask(int in, int out, const char *prompt, size_t max, struct secret *ret)
{
	struct termios old, quiet;
	sigset_t all, before;
	int r;

	if (tcgetattr(in, &old) < 0)
		return read_line(in, max, ret);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	/* before the prompt, because this discards typed input: input after the prompt is kept */
	tcsetattr(in, TCSAFLUSH, &quiet);
	dprintf(out, "%s", prompt);
	r = read_line(in, max, ret);
	tcsetattr(in, TCSANOW, &old);
	sigprocmask(SIG_SETMASK, &before, NULL);
	dprintf(out, "\n");
	return r;
}
