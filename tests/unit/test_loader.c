/*
 * The seam for boot loaders, shown with a toy loader of this test's own: two entries, one image before it,
 * PCRs and device names that no real loader shares. An assumption about GRUB in the walks over it would fail
 * here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/boot/bootpath.h"
#include "measure/boot/calibrate.h"
#include "measure/boot/loader.h"
#include "measure/boot/predict.h"
#include "measure/log/tcg.h"

#define TOY_PCRS (PCR(4) | PCR(7) | PCR(9) | PCR(11) | PCR(12))

/*
 * What the toy keeps from boot to boot: the number of boots, which it measures; and which slot its disk is
 * in.
 */
struct toy {
	unsigned boots;
	char slot;
};

static int add_text(struct event_list *l, uint32_t pcr, const char *text)
{
	uint8_t digest[SHA256_LEN];
	int r = hash_sha256(text, strlen(text), digest);

	return r < 0 ? r : event_list_add(l, pcr, EV_IPL, digest, text);
}

static int toy_list(const struct boot_facts *facts, struct error *err, struct boot_menu *ret)
{
	static const char *const names[] = { "new", "old" };

	ret->entries = calloc(2, sizeof(*ret->entries));
	assert_non_null(ret->entries);
	ret->entry_count = 2;
	for (size_t i = 0; i < 2; i++)
		ret->entries[i] = (struct boot_entry){ .title = strdup(names[i]), .id = strdup(names[i]),
						       .path = strdup(names[i]), .index = i };
	ret->default_path = strdup("new");
	return 0;
}

static int toy_run(const struct boot_facts *facts, const struct boot_choice *choice, struct error *err,
		   struct boot_trace *ret)
{
	const char *entry = choice->path ? choice->path : "new";
	const uint8_t marker[SHA256_LEN] = { 0 };
	const struct toy *toy = facts->own;
	char text[64];

	if (strcmp(entry, "new") != 0 && strcmp(entry, "old") != 0)
		return error_set(err, -ENOENT, "the toy has no entry %s", entry);
	*ret = (struct boot_trace){ .outcome = BOOT_LINUX, .through_stub = true, .entry = strdup(entry),
				    .entry_title = strdup(entry), .cmdline = strdup("quiet") };
	snprintf(text, sizeof(text), "(slot-%c)/%s.img", toy->slot, entry);
	ret->kernel = strdup(text);
	ret->release = strdup(entry);
	ret->initrds = calloc(1, sizeof(*ret->initrds));
	assert_non_null(ret->initrds);
	snprintf(text, sizeof(text), "(slot-%c)/initrd", toy->slot);
	ret->initrds[ret->initrd_count++] = strdup(text);
	assert_int_equal(event_list_add(&ret->events, 4, BOOT_EVENT_IMAGE, marker, ret->kernel), 0);
	snprintf(text, sizeof(text), "boot %u in slot %c", toy->boots, toy->slot);
	assert_int_equal(add_text(&ret->events, 12, text), 0);
	return add_text(&ret->events, 11, entry);
}

static int offer(unsigned boots, char slot, const char *note, boot_variant_fn each, void *context)
{
	struct toy *toy = calloc(1, sizeof(*toy));
	struct boot_variant v = { .own = toy, .memory = toy };

	assert_non_null(toy);
	*toy = (struct toy){ .boots = boots, .slot = slot };
	snprintf(v.note, sizeof(v.note), ", %s", note);
	snprintf(v.key, sizeof(v.key), " %s", note);
	memcpy(v.id, toy, sizeof(*toy));
	return each(context, &v);
}

static int toy_layouts(const struct boot_facts *facts, boot_variant_fn each, void *context)
{
	const struct toy *toy = facts->own;

	return offer(toy->boots, 'b', "in slot b", each, context);
}

