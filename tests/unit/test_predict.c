/* The whole chain against two real boots: every event in its place, every PCR value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "chain_sample.h"
#include "measure/log/compare.h"

static void expect_boot(struct sample *s, const char *cmdline)
{
	const struct boot_choice untouched = { .path = NULL };
	struct prediction p = PREDICTION_NONE;
	struct error err = ERROR_NONE;
	size_t at = 0;

	if (predict(&s->chain, &untouched, &err, &p) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < s->logged.n; i++) {
		const struct event *e = &s->logged.e[i];

		if (!(boot_loader_grub.pcrs >> e->pcr & 1))
			continue;
		if (at == p.events.n)
			fail_msg("event %zu (PCR %u, %s) was not predicted", i, e->pcr, e->what);
		if (p.events.e[at].pcr != e->pcr || memcmp(p.events.e[at].digest, e->digest, SHA256_LEN) != 0)
			fail_msg("event %zu: measured PCR %u %s, predicted PCR %u %s", i, e->pcr, e->what,
				 p.events.e[at].pcr, p.events.e[at].what);
		if (e->pcr == 8 || (e->pcr == 9 && e->type == EV_IPL))
			assert_string_equal(p.events.e[at].what, e->what);
		at++;
	}
	assert_int_equal(at, p.events.n);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (boot_loader_grub.pcrs >> i & 1)
			assert_memory_equal(p.pcrs[i], s->pcrs[i], SHA256_LEN);
	assert_string_equal(p.trace.cmdline, cmdline);
	prediction_free(&p);
	sample_close(s);
}

static void debian12_is_exact(void **state)
{
	expect_boot(sample_debian12(), "BOOT_IMAGE=/vmlinuz-" SAMPLE_RELEASE_12
				       " root=/dev/mapper/cryptroot ro console=ttyS0 quiet");
}

static void debian13_is_exact(void **state)
{
	expect_boot(sample_debian13(), "BOOT_IMAGE=/vmlinuz-" SAMPLE_RELEASE_13
				       " root=/dev/mapper/cryptroot ro console=ttyS0 quiet");
}

/* Where Secure Boot is off: PCR 0 and 2 as this boot measured them. */
static void firmware_is_exact(void **state)
{
	const struct boot_choice untouched = { .path = NULL };
	struct event_list firmware = EVENT_LIST_NONE;
	struct sample *s = sample_debian13();
	struct prediction p;
	struct comparison c;

	assert_int_equal(boot_facts_pcrs(&s->chain), boot_loader_grub.pcrs);
	for (size_t i = 0; i < s->logged.n; i++) {
		const struct event *e = &s->logged.e[i];

		if (e->pcr == 0 || e->pcr == 2)
			assert_int_equal(event_list_add(&firmware, e->pcr, e->type, e->digest, e->what), 0);
	}
	s->chain.firmware = &firmware;
	assert_int_equal(boot_facts_pcrs(&s->chain), boot_loader_grub.pcrs | PCR(0) | PCR(2));
	assert_int_equal(predict(&s->chain, &untouched, NULL, &p), 0);
	assert_int_equal(compare_events(&s->logged, &p.events, boot_facts_pcrs(&s->chain), &c), 0);
	assert_true(comparison_exact(&c));
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (boot_facts_pcrs(&s->chain) >> i & 1)
			assert_memory_equal(p.pcrs[i], s->pcrs[i], SHA256_LEN);
	prediction_free(&p);
	event_list_free(&firmware);
	sample_close(s);
}

/*
 * A kernel that shim finds signed by a new certificate is one more event of PCR 7, after the kernel's own
 * first one.
 */
static void new_authority_follows_the_kernel(void **state)
{
	struct sample *s = sample_debian12();
	const struct boot_choice untouched = { .path = NULL };
	struct event_list more = EVENT_LIST_NONE;
	struct prediction p = PREDICTION_NONE;
	const uint8_t digest[SHA256_LEN] = { 1 };
	size_t kernels = 0, after = 0;

	assert_int_equal(event_list_add(&more, 7, EV_EFI_VARIABLE_AUTHORITY, digest, "MokListRT"), 0);
	s->kernel.authorities = &more;
	assert_int_equal(predict(&s->chain, &untouched, NULL, &p), 0);
	for (size_t i = 0; i < p.events.n; i++) {
		if (p.events.e[i].pcr == 4 && memcmp(p.events.e[i].digest, s->kernel.digest, SHA256_LEN) == 0)
			kernels++;
		if (p.events.e[i].pcr == 7 && memcmp(p.events.e[i].digest, digest, SHA256_LEN) == 0) {
			after++;
			assert_int_equal(kernels, 1);
		}
	}
	assert_int_equal(kernels, 2);
	assert_int_equal(after, 1);
	prediction_free(&p);
	event_list_free(&more);
	sample_close(s);
}

