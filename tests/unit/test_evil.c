/*
 * Files that scripts of tests/evil make, evil by construction: sizes and counts that lie, loops without end.
 * Each is refused with the words that its script expects, in a bounded time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/resource.h>

#include "base/file.h"
#include "grub_memory.h"
#include "measure/log/eventlog.h"
#include "measure/efi/pe.h"
#include "seal/token.h"
#include "tree.h"

#define SECONDS_MAX 10 /* of CPU for one file; without a budget it never ends */

typedef int (*parser)(const struct reader *bytes, struct error *err);

static int parse_pe(const struct reader *bytes, struct error *err)
{
	struct pe pe;

	return pe_parse(bytes, err, &pe);
}

static int parse_eventlog(const struct reader *bytes, struct error *err)
{
	struct eventlog log = EVENTLOG_NONE;
	int r = eventlog_parse(bytes, err, &log);

	eventlog_free(&log);
	return r;
}

static int parse_token(const struct reader *bytes, struct error *err)
{
	struct token t;

	return token_parse((const char *)bytes->at, bytes->left, err, &t);
}

static int evaluate(const struct reader *bytes, struct error *err)
{
	static const char block[1024] = "# GRUB Environment Block\n";
	struct boot_trace result;
	struct memory m;
	int r;

	memory_init(&m, GRUB_2_12, bytes->at, bytes->left);
	memory_add(&m, "/grub/grubenv", block, sizeof(block));
	memory_add(&m, "/vmlinuz", "kernel", 6);
	r = grub_evaluate(&m.machine, NULL, err, &result);
	if (r == 0) {
		if (result.outcome == BOOT_WAITS)
			r = error_set(err, -ENOENT, "GRUB waits for a person");
		boot_trace_free(&result);
	}
	return r;
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int judge(const struct tree *t, const char *line, parser parse)
{
	char name[256], path[PATH_MAX];
	struct buffer content = BUFFER_NONE;
	struct error err = ERROR_NONE;
	const char *words = strchr(line, ' ') + 1;
	struct reader bytes;
	double begun;
	int r;

	snprintf(name, sizeof(name), "/%.*s", (int)(words - line - 1), line);
	tree_path(t, name, path);
	assert_int_equal(file_read(path, 64u << 20, &err, &content), 0);
	bytes = reader_new(content.data, content.len);
	begun = cpu_seconds();
	r = parse(&bytes, &err);
	begun = cpu_seconds() - begun;
	if (r >= 0 || !strstr(err.text, words) || begun > SECONDS_MAX)
		print_error("%s: %d \"%s\" after %.1f s, expected \"%s\"\n", name, r, r < 0 ? err.text : "",
			    begun, words);
	buffer_free(&content);
	return r < 0 && strstr(err.text, words) && begun <= SECONDS_MAX ? 0 : 1;
}

static void refuse_all(const char *script, size_t at_least, parser parse)
{
	char command[PATH_MAX], path[PATH_MAX], *line, *rest;
	struct buffer expected = BUFFER_NONE;
	struct error err = ERROR_NONE;
	size_t n = 0, bad = 0;
	struct tree t;

	tree_make(&t);
	snprintf(command, sizeof(command), "python3 -B tests/evil/%s %s", script, t.root);
	assert_int_equal(system(command), 0);
	tree_path(&t, "/expected", path);
	assert_int_equal(file_read(path, 1u << 20, &err, &expected), 0);
	for (line = strtok_r((char *)buffer_str(&expected), "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest), n++)
		bad += judge(&t, line, parse);
	buffer_free(&expected);
	tree_remove(&t);
	assert_true(n >= at_least);
	assert_int_equal(bad, 0);
}

static void images_whose_sizes_lie(void **state)
{
	refuse_all("pe.py", 24, parse_pe);
}

static void logs_whose_counts_lie(void **state)
{
	refuse_all("eventlog.py", 22, parse_eventlog);
}

static void tokens_that_are_almost_right(void **state)
{
	refuse_all("luks2_token.py", 35, parse_token);
}

static void scripts_without_end(void **state)
{
	refuse_all("grub.py", 27, evaluate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_whose_sizes_lie),
		cmocka_unit_test(logs_whose_counts_lie),
		cmocka_unit_test(tokens_that_are_almost_right),
		cmocka_unit_test(scripts_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
