#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define LAST_WORDS 256 /* bytes of standard error that are kept */
#define EXEC_FAILED 127

struct child {
	pid_t pid;
	int in, out, err; /* our ends; -1 when closed */
	size_t fed;
	char said[LAST_WORDS + 1];
	size_t said_len;
	bool heard; /* something on its standard output */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * A program may start others, grub-mkconfig does: all of them are one process group, so that none stays when
 * it is killed. The terminal's Ctrl-C then reaches only us, so what ends us is passed on.
 */
static volatile sig_atomic_t group; /* of the program that runs; 0: none */

static void pass_on(int signal_number)
{
	if (group > 0)
		kill(-group, SIGTERM); /* a shell's background jobs ignore SIGINT */
	/* and on us, as soon as this function returns */
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define ENDING (sizeof(ending) / sizeof(ending[0]))

static void pass_on_signals(struct sigaction ret_old[static ENDING])
{
	const struct sigaction passing = { .sa_handler = pass_on };

	for (size_t i = 0; i < ENDING; i++)
		if (sigaction(ending[i], NULL, &ret_old[i]) == 0 && ret_old[i].sa_handler == SIG_DFL)
			sigaction(ending[i], &passing, NULL);
}

static void restore_signals(const struct sigaction old[static ENDING])
{
	for (size_t i = 0; i < ENDING; i++)
		sigaction(ending[i], &old[i], NULL);
}

/* Between fork and exec: only what is safe there. */
static void run_child(const struct process *p, int in, int out, int err)
{
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(EXEC_FAILED);
	if (p->chroot && (chroot(p->chroot) < 0 || chdir("/") < 0))
		_exit(EXEC_FAILED);
	for (size_t i = 0; p->env && p->env[i]; i++)
		putenv((char *)p->env[i]);
	execvp(p->argv[0], (char *const *)p->argv);
	_exit(EXEC_FAILED);
}

static int start(const struct process *p, struct child *c)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int r = 0;

	if (p->input)
		r = pipe2(in, O_CLOEXEC);
	else
		r = in[0] = p->input_fd > 0 ? fcntl(p->input_fd, F_DUPFD_CLOEXEC, 3) :
					      open("/dev/null", O_RDONLY | O_CLOEXEC);
	r = r < 0 ? -errno : 0;
	if (r == 0 && (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0))
		r = -errno;
	if (r == 0 && in[1] >= 0 && fcntl(in[1], F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r == 0) {
		c->pid = fork();
		if (c->pid < 0)
			r = -errno;
		else if (c->pid == 0)
			run_child(p, in[0], out[1], err[1]);
		else
			setpgid(c->pid, c->pid); /* whichever of us is first */
	}
	close_fd(&in[0]);
	close_fd(&out[1]);
	close_fd(&err[1]);
	if (r < 0) {
		close_fd(&in[1]);
		close_fd(&out[0]);
		close_fd(&err[0]);
		return r;
	}
	c->in = in[1];
	c->out = out[0];
	c->err = err[0];
	return 0;
}

/* A program may stop reading before the end: that is its own business. */
static void feed(const struct process *p, struct child *c)
{
	ssize_t n = write(c->in, (const uint8_t *)p->input + c->fed, p->input_len - c->fed);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->fed += n;
	if (n < 0 || c->fed == p->input_len)
		close_fd(&c->in);
}

static int take_output(const struct process *p, struct child *c)
{
	uint8_t chunk[65536];
	ssize_t n = read(c->out, chunk, sizeof(chunk));
	int r;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		close_fd(&c->out);
	c->heard |= n > 0;
	r = n > 0 && p->output ? p->output(p->context, chunk, n) : 0;
	/* it may be a passphrase */
	if (n > 0)
		explicit_bzero(chunk, n);
	return r;
}

static int take_words(struct child *c)
{
	char chunk[LAST_WORDS];
	ssize_t n = read(c->err, chunk, sizeof(chunk));
	size_t keep;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		close_fd(&c->err);
	keep = LAST_WORDS - (size_t)n < c->said_len ? LAST_WORDS - (size_t)n : c->said_len;
	memmove(c->said, c->said + c->said_len - keep, keep);
	memcpy(c->said + keep, chunk, n);
	c->said_len = keep + n;
	return 0;
}

static int limit_ms(const struct process *p, const struct child *c)
{
	return p->first_ms > 0 && p->first_ms < p->timeout_ms && !c->heard ? p->first_ms : p->timeout_ms;
}

/* Until both of its outputs are closed. */
static int attend(const struct process *p, struct child *c, int64_t began)
{
	struct pollfd fds[3];
	int64_t left;
	int r = 0;

	while (r == 0 && (c->out >= 0 || c->err >= 0)) {
		left = began + limit_ms(p, c) - now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		fds[0] = (struct pollfd){ .fd = c->out, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = c->err, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = c->in, .events = POLLOUT };
		if (poll(fds, 3, left) < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			feed(p, c);
		if (fds[1].revents)
			r = take_words(c);
		if (r == 0 && fds[0].revents)
			r = take_output(p, c);
	}
	return r;
}

/* It may have closed its outputs and go on. */
static int await_end(pid_t pid, int64_t deadline)
{
	struct pollfd end = { .events = POLLIN };
	int64_t left;
	int n = 0;

	end.fd = syscall(SYS_pidfd_open, pid, 0);
	if (end.fd < 0)
		return -errno;
	while (n <= 0 && (left = deadline - now_ms()) > 0) {
		n = poll(&end, 1, left);
		if (n < 0 && errno != EINTR)
			break;
	}
	close(end.fd);
	return n > 0 ? 0 : -ETIMEDOUT;
}

static const char *last_line(struct child *c)
{
	char *line;

	while (c->said_len > 0 && c->said[c->said_len - 1] == '\n')
		c->said_len--;
	c->said[c->said_len] = '\0';
	line = strrchr(c->said, '\n');
	return line ? line + 1 : c->said;
}

static int judge_status(const struct process *p, struct child *c, int status, struct error *err)
{
	const char *said;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXEC_FAILED && c->said_len == 0)
		return error_set(err, -ENOENT, "cannot start %s: is it installed?", p->argv[0]);
	said = last_line(c);
	if (WIFSIGNALED(status))
		return error_set(err, -EPIPE, "%s was killed by signal %d", p->argv[0], WTERMSIG(status));
	return error_set(err, -EPIPE, "%s failed with status %d%s%s", p->argv[0], WEXITSTATUS(status),
			 *said ? ": " : "", said);
}

/* No signal ends us between the start of a program and the note of its group. */
static int start_group(const struct process *p, struct child *c)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	r = start(p, c);
	group = r == 0 ? c->pid : 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

static int run_to_end(const struct process *p, struct child *c, int *ret_status)
{
	int64_t began = now_ms();
	int r;

	r = attend(p, c, began);
	if (r == 0)
		r = await_end(c->pid, began + limit_ms(p, c));
	if (r < 0)
		kill(-c->pid, SIGKILL);
	group = 0;
	close_fd(&c->in);
	close_fd(&c->out);
	close_fd(&c->err);
	while (waitpid(c->pid, ret_status, 0) < 0 && errno == EINTR)
		;
	return r;
}

/* Not what a shell is to do, which is not ours and may hold a word that is for nobody else. */
static void tell(const struct process *p, int64_t began)
{
	const bool is_shell = p->argv[1] && strcmp(p->argv[1], "-c") == 0;
	struct buffer words = BUFFER_NONE;

	for (size_t i = 0; p->argv[i]; i++)
		if (i < 2 || !is_shell)
			buffer_addf(&words, "%s%s", i ? " " : "", p->argv[i]);
	log_step_since(began, "ran %s", buffer_str(&words));
	buffer_free(&words);
}

int process_run(const struct process *p, struct error *err)
{
	const int64_t began = log_begin();
	struct child c = { .pid = -1, .in = -1, .out = -1, .err = -1 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old, old_ending[ENDING];
	int r, status;

	pass_on_signals(old_ending);
	sigaction(SIGPIPE, &ignore, &old);
	r = start_group(p, &c);
	if (r < 0)
		error_set(err, r, "cannot start %s: %s", p->argv[0], strerror(-r));
	else
		r = run_to_end(p, &c, &status);
	sigaction(SIGPIPE, &old, NULL);
	restore_signals(old_ending);
	if (c.pid < 0)
		return r;
	tell(p, began);
	if (r == -ETIMEDOUT)
		return error_set(err, r, "%s was killed after %d s%s", p->argv[0], limit_ms(p, &c) / 1000,
				 limit_ms(p, &c) < p->timeout_ms ? " without a word" : "");
	return r < 0 ? r : judge_status(p, &c, status, err);
}

struct capture {
	struct buffer bytes;
	size_t max;
};

static int collect(void *context, const void *data, size_t n)
{
	struct capture *c = context;

	if (n > c->max - c->bytes.len)
		return -EFBIG;
	buffer_add(&c->bytes, data, n);
	return buffer_ok(&c->bytes) ? 0 : -ENOMEM;
}

int process_capture(const struct process *p, size_t max, struct error *err, struct buffer *ret)
{
	struct capture c = { .max = max };
	struct process with_output = *p;
	int r;

	with_output.output = collect;
	with_output.context = &c;
	r = process_run(&with_output, err);
	if (r == -EFBIG)
		error_set(err, r, "%s printed more than %zu bytes", p->argv[0], max);
	if (r < 0)
		buffer_free(&c.bytes);
	else
		*ret = c.bytes;
	return r;
}