/* It counts to two. */
static int toy_after(const struct boot_facts *facts, const struct boot_trace *trace, boot_variant_fn each,
		     void *context)
{
	const struct toy *toy = facts->own;
	int r = offer(1, toy->slot, "once booted", each, context);

	return r < 0 ? r : offer(2, toy->slot, "twice booted", each, context);
}

static int keep(void *context, struct boot_variant *v)
{
	*(struct boot_variant *)context = *v;
	return 0;
}

static int toy_before(const struct boot_facts *facts, const struct boot_trace *trace,
		      const struct event_list *log, struct boot_variant *ret)
{
	const struct toy *toy = facts->own;
	unsigned boots;

	for (size_t i = 0; i < log->n; i++)
		if (log->e[i].pcr == 12 && sscanf(log->e[i].what, "boot %u", &boots) == 1 &&
		    boots != toy->boots)
			return offer(boots, toy->slot, "as it was", keep, ret);
	return -ENOENT;
}

static const struct boot_loader toy_loader = {
	.name = "toy",
	.pcrs = TOY_PCRS,
	.list = toy_list,
	.run = toy_run,
	.layouts = toy_layouts,
	.after = toy_after,
	.before = toy_before,
};

/* --- a machine with it, no shim */

static int kernel_facts(void *context, const char *path, struct error *err, struct boot_kernel *ret)
{
	*ret = (struct boot_kernel){ .authorities = NULL };
	return hash_sha256(path, strlen(path), ret->digest);
}

static int stub_facts(void *context, const char *path, struct error *err, struct boot_stub *ret)
{
	*ret = (struct boot_stub){ .options = true, .initrd = true };
	return 0;
}

static int initrds(void *context, char *const *path, size_t n, struct error *err,
		   uint8_t ret[static SHA256_LEN])
{
	return hash_sha256(path[0], strlen(path[0]), ret);
}

struct toy_machine {
	struct toy toy;
	struct event_list platform, secureboot;
	struct boot_facts facts;
};

static void setup(struct toy_machine *m)
{
	const uint8_t loader[SHA256_LEN] = { 42 };

	*m = (struct toy_machine){ .toy = { .slot = 'a' } };
	assert_int_equal(add_text(&m->platform, 4, "calling"), 0);
	assert_int_equal(event_list_add(&m->secureboot, 7, EV_SEPARATOR, loader, "separator"), 0);
	assert_int_equal(event_list_add(&m->secureboot, 7, EV_EFI_VARIABLE_AUTHORITY, loader, "db"), 0);
	m->facts = (struct boot_facts){ .platform = &m->platform,
					.secureboot = &m->secureboot,
					.loader = &toy_loader,
					.image = { { .name = "toy.efi" } },
					.image_count = 1,
					.own = &m->toy,
					.kernel = kernel_facts,
					.stub = stub_facts,
					.initrds = initrds };
	memcpy(m->facts.image[0].digest, loader, SHA256_LEN);
}

static void teardown(struct toy_machine *m)
{
	event_list_free(&m->platform);
	event_list_free(&m->secureboot);
}

static void one_boot_in_order(void **state)
{
	static const struct {
		uint32_t pcr;
		const char *what;
	} want[] = {
		{ 7, "separator" },
		{ 4, "calling" },
		{ 7, "db" },
		{ 4, "toy.efi" },
		{ 4, "(slot-a)/new.img" },
		{ 12, "boot 0 in slot a" },
		{ 11, "new" },
		{ 9, "LOADED_IMAGE::LoadOptions" },
		{ 9, "Linux initrd" },
	};
	const struct boot_choice untouched = { .path = NULL };
	struct prediction p = PREDICTION_NONE;
	struct error err = ERROR_NONE;
	struct toy_machine m;

	setup(&m);
	assert_int_equal(predict(&m.facts, &untouched, &err, &p), 0);
	assert_int_equal(p.events.n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < p.events.n; i++) {
		assert_int_equal(p.events.e[i].pcr, want[i].pcr);
		assert_string_equal(p.events.e[i].what, want[i].what);
	}
	prediction_free(&p);
	teardown(&m);
}

