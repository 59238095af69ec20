/*
 * Asking at a terminal: a pseudo terminal with the program in a process of its own at the other
 * end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/terminal.h"

#define PROMPT "Secret: "
#define MAX 16

struct person {
	int master, slave;
	/*
	 * ends with 0 when it read "typed", otherwise with the negative of what terminal_ask() returned; 99:
	 * something else
	 */
	pid_t asker;
	char seen[1024];
	size_t n;
};

static void wait_for(struct person *p, const char *text)
{
	struct pollfd in = { .fd = p->master, .events = POLLIN };
	ssize_t n;

	while (!strstr(p->seen, text)) {
		if (poll(&in, 1, 10000) != 1)
			fail_msg("\"%s\" does not come after \"%s\"", text, p->seen);
		n = read(p->master, p->seen + p->n, sizeof(p->seen) - 1 - p->n);
		if (n <= 0)
			fail_msg("the end comes instead of \"%s\" after \"%s\"", text, p->seen);
		p->n += n;
	}
}

static void open_terminal(struct person *p)
{
	*p = (struct person){ .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
	assert_true(p->master >= 0 && grantpt(p->master) == 0 && unlockpt(p->master) == 0);
	p->slave = open(ptsname(p->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(p->slave >= 0);
}

/* out: where the prompt goes; -1: to the terminal. */
static void start_asker(struct person *p, int out)
{
	struct secret s = SECRET_NONE;
	int r;

	p->asker = fork();
	assert_true(p->asker >= 0);
	if (p->asker == 0) {
		close(p->master);
		r = terminal_ask(p->slave, out < 0 ? p->slave : out, PROMPT, MAX, &s);
		dprintf(p->slave, "done");
		_exit(r < 0 ? -r : s.len == 5 && memcmp(s.bytes, "typed", 5) == 0 ? 0 : 99);
	}
	close(p->slave);
}

static void sit_down(struct person *p, const char *earlier)
{
	open_terminal(p);
	assert_int_equal(write(p->master, earlier, strlen(earlier)), strlen(earlier));
	/* the echo shows that it has arrived */
	wait_for(p, *earlier ? "\r\n" : "");
	start_asker(p, -1);
}

static void type(const struct person *p, const char *text)
{
	assert_int_equal(write(p->master, text, strlen(text)), strlen(text));
}

static int get_up(struct person *p)
{
	int status;

	assert_int_equal(waitpid(p->asker, &status, 0), p->asker);
	close(p->master);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_heard(void **state)
{
	struct person p;

	sit_down(&p, "");
	wait_for(&p, PROMPT);
	type(&p, "typed\n");
	wait_for(&p, "done");
	assert_null(strstr(p.seen, "typed"));
	assert_int_equal(get_up(&p), 0);
}

/*
 * An answer is read as soon as the prompt is seen: the terminal is ready by then. A full pipe holds the
 * prompt up.
 */
static void test_ready_before_the_prompt(void **state)
{
	struct termios t = { .c_lflag = ECHO };
	char filler[4096] = { 0 };
	struct person p = { .n = 0 };
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(fds[1], filler, sizeof(filler)) > 0)
		;
	assert_int_equal(fcntl(fds[1], F_SETFL, 0), 0);
	open_terminal(&p);
	start_asker(&p, fds[1]);
	for (int i = 0; i < 1000 && (t.c_lflag & ECHO); i++) {
		poll(NULL, 0, 5);
		assert_int_equal(tcgetattr(p.master, &t), 0);
	}
	assert_false(t.c_lflag & ECHO);
	close(fds[1]);
	type(&p, "typed\n");
	while (read(fds[0], filler, sizeof(filler)) != 0)
		poll(NULL, 0, 1);
	close(fds[0]);
	assert_int_equal(get_up(&p), 0);
}

/* What was typed before the prompt was meant for another program. */
static void test_earlier_lines(void **state)
{
	struct person p;

	sit_down(&p, "earlier\n");
	wait_for(&p, PROMPT);
	type(&p, "typed\n");
	wait_for(&p, "done");
	assert_int_equal(get_up(&p), 0);
}

static void test_echo_comes_back(void **state)
{
	struct termios t;
	struct person p;

	sit_down(&p, "");
	wait_for(&p, PROMPT);
	assert_int_equal(tcgetattr(p.master, &t), 0);
	assert_false(t.c_lflag & ECHO);
	type(&p, "typed\n");
	wait_for(&p, "done");
	assert_int_equal(tcgetattr(p.master, &t), 0);
	assert_true(t.c_lflag & ECHO);
	assert_int_equal(get_up(&p), 0);
}

/* It acts at once, without a line being typed first, and the terminal is left with its echo on. */
static void interrupted_by(int signal)
{
	struct termios t;
	struct person p;
	int status;

	sit_down(&p, "");
	wait_for(&p, PROMPT);
	assert_int_equal(kill(p.asker, signal), 0);
	assert_int_equal(waitpid(p.asker, &status, 0), p.asker);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), signal);
	assert_int_equal(tcgetattr(p.master, &t), 0);
	assert_true(t.c_lflag & ECHO);
	close(p.master);
}

static void test_interrupt(void **state)
{
	interrupted_by(SIGINT);
	interrupted_by(SIGTERM);
	interrupted_by(SIGHUP);
}

/* After Ctrl-Z and fg the question is asked again; so is it where the signal is ignored. */
static void test_asked_again(void **state)
{
	struct termios t;
	struct person p;
	bool stopped = false;

	sit_down(&p, "");
	wait_for(&p, PROMPT);
	assert_int_equal(kill(p.asker, SIGTSTP), 0);
	/* an orphaned process group is not stopped by it: it asks again at once */
	for (int i = 0; i < 200 && !stopped; i++) {
		stopped = waitpid(p.asker, NULL, WUNTRACED | WNOHANG) == p.asker;
		poll(NULL, 0, 5);
	}
	if (stopped) {
		assert_int_equal(tcgetattr(p.master, &t), 0);
		assert_true(t.c_lflag & ECHO);
		assert_int_equal(kill(p.asker, SIGCONT), 0);
	}
	wait_for(&p, PROMPT "\r\n" PROMPT);
	type(&p, "typed\n");
	wait_for(&p, "done");
	assert_int_equal(get_up(&p), 0);
}

static void test_refused(void **state)
{
	struct person p;

	sit_down(&p, "");
	wait_for(&p, PROMPT);
	type(&p, "\n");
	assert_int_equal(get_up(&p), ENODATA);
	sit_down(&p, "");
	wait_for(&p, PROMPT);
	type(&p, "more than sixteen bytes\n");
	assert_int_equal(get_up(&p), EFBIG);
}

static int ask_pipe(const char *text, struct secret *ret)
{
	int fds[2], r;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	r = terminal_ask(fds[0], -1, PROMPT, MAX, ret);
	close(fds[0]);
	return r;
}

static void test_no_terminal(void **state)
{
	struct secret s = SECRET_NONE;

	assert_int_equal(ask_pipe("one\ntwo\n", &s), 0);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.bytes, "one", 3);
	secret_free(&s);
	assert_int_equal(ask_pipe("", &s), -ENODATA);
	assert_null(s.bytes);
	assert_int_equal(ask_pipe("more than sixteen bytes", &s), -EFBIG);
	assert_null(s.bytes);
}

/* A shell starts programs in the background with some of them ignored, nohup all with SIGHUP. */
static int usual_signals(void **state)
{
	static const int stopping[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

	for (size_t i = 0; i < sizeof(stopping) / sizeof(*stopping); i++)
		signal(stopping[i], SIG_DFL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heard),
		cmocka_unit_test(test_ready_before_the_prompt),
		cmocka_unit_test(test_earlier_lines),
		cmocka_unit_test(test_echo_comes_back),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_asked_again),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, usual_signals, NULL);
}
