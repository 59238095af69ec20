/* Which ways of booting become branches, what they are called, and what is left out and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bootpath_sample.h"

#define RECOVERY "Debian GNU/Linux, with Linux " SAMPLE_RELEASE_12 " (recovery mode)"
#define SNAPSHOTS 40

/*
 * One kernel: the default, which the first entry by hand equals, and the one in the submenu. Recovery gets
 * none.
 */
static void one_kernel(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	find_paths(s, &o, &b);
	assert_int_equal(b.n, 2);
	assert_string_equal(b.path[0].label, DEFAULT_LABEL);
	assert_true(b.path[0].is_default);
	assert_string_equal(b.path[0].release, SAMPLE_RELEASE_12);
	assert_memory_equal(b.path[0].prediction.pcrs[8], s->pcrs[8], SHA256_LEN);
	assert_non_null(labelled(&b, MENU_LABEL));
	assert_false(b.path[1].is_default);
	assert_int_equal(b.out_count, 1);
	assert_false(b.default_lacks_initrd);
	assert_string_equal(why_out(&b, RECOVERY), "it gives a root shell ('single' on its command line)");
	bootpaths_free(&b);
	bootpaths_free(&b);
	sample_close(s);
}

static void root_shells_when_asked_for(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true, .root_shells = true };
	struct bootpaths b = BOOTPATHS_NONE;

	find_paths(s, &o, &b);
	assert_int_equal(b.n, 3);
	assert_int_equal(b.out_count, 0);
	bootpaths_free(&b);
	sample_close(s);
}

/* "UEFI Firmware Settings" of Debian 13 starts no Linux: nothing to say about it. */
static void firmware_settings_are_no_boot_path(void **state)
{
	struct sample *s = sample_debian13();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	find_paths(s, &o, &b);
	assert_int_equal(b.n, 2);
	assert_int_equal(b.out_count, 1);
	assert_string_equal(why_out(&b, "UEFI Firmware Settings"), "");
	bootpaths_free(&b);
	sample_close(s);
}

static void no_room(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 1, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	find_paths(s, &o, &b);
	assert_int_equal(b.n, 1);
	assert_true(b.path[0].is_default);
	assert_int_equal(b.out_count, 2);
	bootpaths_free(&b);
	sample_close(s);
}

static void set_cfg(struct sample *s, const char *text)
{
	struct sample_file *f = sample_find(s, "hd0,gpt2", "/grub/grub.cfg");

	f->bytes.len = 0;
	buffer_add_str(&f->bytes, text);
}

static void add_to_cfg(struct sample *s, const char *text)
{
	buffer_add_str(&sample_find(s, "hd0,gpt2", "/grub/grub.cfg")->bytes, text);
}

static void entry_without_initrd(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	replace_in_cfg(s, "\tinitrd\t/initrd.img-" SAMPLE_RELEASE_12 "\n", "");
	find_paths(s, &o, &b);
	assert_null(labelled(&b, DEFAULT_LABEL));
	assert_string_equal(why_out(&b, DEFAULT_LABEL), "it has no initrd that could close the window");
	assert_true(b.default_lacks_initrd);
	for (size_t i = 0; i < b.n; i++)
		assert_false(b.path[i].is_default);
	bootpaths_free(&b);
	sample_close(s);
}

/* A default that waits for a person is said, since the next boot will not come up. */
static void default_that_waits(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	replace_in_cfg(s, "    set timeout=0\n", "    set timeout=-1\n");
	find_paths(s, &o, &b);
	assert_string_equal(why_out(&b, "the default entry"), "it does not start Linux");
	for (size_t i = 0; i < b.n; i++)
		assert_false(b.path[i].is_default);
	assert_int_equal(b.n, 2);
	bootpaths_free(&b);
	sample_close(s);
}

/*
 * A configuration for another GRUB: what nothing starts, and why, with file and line. It costs that entry
 * alone.
 */
