/* Which ways of booting become branches, what they are called, and what is left out and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "chain_sample.h"
#include "measure/boot/bootpath.h"
#include "measure/boot/bootpath_names.h"
#include "measure/grub/renumber.h"
#include "measure/grub/env.h"

#define DEFAULT_LABEL "Linux " SAMPLE_RELEASE_12 " (default)"
#define MENU_LABEL "Linux " SAMPLE_RELEASE_12 " (from the menu)"
#define RECOVERY "Debian GNU/Linux, with Linux " SAMPLE_RELEASE_12 " (recovery mode)"

static void find(struct sample *s, const struct bootpath_options *o, struct bootpaths *ret)
{
	struct error err = ERROR_NONE;

	if (bootpaths_find(&s->chain, o, &err, ret) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ret->n; i++)
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(ret->path[i].key, ret->path[k].key);
			assert_memory_not_equal(ret->path[i].prediction.pcrs, ret->path[k].prediction.pcrs,
						sizeof(ret->path[i].prediction.pcrs));
		}
}

static const struct bootpath *labelled(const struct bootpaths *b, const char *label)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->path[i].label, label) == 0)
			return &b->path[i];
	return NULL;
}

static const char *why_out(const struct bootpaths *b, const char *label)
{
	for (size_t i = 0; i < b->out_count; i++)
		if (strcmp(b->out[i].label, label) == 0)
			return b->out[i].why;
	return "";
}

/*
 * One kernel: the default, which the first entry by hand equals, and the one in the submenu. Recovery gets
 * none.
 */
static void one_kernel(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	find(s, &o, &b);
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

	find(s, &o, &b);
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

	find(s, &o, &b);
	assert_int_equal(b.n, 2);
	assert_int_equal(b.out_count, 1);
	assert_string_equal(why_out(&b, "UEFI Firmware Settings"), "");
	bootpaths_free(&b);
	sample_close(s);
}

/* The boot disk as hd1: PCR 8 and 9 change, PCR 4 does not. */
static void another_disk_number(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32 };
	const struct bootpath *plain, *moved;
	struct bootpaths b = BOOTPATHS_NONE;

	find(s, &o, &b);
	assert_int_equal(b.n, 4);
	plain = labelled(&b, DEFAULT_LABEL);
	moved = labelled(&b, "Linux " SAMPLE_RELEASE_12 " (default, boot disk as hd1)");
	assert_non_null(plain);
	assert_non_null(moved);
	assert_false(moved->is_default);
	assert_memory_equal(plain->prediction.pcrs[4], moved->prediction.pcrs[4], SHA256_LEN);
	assert_memory_not_equal(plain->prediction.pcrs[8], moved->prediction.pcrs[8], SHA256_LEN);
	bootpaths_free(&b);
	sample_close(s);
}

static void no_room(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 1, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	find(s, &o, &b);
	assert_int_equal(b.n, 1);
	assert_true(b.path[0].is_default);
	assert_int_equal(b.out_count, 2);
	bootpaths_free(&b);
	sample_close(s);
}

/*
 * grub-reboot: the next boot takes the one-shot and uses it up, the one after that is the ordinary default
 * again.
 */
static void one_shot_and_the_boot_after_it(void **state)
{
	struct sample *s = sample_debian12();
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;
	size_t later = 0;

	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "next_entry", "1>0"), 0);
	find(s, &o, &b);
	assert_true(b.path[0].is_default);
	assert_non_null(strstr(b.path[0].prediction.trace.entry, "-advanced-"));
	for (size_t i = 0; i < b.n; i++)
		if (strcmp(b.path[i].label, "Linux " SAMPLE_RELEASE_12
					    " (default, after GRUB changed its environment)") == 0) {
			assert_non_null(strstr(b.path[i].prediction.trace.entry, "gnulinux-simple-"));
			later++;
		}
	assert_int_equal(later, 1);
	bootpaths_free(&b);
	sample_close(s);
}

static void replace_in_cfg(struct sample *s, const char *from, const char *to)
{
	struct buffer *b = &sample_find(s, "hd0,gpt2", "/grub/grub.cfg")->bytes, other = BUFFER_NONE;
	char *at = strstr(buffer_str(b), from);

	assert_non_null(at);
	buffer_add(&other, b->data, at - buffer_str(b));
	buffer_add_str(&other, to);
	buffer_add_str(&other, at + strlen(from));
	buffer_free(b);
	*b = other;
}

/*
 * Ubuntu's recordfail: set before the kernel starts, taken back by a service. A boot that was cut short
 * leaves it.
 */
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

