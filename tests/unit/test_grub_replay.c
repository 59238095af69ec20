/*
 * Every recorded configuration, evaluated and compared with what the real signed GRUB measured, event by
 * event: those of tests/grub, and those of ../shared (or BOOTSEAL_SHARED) where that is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "measure/grub/env.h"
#include "measure/grub/env_before.h"
#include "shared.h"
#include "ubuntu_case.h"

#define MAX_TESTS 512

struct replay {
	char dir[600];
	char expected[640];
	bool kernels_recorded; /* with a kernel and an initrd that are not those of tests/grub/common */
	const struct grub_build *build;
	const struct ubuntu_loader *loader; /* of shared/ubuntu-grub beside the checkout; NULL: Debian's */
};

static struct replay replays[MAX_TESTS + 1];
static struct CMUnitTest tests[MAX_TESTS + 2];
static char names[MAX_TESTS][160];

static void compare(const char *got, const char *want)
{
	unsigned line = 1;
	size_t n, m;

	while (*got || *want) {
		n = strcspn(got, "\n");
		m = strcspn(want, "\n");
		if (n != m || memcmp(got, want, n))
			fail_msg("event %u differs\n  GRUB:  %.*s\n  model: %.*s", line, (int)m, want, (int)n,
				 got);
		got += n + (got[n] == '\n');
		want += m + (want[m] == '\n');
		line++;
	}
}

/* "9 DIGEST NAME" as "9 NAME": what a log's text tells. */
static void drop_digests(struct buffer *b)
{
	struct buffer text = BUFFER_NONE;
	const char *line = buffer_str(b), *rest;
	size_t n;

	for (; *line; line += n) {
		n = strcspn(line, "\n") + 1;
		rest = line[0] == '9' ? line + 2 + 2 * SHA256_LEN + 1 : line + 2;
		buffer_add(&text, line, 2);
		buffer_add(&text, rest, n - (size_t)(rest - line));
	}
	buffer_free(b);
	*b = text;
}

/* What GRUB left in its environment, and the block of before found again from that. */
static void check_environment(const struct replay *r, const struct boot_trace *t)
{
	struct buffer before = BUFFER_NONE, after = BUFFER_NONE;
	char path[700];
	uint8_t digest[SHA256_LEN], *found;

	snprintf(path, sizeof(path), "%s/%s/grubenv.after", r->dir, r->loader->name);
	if (file_read(path, 4096, NULL, &after) < 0)
		return;
	snprintf(path, sizeof(path), "%s/boot/grub/grubenv", r->dir);
	if (file_read(path, 4096, NULL, &before) < 0) {
		snprintf(path, sizeof(path), "%s/boot/boot/grub/grubenv", r->dir);
		assert_int_equal(file_read(path, 4096, NULL, &before), 0);
	}
	assert_int_equal(before.len, after.len);
	if (t->write_count) {
		assert_int_equal(t->writes[0].len, after.len);
		assert_memory_equal(t->writes[0].bytes, after.data, after.len);
	} else {
		assert_memory_equal(before.data, after.data, after.len);
	}
	assert_int_equal(hash_sha256(before.data, before.len, digest), 0);
	found = malloc(after.len);
	assert_int_equal(grubenv_before(after.data, after.len, digest, &t->events, found), 0);
	assert_memory_equal(found, before.data, before.len);
	/* and after grub-common.service and grub-initrd-fallback.service */
	grub_env_unset(after.data, after.len, "recordfail");
	grub_env_unset(after.data, after.len, "initrdfail");
	grub_env_unset(after.data, after.len, "prev_entry");
	assert_int_equal(grubenv_before(after.data, after.len, digest, &t->events, found), 0);
	assert_memory_equal(found, before.data, before.len);
	free(found);
	buffer_free(&before);
	buffer_free(&after);
}