static void commands_of_other_builds(void **state)
{
	static const char cfg[] =
		"menuentry 'BIOS' --id bios {\n\tlinux16 /vmlinuz-" SAMPLE_RELEASE_12 "\n}\n"
		"menuentry 'Xen' --id xen {\n\tmultiboot2 /xen.gz\n}\n"
		"menuentry 'Both' --id both {\n\tincrement boot_counter\n"
		"\tlinux /vmlinuz-" SAMPLE_RELEASE_12 " root=x ro\n"
		"\tinitrd /initrd.img-" SAMPLE_RELEASE_12 "\n}\n";
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	add_to_cfg(s, cfg);
	find_paths(s, &o, &b);
	assert_true(b.path[0].is_default);
	assert_non_null(strstr(why_out(&b, "BIOS"), "it does not start Linux: (hd0,gpt2)/grub/grub.cfg:"));
	assert_non_null(strstr(why_out(&b, "BIOS"), ": 'linux16' is not supported: it belongs to a kernel"));
	assert_non_null(strstr(why_out(&b, "Xen"), ": 'multiboot2' is not supported: it starts a hyperv"));
	/* what starts anyway is a boot path like any other */
	assert_string_equal(why_out(&b, "Both"), "");
	bootpaths_free(&b);
	sample_close(s);
	/* Fedora's: the whole menu */
	s = sample_debian12();
	set_cfg(s, "set timeout=5\ninsmod blscfg\nblscfg\n");
	find_paths(s, &o, &b);
	assert_int_equal(b.n, 0);
	assert_string_equal(why_out(&b, "the default entry"),
			    "it does not start Linux: (hd0,gpt2)/grub/grub.cfg:3: 'blscfg' is not supported: "
			    "it lists the entries of loader/entries, as Fedora's GRUB does; 'update-grub' "
			    "writes menu entries");
	bootpaths_free(&b);
	sample_close(s);
}

static void other_loader(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	replace_in_cfg(s, "\n### END /etc/grub.d/10_linux",
		       "\nmenuentry 'Other' {\n\tchainloader (hd0,gpt1)/EFI/debian/grub.cfg\n}\n### END "
		       "/etc/grub.d/10_linux");
	find_paths(s, &o, &b);
	assert_int_equal(b.n, 2);
	assert_true(why_out(&b, "Other")[0] != '\0');
	bootpaths_free(&b);
	sample_close(s);
}

static int refuse_all(void *context, const struct prediction *p, bool expected, struct error *err)
{
	size_t *asked = context;

	(*asked)++;
	return error_set(err, -EPERM, "not proven");
}

static void caller_has_the_last_word(void **state)
{
	struct sample *s = sample_debian12();
	size_t asked = 0;
	const struct bootpath_options o = {
		.max = 32, .one_layout = true, .admit = refuse_all, .context = &asked
	};
	struct bootpaths b = BOOTPATHS_NONE;

	find_paths(s, &o, &b);
	assert_int_equal(b.n, 0);
	assert_true(asked >= 2);
	assert_string_equal(why_out(&b, DEFAULT_LABEL), "not proven");
	bootpaths_free(&b);
	sample_close(s);
}

static void add_snapshots(struct sample *s)
{
	struct buffer b = BUFFER_NONE;

	for (unsigned i = 0; i < SNAPSHOTS; i++)
		buffer_addf(&b, "\nmenuentry 'snapshot %u' {\n\tlinux /vmlinuz-" SAMPLE_RELEASE_12
			    " root=/dev/mapper/cryptroot ro rootflags=subvol=@%u\n\tinitrd /initrd.img-"
			    SAMPLE_RELEASE_12 "\n}\n", i, i);
	buffer_add_str(&b, ENTRY_END);
	assert_true(buffer_ok(&b));
	replace_in_cfg(s, ENTRY_END, buffer_str(&b));
	buffer_free(&b);
}

static int only_expected(void *context, const struct prediction *p, bool expected, struct error *err)
{
	return expected ? 0 : error_set(err, -EPERM, "it needs /boot/grub/x.cfg, which is not trusted");
}

/* Forty entries that nobody sealed: one line, and nothing that was sealed gives way. */
static void snapshots_in_one_line(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .admit = only_expected };
	const struct bootpath_options all = { .max = 32 };
	struct bootpaths b = BOOTPATHS_NONE;
	size_t others = 0;

	add_snapshots(s);
	find_paths(s, &o, &b);
	assert_int_equal(b.n, 4);
	assert_true(b.path[0].is_default);
	assert_int_equal(b.out_count, 2);
	assert_string_equal(why_out(&b, "40 other menu entries"),
			    "they were never sealed; the first, 'snapshot 0': it needs /boot/grub/x.cfg, "
			    "which is not trusted");
	bootpaths_free(&b);
	/* accepted, they take what is left: default, kernel and their variants come first */
	find_paths(s, &all, &b);
	assert_int_equal(b.n, 32);
	assert_non_null(labelled(&b, DEFAULT_LABEL));
	assert_non_null(labelled(&b, MENU_LABEL));
	assert_non_null(labelled(&b, "Linux " SAMPLE_RELEASE_12 " (default, boot disk as hd1)"));
	assert_non_null(labelled(&b, "Linux " SAMPLE_RELEASE_12 " (from the menu, boot disk as hd1)"));
	for (size_t i = 0; i < b.n; i++)
		others += strstr(b.path[i].prediction.trace.cmdline, "subvol=@") != NULL;
	assert_int_equal(others, 28);
	assert_int_equal(b.out_count, 2);
	assert_non_null(strstr(why_out(&b, "12 other menu entries"), "no space"));
	bootpaths_free(&b);
	sample_close(s);
}