static void recordfail(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	const struct bootpath *cut;
	struct bootpaths b = BOOTPATHS_NONE;

	replace_in_cfg(s, "\tload_video\n", "\tset recordfail=1\n\tsave_env recordfail\n\tload_video\n");
	find(s, &o, &b);
	cut = labelled(&b, "Linux " SAMPLE_RELEASE_12 " (default, after a boot that was cut short)");
	assert_non_null(cut);
	assert_memory_not_equal(cut->prediction.pcrs[9], b.path[0].prediction.pcrs[9], SHA256_LEN);
	bootpaths_free(&b);
	sample_close(s);
}

/* Where the last boot was cut short, the system may yet take recordfail back before the next one. */
static void recordfail_that_will_be_taken_back(void **state)
{
	struct sample *s = sample_debian12();
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	const struct bootpath *later;
	struct bootpaths b = BOOTPATHS_NONE;

	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "recordfail", "1"), 0);
	replace_in_cfg(s, "\tload_video\n", "\tset recordfail=1\n\tsave_env recordfail\n\tload_video\n");
	find(s, &o, &b);
	later = labelled(&b, "Linux " SAMPLE_RELEASE_12 " (default, after GRUB changed its environment)");
	assert_non_null(later);
	assert_memory_not_equal(later->prediction.pcrs[9], b.path[0].prediction.pcrs[9], SHA256_LEN);
	bootpaths_free(&b);
	sample_close(s);
}

static void entry_without_initrd(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	replace_in_cfg(s, "\tinitrd\t/initrd.img-" SAMPLE_RELEASE_12 "\n", "");
	find(s, &o, &b);
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
	find(s, &o, &b);
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
	find(s, &o, &b);
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
	find(s, &o, &b);
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
	find(s, &o, &b);
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

	find(s, &o, &b);
	assert_int_equal(b.n, 0);
	assert_true(asked >= 2);
	assert_string_equal(why_out(&b, DEFAULT_LABEL), "not proven");
	bootpaths_free(&b);
	sample_close(s);
}

static void words_that_give_a_shell(void **state)
{
	static const char *const bad[] = { "ro single",
					   "init=/bin/sh",
					   "ro quiet init=/bin/bash",
					   "break",
					   "ro break=mount",
					   "rescue",
					   "emergency",
					   "systemd.unit=rescue.target",
					   "s",
					   "1",
					   "rdinit=/bin/sh",
					   "\"init=/bin/sh\"",
					   "ro\tsingle",
					   "systemd.debug-shell=1",
					   "-b" };
	static const char *const good[] = { "",
					    "root=/dev/mapper/single ro quiet",
					    "ro quiet init=/sbin/init",
					    "splash singles",
					    "breakage=1",
					    "root=UUID=1 ro",
					    "init=/lib/systemd/systemd" };
	const char *word;
	size_t n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!cmdline_gives_root_shell(bad[i], &word, &n))
			fail_msg("`%s' was let through", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (cmdline_gives_root_shell(good[i], &word, &n))
			fail_msg("`%s' was refused", good[i]);
	assert_true(cmdline_gives_root_shell("quiet init=/bin/sh ro", &word, &n));
	assert_int_equal(n, strlen("init=/bin/sh"));
	assert_memory_equal(word, "init=/bin/sh", n);
}

static void releases(void **state)
{
	assert_string_equal(kernel_release("(hd0,gpt2)/vmlinuz-6.1.0-56-amd64"), "6.1.0-56-amd64");
	assert_string_equal(kernel_release("(hd0,gpt2)/boot/vmlinuz-6.1"), "6.1");
	assert_string_equal(kernel_release("(hd0,gpt2)/linux"), "");
	assert_string_equal(kernel_release(""), "");
}

static void renumber(const struct grub_machine *g, unsigned boot, unsigned other, const char *names)
{
	const struct grub_disks to = { .boot = boot, .other = other };
	struct grub_machine *then;
	char have[256];
	size_t at;

	assert_int_equal(grub_renumber(g, &to, &then), 0);
	at = snprintf(have, sizeof(have), "%s:", then->boot_device);
	for (size_t i = 0; i < then->device_count; i++)
		at += snprintf(have + at, sizeof(have) - at, " %s=%s", then->devices[i].name,
			       then->original_names[i] ? then->original_names[i] : "");
	assert_string_equal(have, names);
	free(then);
}