/* chainloader, and then Linux: two images after the loader. */
static int run_two(const struct boot_facts *facts, const struct boot_choice *choice, struct error *err,
		   struct boot_trace *ret)
{
	static const uint8_t unknown[SHA256_LEN];
	static const char *const image[] = { "(hd0,gpt1)/EFI/other.efi", "(hd0,gpt2)/vmlinuz" };
	int r = 0;

	*ret = (struct boot_trace){ .kernel = NULL };
	for (size_t i = 0; i < 2 && r == 0; i++)
		r = event_list_add(&ret->events, 4, BOOT_EVENT_IMAGE, unknown, image[i]);
	return r;
}

static int kernel_of_two(void *context, const char *path, struct error *err, struct boot_kernel *ret)
{
	const struct event_list *authorities = context;

	*ret = (struct boot_kernel){ .authorities = &authorities[strstr(path, "vmlinuz") != NULL] };
	return 0;
}

/* Each image leaves its own authority, behind itself; shim measures none of them twice. */
static void each_image_has_its_authority(void **state)
{
	static const uint8_t one[SHA256_LEN] = { 1 }, two[SHA256_LEN] = { 2 };
	static const struct boot_loader loader = { .name = "two", .pcrs = PCR(4) | PCR(7), .run = run_two };
	const struct boot_choice untouched = { .path = NULL };
	struct event_list authorities[2] = { EVENT_LIST_NONE, EVENT_LIST_NONE }, none = EVENT_LIST_NONE;
	const struct boot_facts facts = {
		.platform = &none, .secureboot = &none, .image_count = 1, .image = { { .name = "shim" } },
		.loader = &loader, .context = authorities, .kernel = kernel_of_two,
	};
	struct prediction p = PREDICTION_NONE;

	assert_int_equal(event_list_add(&authorities[0], 7, EV_EFI_VARIABLE_AUTHORITY, one, "db"), 0);
	assert_int_equal(event_list_append(&authorities[1], &authorities[0]), 0);
	assert_int_equal(event_list_add(&authorities[1], 7, EV_EFI_VARIABLE_AUTHORITY, two, "db"), 0);
	assert_int_equal(predict(&facts, &untouched, NULL, &p), 0);
	assert_int_equal(p.events.n, 5);
	assert_memory_equal(p.events.e[2].digest, one, SHA256_LEN);
	assert_int_equal(p.events.e[3].pcr, 4);
	assert_memory_equal(p.events.e[4].digest, two, SHA256_LEN);
	prediction_free(&p);
	event_list_free(&authorities[0]);
	event_list_free(&authorities[1]);
}

/* The command line is not measured for a kernel whose stub does not do it. */
static void older_stub_measures_nothing(void **state)
{
	struct sample *s = sample_debian13();
	const struct boot_choice untouched = { .path = NULL };
	struct prediction p = PREDICTION_NONE;

	s->stub = (struct boot_stub){ .options = false };
	assert_int_equal(predict(&s->chain, &untouched, NULL, &p), 0);
	for (size_t i = 0; i < p.events.n; i++)
		assert_int_not_equal(p.events.e[i].type, EV_EVENT_TAG);
	prediction_free(&p);
	sample_close(s);
}

static void errors_of_grub_come_through(void **state)
{
	struct sample *s = sample_debian12();
	const struct boot_choice absent = { .path = "no such entry", .force_menu = true };
	struct prediction p = PREDICTION_NONE;
	struct error err = ERROR_NONE;

	assert_int_equal(predict(&s->chain, &absent, &err, &p), -ENOENT);
	assert_true(err.text[0] != '\0');
	assert_int_equal(p.events.n, 0);
	sample_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debian12_is_exact),
		cmocka_unit_test(debian13_is_exact),
		cmocka_unit_test(firmware_is_exact),
		cmocka_unit_test(new_authority_follows_the_kernel),
		cmocka_unit_test(each_image_has_its_authority),
		cmocka_unit_test(older_stub_measures_nothing),
		cmocka_unit_test(errors_of_grub_come_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
