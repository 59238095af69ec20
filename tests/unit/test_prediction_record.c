/* What was sealed as text, and the nearest of the sealed boot paths. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "measure/boot/prediction_record.h"
#include "measure/log/tcg.h"

#define PCRS (1u << 4 | 1u << 8 | 1u << 9)

/* The digest follows from pcr, text and content. */
static void add(struct event_list *l, uint32_t pcr, const char *what, const char *content)
{
	uint32_t type = pcr == 4 ? EV_EFI_BOOT_SERVICES_APPLICATION : EV_IPL;
	uint8_t digest[SHA256_LEN];
	char text[4096];

	snprintf(text, sizeof(text), "%u %s %s", pcr, what, content);
	assert_int_equal(hash_sha256(text, strlen(text), digest), 0);
	assert_int_equal(event_list_add(l, pcr, type, digest, what), 0);
}

/* A boot of that kernel with that command line. */
static void boot(struct event_list *l, const char *kernel, const char *cmdline, const char *initrd_content)
{
	char text[256];

	add(l, 4, "shim", "1");
	add(l, 9, "/grub/grub.cfg", "1");
	add(l, 8, "grub_cmd: set default=0", "");
	snprintf(text, sizeof(text), "grub_cmd: setparams Linux %s", kernel);
	add(l, 8, text, "");
	add(l, 4, "", kernel);
	snprintf(text, sizeof(text), "grub_cmd: linux /vmlinuz-%s %s", kernel, cmdline);
	add(l, 8, text, "");
	snprintf(text, sizeof(text), "/initrd.img-%s", kernel);
	add(l, 9, text, initrd_content);
	add(l, 8, "grub_cmd: boot", "");
}

static void sample(struct prediction_record *p)
{
	*p = (struct prediction_record){ .generation = 7, .n = 3 };
	p->path[0].label = strdup("Linux 6.1.0-56 (default)");
	p->path[1].label = strdup("Linux 6.1.0-55");
	p->path[2].label = strdup("Linux 6.1.0-55, after a hard reset");
	boot(&p->path[0].events, "6.1.0-56", "ro quiet", "56");
	boot(&p->path[1].events, "6.1.0-55", "ro quiet", "55");
	add(&p->path[2].events, 8, "grub_cmd: recordfail=1", "");
	boot(&p->path[2].events, "6.1.0-55", "ro quiet", "55");
}