static void renumbering(void **state)
{
	const struct grub_device d[] = { { .name = "hd0" },
					 { .name = "hd1" },
					 { .name = "hd1,gpt1", .fs = "fat" } };
	const struct grub_device two[] = { { .name = "hd0" }, { .name = "hd0,gpt1", .fs = "fat" },
					   { .name = "hd1" }, { .name = "hd1,gpt1", .fs = "ext2" },
					   { .name = "hd2,gpt1", .fs = "ext2" } };
	const struct grub_disks one = { .boot = 0, .other = GRUB_NO_DISK };
	struct grub_machine g = { .devices = d, .device_count = 3, .boot_device = "hd1,gpt1" }, *none;

	renumber(&g, 0, GRUB_NO_DISK, "hd0,gpt1: hd0=hd1 hd0,gpt1=hd1,gpt1");
	renumber(&g, 2, GRUB_NO_DISK, "hd2,gpt1: hd0= hd1= hd2=hd1 hd2,gpt1=hd1,gpt1");
	g = (struct grub_machine){ .devices = two, .device_count = 4, .boot_device = "hd1,gpt1" };
	renumber(&g, 2, 0, "hd2,gpt1: hd0=hd0 hd0,gpt1=hd0,gpt1 hd1= hd2=hd1 hd2,gpt1=hd1,gpt1");
	renumber(&g, 0, 1, "hd0,gpt1: hd0=hd1 hd0,gpt1=hd1,gpt1 hd1=hd0 hd1,gpt1=hd0,gpt1");
	assert_int_equal(grub_renumber(&g, &one, &none), -EOPNOTSUPP);
	g.device_count = 5; /* a third disk that counts */
	assert_int_equal(grub_renumber(&g, &(struct grub_disks){ 1, 0 }, &none), -EOPNOTSUPP);
}

/* Moves the disk of the sample to another number, and what is on its second partition to a second disk. */
static void put_on_disks(struct sample *s, const char *esp, const char *boot)
{
	static char name[4][16];
	const char *from[] = { "hd0,gpt1", "hd0,gpt2" }, *to[] = { esp, boot };

	for (size_t i = 0; i < s->file_count; i++)
		for (int k = 0; k < 2; k++)
			if (strcmp(s->file[i].device, from[k]) == 0) {
				strcpy(s->file[i].device, to[k]);
				break;
			}
	for (int k = 0; k < 2; k++) {
		strcpy(name[k], to[k]);
		s->devices[k + 1].name = name[k];
	}
	s->devices[0].name = "hd";
	s->grub.boot_device = name[0];
}

static void expect_disks(const char *esp, const char *boot, const char *const *notes)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32 };
	struct bootpaths b = BOOTPATHS_NONE;
	char label[128];
	size_t n = 0;

	put_on_disks(s, esp, boot);
	find(s, &o, &b);
	for (; notes[n]; n++) {
		snprintf(label, sizeof(label), "Linux " SAMPLE_RELEASE_12 " (default, %s)", notes[n]);
		if (!labelled(&b, label))
			fail_msg("no '%s'", label);
		/* the same files, by their names of today */
		assert_string_equal(labelled(&b, label)->prediction.trace.kernel,
				    b.path[0].prediction.trace.kernel);
		assert_string_equal(labelled(&b, label)->prediction.trace.initrds[0],
				    b.path[0].prediction.trace.initrds[0]);
	}
	assert_int_equal(b.n, 2 * (n + 1));
	bootpaths_free(&b);
	sample_close(s);
}

/* One disk may come, any may go: also between the disks of the EFI partition and of /boot. */
static void disks_that_come_and_go(void **state)
{
	static const char *const second[] = { "boot disk as hd0", "boot disk as hd2", NULL };
	static const char *const third[] = { "boot disk as hd0", "boot disk as hd1", "boot disk as hd3",
					     NULL };
	static const char *const two[] = { "EFI disk as hd1, /boot's as hd2",
					   "EFI disk as hd0, /boot's as hd2", NULL };
	static const char *const swapped[] = { "EFI disk as hd2, /boot's as hd1",
					       "EFI disk as hd2, /boot's as hd0", NULL };

	expect_disks("hd1,gpt1", "hd1,gpt2", second);
	expect_disks("hd2,gpt1", "hd2,gpt2", third);
	expect_disks("hd0,gpt1", "hd1,gpt2", two);
	expect_disks("hd1,gpt1", "hd0,gpt2", swapped);
}