static void replay(void **state)
{
	const struct replay *r = *state;
	struct grub_case *c = r->loader ? ubuntu_case_open(shared_path("ubuntu-grub"), r->dir, r->loader) :
					  case_open(r->dir, r->build);
	struct buffer got = BUFFER_NONE, want = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct boot_trace result;
	size_t i;

	assert_non_null(c);
	assert_int_equal(file_read(r->expected, 1 << 20, &err, &want), 0);
	if (r->kernels_recorded)
		case_take_kernels(c, buffer_str(&want));
	if (grub_evaluate(&c->machine, &c->choice, &err, &result) < 0)
		fail_msg("%s", err.text);
	for (i = 0; i < result.events.n; i++)
		case_event_line(&result.events.e[i], &got);
	if (strstr(r->expected, ".text"))
		drop_digests(&got);
	compare(buffer_str(&got), buffer_str(&want));
	assert_int_equal(result.outcome, BOOT_LINUX);
	if (r->loader)
		check_environment(r, &result);
	boot_trace_free(&result);
	buffer_free(&got);
	buffer_free(&want);
	case_close(c);
}

static size_t add_test(const char *dir, const char *expected, const struct grub_build *build, size_t n)
{
	struct replay *r = &replays[n];

	snprintf(r->dir, sizeof(r->dir), "%s", dir);
	snprintf(r->expected, sizeof(r->expected), "%s/%s", dir, expected);
	r->build = build;
	if (n >= MAX_TESTS || access(r->expected, R_OK))
		return n;
	snprintf(names[n], sizeof(names[n]), "%.140s.%d", strrchr(dir, '/') + 1, (int)build->version);
	tests[n] = (struct CMUnitTest){ .name = names[n], .test_func = replay, .initial_state = r };
	return n + 1;
}

/* Each folder of the parent that has expectations. */
static size_t add_tests(const char *parent, size_t n)
{
	struct dirent **found;
	int count = scandir(parent, &found, NULL, alphasort);
	char dir[600];

	for (int i = 0; i < count; i++) {
		snprintf(dir, sizeof(dir), "%s/%s", parent, found[i]->d_name);
		if (found[i]->d_name[0] != '.') {
			n = add_test(dir, "expected.206", grub_build_find(GRUB_DEBIAN, GRUB_2_06), n);
			n = add_test(dir, "expected.212", grub_build_find(GRUB_DEBIAN, GRUB_2_12), n);
		}
		free(found[i]);
	}
	if (count >= 0)
		free(found);
	return n;
}

/* Each case of a folder, with each loader that booted it. */
static size_t add_ubuntu(const char *parent, size_t n)
{
	const struct ubuntu_loader *l;
	struct dirent **found;
	int count = scandir(parent, &found, NULL, alphasort);
	char dir[600], expected[40];
	size_t before;

	for (int i = 0; i < count; i++) {
		snprintf(dir, sizeof(dir), "%s/%s", parent, found[i]->d_name);
		for (l = ubuntu_loaders; l->name && found[i]->d_name[0] != '.'; l++) {
			before = n;
			if (!strcmp(l->name, "log"))
				snprintf(expected, sizeof(expected), "expected.text");
			else
				snprintf(expected, sizeof(expected), "%s/expected", l->name);
			n = add_test(dir, expected, grub_build_find(GRUB_UBUNTU, l->version), n);
			if (n == before)
				continue;
			replays[before].loader = l;
			snprintf(names[before], sizeof(names[0]), "%.100s.%s", found[i]->d_name, l->name);
		}
		free(found[i]);
	}
	if (count >= 0)
		free(found);
	return n;
}

/* Other people's recordings are not copied into the tree. */
static size_t add_shared(size_t n)
{
	size_t before = n;

	n = add_tests(shared_path("cases/grub"), n);
	n = add_ubuntu(shared_path("ubuntu-grub/cases"), n);
	n = add_test(shared_path("ubuntu-grub/cases/k1-debian12-mkconfig"), "d12/expected",
		     grub_build_find(GRUB_DEBIAN, GRUB_2_06), n);
	for (size_t i = before; i < n; i++)
		replays[i].kernels_recorded = true;
	if (n == before)
		tests[n++] = (struct CMUnitTest)cmocka_unit_test_prestate(shared_is_missing, "ubuntu-grub");
	return n;
}

/* A lost directory must not pass as success. */
static void recorded_enough(void **state)
{
	size_t n = *(size_t *)*state;

	assert_true(n >= 2);
}

int main(void)
{
	static size_t recorded;
	size_t n;

	recorded = add_tests("tests/grub", 0);
	n = add_shared(recorded);
	tests[n] = (struct CMUnitTest){ .name = "recorded_enough", .test_func = recorded_enough,
		.initial_state = &recorded };
	return _cmocka_run_group_tests("grub_replay", tests, n + 1, NULL, NULL);
}