static void same_list(const struct event_list *a, const struct event_list *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->e[i].pcr, b->e[i].pcr);
		assert_int_equal(a->e[i].type, b->e[i].type);
		assert_memory_equal(a->e[i].digest, b->e[i].digest, SHA256_LEN);
		assert_string_equal(a->e[i].what, b->e[i].what);
	}
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void test_round_trip(void **state)
{
	struct prediction_record p, back = PREDICTION_RECORD_NONE;
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;

	sample(&p);
	assert_int_equal(prediction_record_format(&p, &text), 0);
	if (prediction_record_parse(text.data, text.len, "f", &err, &back) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(back.generation, 7);
	assert_int_equal(back.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(back.path[i].label, p.path[i].label);
		same_list(&back.path[i].events, &p.path[i].events);
	}
	/* 8 of the first path, 4 others of the second, 1 of the third */
	assert_int_equal(count(buffer_str(&text), "\nevent "), 13);
	assert_non_null(strstr(buffer_str(&text), "\nuses 0-7\n"));
	assert_non_null(strstr(buffer_str(&text), "\nuses 12,0-2,8-11,7\n"));
	prediction_record_free(&p);
	prediction_record_free(&back);
	prediction_record_free(&back);
	buffer_free(&text);
}

static void test_long_and_strange_texts(void **state)
{
	struct prediction_record p = { .generation = 1, .n = 1 }, back = PREDICTION_RECORD_NONE;
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	char body[PREDICTION_RECORD_TEXT_MAX + 1000];

	memset(body, 'x', sizeof(body));
	body[sizeof(body) - 1] = '\0';
	p.path[0].label = strdup("two\nlines");
	add(&p.path[0].events, 8, body, "");
	add(&p.path[0].events, 8, "menuentry a {\n\techo \x80\n}", "");
	add(&p.path[0].events, 8, "", "empty");
	assert_int_equal(prediction_record_format(&p, &text), 0);
	assert_int_equal(prediction_record_parse(text.data, text.len, "f", &err, &back), 0);
	assert_string_equal(back.path[0].label, "two\\x0alines");
	assert_int_equal(strlen(back.path[0].events.e[0].what), PREDICTION_RECORD_TEXT_MAX + 3);
	assert_string_equal(back.path[0].events.e[1].what, "menuentry a {\\x0a\\x09echo \\x80\\x0a}");
	assert_string_equal(back.path[0].events.e[2].what, "");
	assert_memory_equal(back.path[0].events.e[0].digest, p.path[0].events.e[0].digest, SHA256_LEN);
	prediction_record_free(&p);
	prediction_record_free(&back);
	buffer_free(&text);
}

static void test_too_much(void **state)
{
	struct prediction_record p = { .generation = 1, .n = 1 };
	struct buffer text = BUFFER_NONE;
	char what[16];

	p.path[0].label = strdup("");
	for (size_t i = 0; i <= PREDICTION_RECORD_EVENTS_MAX; i++) {
		snprintf(what, sizeof(what), "%zu", i);
		add(&p.path[0].events, 8, what, "");
	}
	assert_int_equal(prediction_record_format(&p, &text), -E2BIG);
	assert_null(text.data);
	prediction_record_free(&p);
}

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEAD "bootseal-predicted 1\ngeneration 7\n"
#define EVENT "event 8 0000000d " DIGEST " a\n"

static void refused(const char *text, const char *words)
{
	struct prediction_record p = PREDICTION_RECORD_NONE;
	struct error err = ERROR_NONE;

	assert_int_equal(prediction_record_parse(text, strlen(text), "f", &err, &p), -EBADMSG);
	if (!strstr(err.text, words))
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(p.n, 0);
}

static void test_evil(void **state)
{
	struct prediction_record p = PREDICTION_RECORD_NONE;
	struct error err = ERROR_NONE;

	assert_int_equal(prediction_record_parse(HEAD EVENT "path a\nuses \n",
						 strlen(HEAD EVENT "path a\nuses \n"), "f", &err, &p),
			 0);
	assert_int_equal(p.path[0].events.n, 0);
	prediction_record_free(&p);
	refused("", "f, line 0");
	refused("bootseal-predicted 2\n", "line 1");
	refused("bootseal-predicted 1\n", "line 1");
	refused("bootseal-predicted 1\ngeneration -1\n", "line 2");
	refused("bootseal-predicted 1\ngeneration 4294967296\n", "line 2");
	refused(HEAD "event 24 0000000d " DIGEST " a\n", "line 3");
	refused(HEAD "event 8 000000d " DIGEST " a\n", "line 3");
	refused(HEAD "event 8 0000000d e3b0 a\n", "line 3");
	refused(HEAD "event 8 0000000d " DIGEST "\n", "line 3");
	refused(HEAD "event 8 0000000d " DIGEST " \x01\n", "line 3");
	refused(HEAD EVENT "path a\n", "line 4");
	refused(HEAD EVENT "path a\npath b\n", "line 5");
	refused(HEAD EVENT "path a\nuses 1\n", "line 5");
	refused(HEAD EVENT EVENT "path a\nuses 1-0\n", "line 6");
	refused(HEAD EVENT EVENT "path a\nuses 0-99999999999999999999\n", "line 6");
	refused(HEAD EVENT "path a\nuses 0,\n", "line 5");
	refused(HEAD EVENT "path a\nuses 0 \n", "line 5");
	refused(HEAD "path a\nuses 0\n", "line 4");
	refused(HEAD EVENT "path a\nuses 0\n" EVENT, "line 6");
	refused(HEAD EVENT "uses 0\n", "line 4");
	refused(HEAD "\n", "line 3");
}

static void test_too_many(void **state)
{
	struct prediction_record p = PREDICTION_RECORD_NONE;
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;

	buffer_add_str(&text, HEAD EVENT);
	for (int i = 0; i < PREDICTION_RECORD_PATHS_MAX; i++)
		buffer_add_str(&text, "path a\nuses 0\n");
	assert_int_equal(prediction_record_parse(text.data, text.len, "f", &err, &p), 0);
	assert_int_equal(p.n, PREDICTION_RECORD_PATHS_MAX);
	prediction_record_free(&p);
	buffer_add_str(&text, "path a\nuses 0\n");
	assert_int_equal(prediction_record_parse(text.data, text.len, "f", &err, &p), -EBADMSG);
	buffer_free(&text);
	/* a path of more events than a boot can have */
	buffer_add_str(&text, HEAD EVENT "path a\nuses 0");
	for (int i = 0; i < EVENT_LIST_MAX; i++)
		buffer_add_str(&text, ",0");
	buffer_add_u8(&text, '\n');
	assert_int_equal(prediction_record_parse(text.data, text.len, "f", &err, &p), -EBADMSG);
	buffer_free(&text);
}

static void nearest_is(const struct event_list *log, size_t path, uint32_t pcr, const char *sealed,
		       const char *measured)
{
	struct comparison c;
	struct event_pair first;
	struct prediction_record p;
	size_t at = 77;

	sample(&p);
	assert_int_equal(prediction_record_nearest(&p, log, PCRS, &at, &c), 0);
	assert_int_equal(at, path);
	assert_int_equal(comparison_first(&c, &first), sealed != NULL);
	if (sealed) {
		assert_string_equal(p.path[at].events.e[first.predicted].what, sealed);
		assert_string_equal(log->e[first.logged].what, measured);
		assert_int_equal(log->e[first.logged].pcr, pcr);
	}
	prediction_record_free(&p);
}

static void test_nearest(void **state)
{
	struct event_list log = EVENT_LIST_NONE;

	boot(&log, "6.1.0-55", "ro quiet", "55");
	nearest_is(&log, 1, 0, NULL, NULL);
	event_list_free(&log);
	/* the command line was edited */
	boot(&log, "6.1.0-56", "ro quiet init=/bin/sh", "56");
	nearest_is(&log, 0, 8, "grub_cmd: linux /vmlinuz-6.1.0-56 ro quiet",
		   "grub_cmd: linux /vmlinuz-6.1.0-56 ro quiet init=/bin/sh");
	event_list_free(&log);
	/* the older kernel's initrd is another one */
	boot(&log, "6.1.0-55", "ro quiet", "evil");
	nearest_is(&log, 1, 9, "/initrd.img-6.1.0-55", "/initrd.img-6.1.0-55");
	event_list_free(&log);
	/* both: what comes first in the log */
	boot(&log, "6.1.0-55", "ro", "evil");
	nearest_is(&log, 1, 8, "grub_cmd: linux /vmlinuz-6.1.0-55 ro quiet",
		   "grub_cmd: linux /vmlinuz-6.1.0-55 ro");
	event_list_free(&log);
	/* another boot loader */
	add(&log, 4, "shim", "other");
	nearest_is(&log, 0, 4, "shim", "shim");
	event_list_free(&log);
}

/* The same commands and another initrd: an input that differs is walked over, but it is no agreement. */
static void test_nearest_by_inputs(void **state)
{
	struct prediction_record p = { .generation = 1, .n = 2 };
	struct event_list log = EVENT_LIST_NONE;
	struct comparison c;
	size_t at = 77;

	boot(&p.path[0].events, "6.1.0-55", "ro quiet", "one");
	boot(&p.path[1].events, "6.1.0-55", "ro quiet", "two");
	boot(&log, "6.1.0-55", "ro quiet", "two");
	assert_int_equal(prediction_record_nearest(&p, &log, PCRS, &at, &c), 0);
	assert_int_equal(at, 1);
	event_list_free(&log);
	prediction_record_free(&p);
}

static void test_no_path(void **state)
{
	struct event_list log = EVENT_LIST_NONE;
	struct prediction_record p = PREDICTION_RECORD_NONE;
	struct comparison c;
	size_t at;

	assert_int_equal(prediction_record_nearest(&p, &log, PCRS, &at, &c), -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_long_and_strange_texts),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_evil),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_by_inputs),
		cmocka_unit_test(test_no_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