static bool sealed_snapshot(void *context, const char *key)
{
	return strcmp(key, "menu snapshot 39") == 0;
}

/* One that was sealed is asked for like the kernels' own. */
static void sealed_entries_are_expected(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = {
		.max = 32, .one_layout = true, .admit = only_expected, .was_sealed = sealed_snapshot
	};
	struct bootpaths b = BOOTPATHS_NONE;

	add_snapshots(s);
	find_paths(s, &o, &b);
	assert_int_equal(b.n, 3);
	assert_string_equal(b.path[2].prediction.trace.entry, "snapshot 39");
	assert_true(why_out(&b, "39 other menu entries")[0] != '\0');
	bootpaths_free(&b);
	sample_close(s);
}

/* A chain that the firmware reaches after other boot options: they are variants of PCR 4 alone. */
static void boot_options_that_fail(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct boot_platform none = { .note = ", no boot option failed first", .key = " failed 0" };
	const struct bootpath *first, *other;
	struct bootpaths b = BOOTPATHS_NONE;

	assert_int_equal(platform_with_attempts(&s->platform, 0, &none.events), 0);
	s->chain.platforms = &none;
	s->chain.platform_count = 1;
	find_paths(s, &o, &b);
	assert_int_equal(b.n, 4);
	first = labelled(&b, DEFAULT_LABEL);
	other = labelled(&b, "Linux " SAMPLE_RELEASE_12 " (default, no boot option failed first)");
	assert_non_null(first);
	assert_non_null(other);
	assert_true(first->is_default);
	assert_false(other->is_default);
	assert_string_equal(other->key, "default failed 0");
	assert_string_equal(other->prediction.trace.kernel, first->prediction.trace.kernel);
	assert_string_equal(other->prediction.trace.cmdline, first->prediction.trace.cmdline);
	assert_int_equal(other->prediction.trace.initrd_count, 1);
	assert_memory_not_equal(other->prediction.pcrs[4], first->prediction.pcrs[4], SHA256_LEN);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (i != 4)
			assert_memory_equal(other->prediction.pcrs[i], first->prediction.pcrs[i], SHA256_LEN);
	bootpaths_free(&b);
	event_list_free(&none.events);
	sample_close(s);
}

static int failure;

static int no_kernel_to_see(void *context, const struct grub_device *d, const char *path,
			    struct grub_stat *ret_stat)
{
	return strstr(path, "vmlinuz") ? failure : sample_stat(context, d, path, ret_stat);
}

/*
 * A read error says nothing about a path: one try later it may be there again, and its branch would be gone.
 */
static void failure_is_no_reason(void **state)
{
	static const int failures[] = { -EIO, -EMFILE, -ENFILE };
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct sample *s = sample_debian12();
	struct bootpaths b = BOOTPATHS_NONE;
	struct error err;

	s->files.stat = no_kernel_to_see;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		failure = failures[i];
		err = ERROR_NONE;
		assert_int_equal(bootpaths_find(&s->chain, &o, &err, &b), failures[i]);
		assert_non_null(strstr(err.text, "vmlinuz-" SAMPLE_RELEASE_12));
		assert_int_equal(b.n, 0);
	}
	sample_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_kernel),
		cmocka_unit_test(root_shells_when_asked_for),
		cmocka_unit_test(firmware_settings_are_no_boot_path),
		cmocka_unit_test(no_room),
		cmocka_unit_test(entry_without_initrd),
		cmocka_unit_test(default_that_waits),
		cmocka_unit_test(commands_of_other_builds),
		cmocka_unit_test(other_loader),
		cmocka_unit_test(caller_has_the_last_word),
		cmocka_unit_test(snapshots_in_one_line),
		cmocka_unit_test(sealed_entries_are_expected),
		cmocka_unit_test(boot_options_that_fail),
		cmocka_unit_test(failure_is_no_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
