/* The numbers that GRUB gives to disks: other ones are other boot paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "measure/grub/renumber.h"
#include "bootpath_sample.h"

/* The boot disk as hd1: PCR 8 and 9 change, PCR 4 does not. */
static void another_disk_number(void **state)
{
	struct sample *s = sample_debian12();
	const struct bootpath_options o = { .max = 32 };
	const struct bootpath *plain, *moved;
	struct bootpaths b = BOOTPATHS_NONE;

	find_paths(s, &o, &b);
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
	find_paths(s, &o, &b);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_disk_number),
		cmocka_unit_test(renumbering),
		cmocka_unit_test(disks_that_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
