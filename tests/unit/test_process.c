/* Running another program: its output, its end, its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"

static int capture(const char *script, const void *input, size_t n, int timeout_ms, size_t max,
		   struct error *err, struct buffer *ret)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const char *const env[] = { "TOLD=by us", NULL };
	const struct process p = {
		.argv = argv, .env = env, .input = input, .input_len = n, .timeout_ms = timeout_ms
	};

	*err = ERROR_NONE;
	return process_capture(&p, max, err, ret);
}

static void says(const char *script, const char *expected)
{
	struct buffer out = BUFFER_NONE;
	struct error err;

	if (capture(script, NULL, 0, 10000, 1000, &err, &out) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(buffer_str(&out), expected);
	buffer_free(&out);
}

static void output(void **state)
{
	says("echo hello", "hello\n");
	says(":", "");
	says("echo \"$TOLD\"", "by us\n");
	says("cat", "");
	says("printf x; exec >&-; sleep 0.1", "x");
}

/* The first of its output is waited for as long as is said; what comes after it has the whole time. */
static void first_output(void **state)
{
	const char *const late[] = { "sh", "-c", "exec sleep 30", NULL };
	const char *const early[] = { "sh", "-c", "echo; sleep 0.5; echo", NULL };
	struct process p = { .argv = late, .timeout_ms = 600000, .first_ms = 200 };
	struct buffer out = BUFFER_NONE;
	struct error err = ERROR_NONE;

	assert_int_equal(process_run(&p, &err), -ETIMEDOUT);
	assert_string_equal(err.text, "sh was killed after 0 s without a word");
	p = (struct process){ .argv = early, .timeout_ms = 600000, .first_ms = 400 };
	assert_int_equal(process_capture(&p, 100, &err, &out), 0);
	assert_string_equal(buffer_str(&out), "\n\n");
	buffer_free(&out);
}

static void output_that_nobody_wants(void **state)
{
	const char *const argv[] = { "echo", "hello", NULL };
	const struct process p = { .argv = argv, .timeout_ms = 10000 };

	assert_int_equal(process_run(&p, NULL), 0);
}

static void input(void **state)
{
	struct buffer in = BUFFER_NONE, out = BUFFER_NONE;
	struct error err;

	for (size_t i = 0; i < 300000; i++)
		buffer_add_u8(&in, i);
	assert_int_equal(capture("cat", in.data, in.len, 20000, 1 << 20, &err, &out), 0);
	assert_int_equal(out.len, in.len);
	assert_memory_equal(out.data, in.data, in.len);
	buffer_free(&out);
	/* a reader that stops early is no failure of ours, and no SIGPIPE */
	assert_int_equal(capture("head -c 3 >/dev/null; echo done", in.data, in.len, 20000, 100, &err, &out),
			 0);
	assert_string_equal(buffer_str(&out), "done\n");
	buffer_free(&in);
	buffer_free(&out);
}

static void input_from_a_file(void **state)
{
	const char *const argv[] = { "cat", NULL };
	const int fd = memfd_create("input", MFD_CLOEXEC);
	const struct process p = { .argv = argv, .timeout_ms = 10000, .input_fd = fd };
	struct buffer out = BUFFER_NONE;

	assert_true(fd > 0);
	assert_int_equal(write(fd, "read before, and by it", 22), 22);
	assert_int_equal(lseek(fd, 13, SEEK_SET), 13);
	assert_int_equal(process_capture(&p, 100, NULL, &out), 0);
	assert_string_equal(buffer_str(&out), "and by it");
	buffer_free(&out);
	close(fd);
}

static void failures(void **state)
{
	const char *const none[] = { "/nowhere/at-all", NULL };
	const struct process absent = { .argv = none, .timeout_ms = 1000 };
	struct buffer out = BUFFER_NONE;
	struct error err;

	assert_int_equal(capture("echo first >&2; echo the reason >&2; exit 3", NULL, 0, 10000, 10, &err,
				 &out),
			 -EPIPE);
	assert_string_equal(err.text, "sh failed with status 3: the reason");
	assert_int_equal(capture("kill -9 $$", NULL, 0, 10000, 10, &err, &out), -EPIPE);
	assert_string_equal(err.text, "sh was killed by signal 9");
	assert_int_equal(capture("yes", NULL, 0, 10000, 1000, &err, &out), -EFBIG);
	alarm(10);
	assert_int_equal(capture("exec sleep 30", NULL, 0, 200, 10, &err, &out), -ETIMEDOUT);
	alarm(0);
	assert_int_equal(process_capture(&absent, 10, &err, &out), -ENOENT);
	assert_null(out.data);
}

/* Are all holders of the pipe's writing end gone? */
static void all_are_gone(int pipe_fd[2])
{
	struct pollfd end = { .fd = pipe_fd[0], .events = POLLIN };
	char byte;

	close(pipe_fd[1]);
	if (poll(&end, 1, 5000) != 1 || read(pipe_fd[0], &byte, 1) != 0)
		fail_msg("a program that was started goes on");
	close(pipe_fd[0]);
}

/* What grub-mkconfig's scripts start: it reads a FIFO, say, when the time is up. */
static void children_end_with_their_parent(void **state)
{
	static const char *const scripts[] = {
		"sleep 600 & wait", "sh -c 'sleep 600; :'; :", "sleep 600 & exit 0",
		"exec >&- 2>&-; sleep 600; :", /* whose outputs are at their end */
	};
	struct buffer out = BUFFER_NONE;
	struct error err;
	int held[2];

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		assert_int_equal(pipe(held), 0);
		assert_int_equal(capture(scripts[i], NULL, 0, 300, 10, &err, &out), -ETIMEDOUT);
		all_are_gone(held);
	}
	assert_int_equal(pipe(held), 0);
	assert_int_equal(capture("yes | cat; :", NULL, 0, 10000, 1000, &err, &out), -EFBIG);
	all_are_gone(held);
}

/* Ctrl-C, or systemd's stop of the service. */
static void children_end_with_us(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct buffer out = BUFFER_NONE;
	int held[2], ready[2], status;
	struct error err;
	char script[64], byte;
	pid_t pid;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		assert_int_equal(pipe(held), 0);
		assert_int_equal(pipe(ready), 0);
		snprintf(script, sizeof(script), "sleep 600 & echo >&%d; wait", ready[1]);
		pid = fork();
		if (pid == 0) {
			signal(signals[i], SIG_DFL);
			capture(script, NULL, 0, 600000, 10, &err, &out);
			_exit(1);
		}
		assert_int_equal(read(ready[0], &byte, 1), 1);
		kill(pid, signals[i]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
		all_are_gone(held);
		close(ready[0]);
		close(ready[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output),
		cmocka_unit_test(first_output),
		cmocka_unit_test(output_that_nobody_wants),
		cmocka_unit_test(input),
		cmocka_unit_test(input_from_a_file),
		cmocka_unit_test(failures),
		cmocka_unit_test(children_end_with_their_parent),
		cmocka_unit_test(children_end_with_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