static size_t labelled(const struct bootpaths *b, const char *label)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += strcmp(b->path[i].label, label) == 0;
	return n;
}

/* Two entries, three counts, two slots: the default is the first entry by hand. */
static void paths_in_all_variants(void **state)
{
	const struct bootpath_options o = { .max = 32 };
	struct bootpaths b = BOOTPATHS_NONE;
	struct error err = ERROR_NONE;
	struct toy_machine m;

	setup(&m);
	assert_int_equal(bootpaths_find(&m.facts, &o, &err, &b), 0);
	assert_int_equal(b.n, 12);
	assert_int_equal(b.out_count, 0);
	assert_true(b.path[0].is_default);
	assert_string_equal(b.path[0].key, "default");
	assert_string_equal(b.path[0].release, "new");
	assert_int_equal(labelled(&b, "Linux new (default)"), 1);
	assert_int_equal(labelled(&b, "Linux old (from the menu)"), 1);
	assert_int_equal(labelled(&b, "Linux old (from the menu, once booted)"), 1);
	assert_int_equal(labelled(&b, "Linux new (default, in slot b)"), 1);
	assert_int_equal(labelled(&b, "Linux new (default, twice booted, in slot b)"), 1);
	assert_string_equal(b.path[11].key, "menu old twice booted in slot b");
	bootpaths_free(&b);
	teardown(&m);
}

/* A boot by hand, which the toy counted after it had measured the count. */
static void calibrated_with_the_state_before(void **state)
{
	const struct boot_choice old = { .path = "old", .force_menu = true };
	struct prediction boot = PREDICTION_NONE;
	struct error err = ERROR_NONE;
	struct calibrated c;
	struct toy_machine m;

	setup(&m);
	assert_int_equal(predict(&m.facts, &old, &err, &boot), 0);
	m.toy.boots = 1;
	assert_int_equal(calibrate(&m.facts, &boot.events, &err, &c), 0);
	assert_true(c.reproduced);
	assert_true(comparison_exact(&c.comparison));
	assert_false(c.by_itself);
	assert_string_equal(c.prediction.trace.entry, "old");
	assert_int_equal(((const struct toy *)c.before.own)->boots, 0);
	calibrated_free(&c);
	prediction_free(&boot);
	teardown(&m);
}

/* An event outside the loader's PCRs does not count against it, one inside does. */
static void other_pcrs_do_not_count(void **state)
{
	const struct boot_choice untouched = { .path = NULL };
	struct prediction boot = PREDICTION_NONE;
	struct error err = ERROR_NONE;
	struct calibrated c;
	struct toy_machine m;

	setup(&m);
	assert_int_equal(predict(&m.facts, &untouched, &err, &boot), 0);
	assert_int_equal(add_text(&boot.events, 8, "grub_cmd: true"), 0);
	assert_int_equal(add_text(&boot.events, 14, "MokList"), 0);
	assert_int_equal(calibrate(&m.facts, &boot.events, &err, &c), 0);
	assert_true(c.reproduced);
	calibrated_free(&c);
	assert_int_equal(add_text(&boot.events, 11, "one more"), 0);
	assert_int_equal(calibrate(&m.facts, &boot.events, &err, &c), 0);
	assert_false(c.reproduced);
	calibrated_free(&c);
	prediction_free(&boot);
	teardown(&m);
}

static void an_image_of_no_loader(void **state)
{
	const struct boot_loader *found = NULL;
	struct error err = ERROR_NONE;
	struct reader image;

	image = reader_new("MZ", 2);
	assert_true(boot_loader_find(&image, &err, &found) < 0);
	assert_true(err.text[0] != '\0');
	assert_null(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_boot_in_order),
		cmocka_unit_test(paths_in_all_variants),
		cmocka_unit_test(calibrated_with_the_state_before),
		cmocka_unit_test(other_pcrs_do_not_count),
		cmocka_unit_test(an_image_of_no_loader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
