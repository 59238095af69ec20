/* What is told at a terminal, a pseudo terminal here, and into a pipe. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

#define REASON \
	"PCR 9 differs: a kernel, an initrd or a configuration file of the boot loader is not the one that " \
	"was sealed"

static char seen[4096];

/* What tell() says to a terminal of that width (0: it does not say), or to a pipe. */
static void hear(void (*tell)(void), bool terminal, int width)
{
	struct winsize size = { .ws_col = width, .ws_row = 25 };
	int fds[2], status;
	ssize_t n;
	pid_t child;

	if (terminal) {
		fds[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		assert_true(fds[0] >= 0 && grantpt(fds[0]) == 0 && unlockpt(fds[0]) == 0);
		fds[1] = open(ptsname(fds[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
		assert_true(fds[1] >= 0 && ioctl(fds[1], TIOCSWINSZ, &size) == 0);
	} else {
		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (dup2(fds[1], STDERR_FILENO) < 0 || dup2(fds[1], STDOUT_FILENO) < 0)
			_exit(1);
		tell();
		_exit(fflush(stdout));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	n = read(fds[0], seen, sizeof(seen) - 1);
	seen[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	close(fds[1]);
}

static void say(void)
{
	log_say("cryptroot: not unlocked by the TPM: " REASON);
	log_row("Next boot", "%s", REASON);
}

static void test_at_a_terminal(void **state)
{
	static const char want[] =
		"bootseal: cryptroot: not unlocked by the TPM: PCR 9 differs: a kernel, an initrd\r\n"
		"  or a configuration file of the boot loader is not the one that was sealed\r\n"
		"Next boot    PCR 9 differs: a kernel, an initrd or a configuration file of the\r\n"
		"             boot loader is not the one that was sealed\r\n";

	hear(say, true, 0);
	assert_string_equal(seen, want);
	hear(say, true, 40);
	for (char *line = strtok(seen, "\r\n"); line; line = strtok(NULL, "\r\n"))
		assert_in_range(strlen(line), 1, 40);
}

static void test_in_a_file(void **state)
{
	hear(say, false, 0);
	assert_string_equal(seen, "bootseal: cryptroot: not unlocked by the TPM: " REASON "\n"
				  "Next boot    " REASON "\n");
}

static void say_marked(void)
{
	log_print_marked(LOG_MARK_GOOD, 0, "Yes: %s", "it will");
	log_row_marked(LOG_MARK_BAD, "Next boot", "%s", REASON);
	log_row_marked(LOG_MARK_NONE, "Policy", "as before");
}

/* NULL: unset. */
static void variables(const char *term, const char *no_color)
{
	term ? setenv("TERM", term, 1) : unsetenv("TERM");
	no_color ? setenv("NO_COLOR", no_color, 1) : unsetenv("NO_COLOR");
}

/* The width of a line does not count them. */
static void test_colours(void **state)
{
	static const char want[] =
		"\033[32mYes: it will\033[0m\r\n"
		"Next boot    \033[31mPCR 9 differs: a kernel, an initrd or a configuration file of the\r\n"
		"             boot loader is not the one that was sealed\033[0m\r\n"
		"Policy       as before\r\n";

	variables("xterm", NULL);
	hear(say_marked, true, 0);
	assert_string_equal(seen, want);
	/* empty is not set: no-color.org */
	variables("xterm", "");
	hear(say_marked, true, 0);
	assert_string_equal(seen, want);
}

static void test_no_colours(void **state)
{
	static const char *const plain[][2] = {
		{ "dumb", NULL }, { NULL, NULL }, { "", NULL }, { "xterm", "1" }
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		variables(plain[i][0], plain[i][1]);
		hear(say_marked, true, 0);
		assert_non_null(strstr(seen, "Policy       as before"));
		assert_null(strchr(seen, '\033'));
	}
	variables("xterm", NULL);
	hear(say_marked, false, 0);
	assert_non_null(strstr(seen, "Policy       as before"));
	assert_null(strchr(seen, '\033'));
}

static void say_all(void)
{
	log_say("a warning");
	log_note("what was done");
	log_step("a step with a \033 in it");
	log_note_row("Policy", "is in force");
	log_print(0, "the answer");
}

static void say_quietly(void)
{
	log_set_level(LOG_LEVEL_QUIET);
	say_all();
}

static void say_verbosely(void)
{
	log_set_level(LOG_LEVEL_VERBOSE);
	say_all();
	log_step_since(log_begin() - 1234, "a long one");
	log_step_since(log_begin(), "a short one");
}

static void say_to_the_journal(void)
{
	log_mark_priorities();
	say_verbosely();
}

/* stdout is flushed at the end */
static void test_levels(void **state)
{
	hear(say_quietly, false, 0);
	assert_string_equal(seen, "bootseal: a warning\nthe answer\n");
	hear(say_all, false, 0);
	assert_string_equal(seen, "bootseal: a warning\nbootseal: what was done\n"
				  "Policy       is in force\nthe answer\n");
	hear(say_verbosely, false, 0);
	assert_string_equal(seen, "bootseal: a warning\nbootseal: what was done\n"
				  "bootseal: a step with a ? in it\nbootseal: a long one (1.2 s)\n"
				  "bootseal: a short one\nPolicy       is in force\nthe answer\n");
	hear(say_to_the_journal, false, 0);
	assert_string_equal(seen, "<4>a warning\n<6>what was done\n<7>a step with a ? in it\n"
				  "<7>a long one (1.2 s)\n<7>a short one\n"
				  "Policy       is in force\nthe answer\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_a_terminal), cmocka_unit_test(test_in_a_file),
		cmocka_unit_test(test_colours),	      cmocka_unit_test(test_no_colours),
		cmocka_unit_test(test_levels),
	};

	cmocka_set_test_filter(getenv("TEST"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
