/* Running another program: its output, its end, its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output),
		cmocka_unit_test(output_that_nobody_wants),
		cmocka_unit_test(input),
		cmocka_unit_test(failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