#define ENTRY_END "\n### END /etc/grub.d/10_linux"
#define SNAPSHOTS 40

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
	find(s, &o, &b);
	assert_int_equal(b.n, 4);
	assert_true(b.path[0].is_default);
	assert_int_equal(b.out_count, 2);
	assert_string_equal(why_out(&b, "40 other menu entries"),
			    "they were never sealed; the first, 'snapshot 0': it needs /boot/grub/x.cfg, "
			    "which is not trusted");
	bootpaths_free(&b);
	/* accepted, they take what is left: default, kernel and their variants come first */
	find(s, &all, &b);
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
	find(s, &o, &b);
	assert_int_equal(b.n, 3);
	assert_string_equal(b.path[2].prediction.trace.entry, "snapshot 39");
	assert_true(why_out(&b, "39 other menu entries")[0] != '\0');
	bootpaths_free(&b);
	sample_close(s);
}

/* GRUB_DEFAULT=saved and GRUB_SAVEDEFAULT=true, with Windows beside it. */
static void make_saving(struct sample *s)
{
	replace_in_cfg(s, "   set default=\"0\"\n", "   set default=\"${saved_entry}\"\n");
	for (int i = 0; i < 3; i++) /* the two normal entries and recovery mode */
		replace_in_cfg(s, "\tload_video\n", "\tsavedefault\n\tinsmod all_video\n");
	replace_in_cfg(s, ENTRY_END,
		       "\nmenuentry 'Windows' --id windows {\n\tsavedefault\n\tchainloader "
		       "(hd0,gpt1)/EFI/debian/grub.cfg\n}" ENTRY_END);
}

/* The boot by hand of `entry` in the state that has saved_entry=saved. */
static void is_covered(const struct bootpaths *b, const char *saved, const char *entry)
{
	const struct boot_choice choice = { .path = entry, .force_menu = true };
	struct sample *s = sample_debian12();
	struct prediction p = PREDICTION_NONE;
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	struct error err = ERROR_NONE;
	bool found = false;

	make_saving(s);
	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "saved_entry", saved), 0);
	if (predict(&s->chain, &choice, &err, &p) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < b->n; i++)
		found |= memcmp(b->path[i].prediction.pcrs, p.pcrs, sizeof(p.pcrs)) == 0;
	if (!found)
		fail_msg("'%s' after '%s' asks", entry, saved);
	prediction_free(&p);
	sample_close(s);
}

#define SIMPLE "gnulinux-simple-dd02a56b-75cc-4d1b-996c-f8b6226d50ac"
#define ADVANCED "gnulinux-advanced-dd02a56b-75cc-4d1b-996c-f8b6226d50ac>gnulinux-" SAMPLE_RELEASE_12
#define SAVING_ID "-dd02a56b-75cc-4d1b-996c-f8b6226d50ac"

/* What Windows and recovery mode leave behind, the next boot finds, though they get no branch themselves. */
static void back_from_entries_without_a_branch(void **state)
{
	struct sample *s = sample_debian12();
	struct sample_file *env = sample_find(s, "hd0,gpt2", "/grub/grubenv");
	const struct bootpath_options o = { .max = 32, .one_layout = true };
	struct bootpaths b = BOOTPATHS_NONE;

	make_saving(s);
	assert_int_equal(grub_env_set(env->bytes.data, env->bytes.len, "saved_entry", SIMPLE), 0);
	find(s, &o, &b);
	assert_true(b.path[0].is_default);
	is_covered(&b, SIMPLE, SIMPLE);
	is_covered(&b, "windows", SIMPLE);
	is_covered(&b, ADVANCED "-recovery" SAVING_ID, SIMPLE);
	is_covered(&b, ADVANCED "-advanced" SAVING_ID, SIMPLE);
	is_covered(&b, "windows", ADVANCED "-advanced" SAVING_ID);
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
	find(s, &o, &b);
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
		cmocka_unit_test(another_disk_number),
		cmocka_unit_test(no_room),
		cmocka_unit_test(one_shot_and_the_boot_after_it),
		cmocka_unit_test(recordfail),
		cmocka_unit_test(recordfail_that_will_be_taken_back),
		cmocka_unit_test(entry_without_initrd),
		cmocka_unit_test(default_that_waits),
		cmocka_unit_test(commands_of_other_builds),
		cmocka_unit_test(other_loader),
		cmocka_unit_test(caller_has_the_last_word),
		cmocka_unit_test(snapshots_in_one_line),
		cmocka_unit_test(sealed_entries_are_expected),
		cmocka_unit_test(back_from_entries_without_a_branch),
		cmocka_unit_test(boot_options_that_fail),
		cmocka_unit_test(words_that_give_a_shell),
		cmocka_unit_test(releases),
		cmocka_unit_test(renumbering),
		cmocka_unit_test(disks_that_come_and_go),
		cmocka_unit_test(failure_is_no_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
