/* Reading a whole machine: what its chain is, and what cannot be read is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "machine/chain/chain_loader.h"
#include "machine_chain.h"

static void log_must_replay_to_the_tpm(void **state)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	const struct calibrate_options o = { .pcrs = pcrs, .again = true };
	struct calibration k;
	struct error err = ERROR_NONE;
	struct chain *c;
	struct tree t;

	m_make(&t);
	c = loaded(&t);
	assert_int_equal(event_list_replay(&c->logged, pcrs), 0);
	assert_int_equal(chain_calibrate(c, &o, &err, &k), 0);
	calibration_free(&k);
	pcrs[8][0] ^= 1;
	assert_int_equal(chain_calibrate(c, &o, &err, &k), -EBADMSG);
	assert_non_null(strstr(err.text, "PCR 8"));
	chain_free(c);
	tree_remove(&t);
}

static void refuses(const struct tree *t, int expected, const char *says)
{
	struct error err = ERROR_NONE;
	struct chain *c = NULL;

	assert_int_equal(chain_load(&t->machine, &err, &c), expected);
	if (!strstr(err.text, says))
		fail_msg("`%s' does not say `%s'", err.text, says);
	assert_null(c);
}

static void what_cannot_be_read_is_named(void **state)
{
	struct buffer log = BUFFER_NONE;
	struct tree t;

	m_make(&t);
	tree_unlink(&t, M_SHIM);
	refuses(&t, -ENOENT, M_SHIM);
	tree_write_text(&t, M_SHIM, "no image");
	refuses(&t, -EBADMSG, M_SHIM);
	m_write_image(&t, M_SHIM, "shim", "shim,1,x\n");
	m_write_image(&t, M_GRUB, "grub", "grub,1,x\ngrub.fedora,1,x\n");
	refuses(&t, -EOPNOTSUPP, "grubx64.efi");
	m_write_image(&t, M_GRUB, "grub", M_SBAT);
	tree_write_text(&t, "/proc/self/mountinfo", "72 21 254:2 / /boot rw - ext4 /dev/vda2 rw\n");
	refuses(&t, -ENOENT, "not mounted");
	tree_unlink(&t, "/run/udev/data/b254:1");
	refuses(&t, -ENOENT, M_ESP_UUID);
	tree_unlink(&t, "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	tree_write_text(&t, EVENTLOG_PATH, "short");
	refuses(&t, -EBADMSG, "event log");
	tree_unlink(&t, EVENTLOG_PATH);
	refuses(&t, -ENODATA, "it is the firmware's event log");
	buffer_free(&log);
	tree_remove(&t);
}

/* /boot on a second disk: its number is the other one that the log shows. */
static void boot_on_another_disk_needs_the_log(void **state)
{
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/run/udev/data/b254:2",
			"E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=" M_UUID "\nE:ID_PART_ENTRY_SCHEME=dos\n"
			"E:ID_PART_ENTRY_NUMBER=1\nE:ID_PART_ENTRY_DISK=254:16\n");
	refuses(&t, -EOPNOTSUPP, "different disks");
	tree_remove(&t);
}

static void boot_on_no_partition(void **state)
{
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/proc/self/mountinfo", "21 1 253:0 / / rw - ext4 /dev/dm-0 rw\n"
						    "72 21 253:1 / /boot rw - ext4 /dev/dm-1 rw\n"
						    "87 72 254:1 / /boot/efi rw - vfat /dev/vda1 rw\n");
	refuses(&t, -EOPNOTSUPP, "/boot is not on a plain partition");
	tree_remove(&t);
}

static void partitions_and_mounts(void **state)
{
	const struct partition *p;
	struct partitions all;
	struct error err;
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/run/udev/data/b8:1x", "E:ID_PART_ENTRY_NUMBER=1\n");
	tree_write_text(&t, "/run/udev/data/c1:1", "E:ID_PART_ENTRY_NUMBER=1\n");
	assert_int_equal(partitions_read(&t.machine, &err, &all), 0);
	assert_int_equal(all.n, 3);
	p = partition_by_uuid(&all, "CDCCFDF5-3578-4b2b-bc01-da94a5bcd867");
	assert_non_null(p);
	assert_string_equal(p->mount, "/boot/efi");
	assert_string_equal(p->fs_uuid, "1234-ABCD");
	assert_int_equal(p->number, 1);
	p = partition_by_mount(&all, "/boot");
	assert_string_equal(p->fs_uuid, M_UUID);
	assert_null(partition_by_mount(&all, "/"));
	assert_null(partition_by_mount(&all, "/mnt/a b"));
	partitions_free(&all);
	tree_remove(&t);
}

/* It is on no disk: it is taken over as measured, and the boot loader is the image behind it. */
static void an_image_out_of_flash(void **state)
{
	const struct boot_choice untouched = { .path = NULL };
	struct calibration k;
	struct chain *c;
	struct tree t;

	m_make(&t);
	m_flash_image = true;
	m_write_log(&t, &untouched);
	m_flash_image = false;
	c = loaded(&t);
	assert_string_equal(c->started.image[0].file, M_SHIM + strlen("/boot/efi"));
	assert_int_equal(c->platform.e[c->platform.n - 1].kind, EVENT_IMAGE);
	assert_non_null(strstr(c->platform.e[c->platform.n - 1].what, "firmware file"));
	chain_free(c);
	calibrated(&t, false, false, &k);
	if (k.verdict != VERDICT_EXACT)
		fail_msg("%s", k.reason);
	calibration_free(&k);
	tree_remove(&t);
}

/* Secure Boot is off there: PCR 0 and 2 are taken as they are. A firmware that leaves one out is refused. */
static void firmware_without_secure_boot(void **state)
{
	const pcr_mask more = PCR(0) | PCR(2);
	struct buffer log = BUFFER_NONE;
	struct calibration k;
	uint8_t *separator;
	struct chain *c;
	struct tree t;

	m_make(&t);
	c = loaded(&t);
	assert_int_equal(chain_policy_pcrs(c), boot_loader_grub.pcrs | more | PCR(WINDOW_PCR));
	assert_int_equal(chain_pcrs(c), chain_policy_pcrs(c));
	/* a version and a driver, and two separators */
	assert_int_equal(c->firmware.n, 4);
	chain_free(c);
	calibrated(&t, false, false, &k);
	assert_int_equal(k.verdict, VERDICT_EXACT);
	assert_int_equal(k.mask & more, more);
	calibration_free(&k);
	/* the separator of PCR 2 is one of PCR 3 */
	assert_int_equal(machine_read(&t.machine, EVENTLOG_PATH, 1 << 20, NULL, &log), 0);
	separator = memmem(log.data, log.len, "\2\0\0\0\4\0\0\0", 8);
	assert_non_null(separator);
	*separator = 3;
	tree_write(&t, EVENTLOG_PATH, log.data, log.len);
	refuses(&t, -EOPNOTSUPP, "does not measure itself and the drivers");
	buffer_free(&log);
	tree_remove(&t);
}

/*
 * What the firmware started is one image; the second counts only where the first is no loader that stands
 * alone.
 */
static void images_that_started_the_boot(void **state)
{
	struct error err = ERROR_NONE;
	struct event_list short_log;
	struct started one, two;
	struct chain *c;
	struct tree t;

	m_make(&t);
	c = loaded(&t);
	assert_int_equal(started_find(&c->log, &c->logged, &err, &one), 0);
	assert_int_equal(one.n, 1);
	assert_string_equal(one.image[0].file, M_SHIM + strlen("/boot/efi"));
	two = one;
	assert_int_equal(started_find_second(&c->log, &c->logged, &err, &two), 0);
	assert_int_equal(two.n, 2);
	assert_string_equal(two.image[1].file, M_GRUB + strlen("/boot/efi"));
	assert_true(two.image[1].at > two.image[0].at);
	short_log = c->logged;
	short_log.n = two.image[1].at;
	two = one;
	assert_int_equal(started_find_second(&c->log, &short_log, &err, &two), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "did not start a second loader"));
	assert_int_equal(two.n, 1);
	/* the model of GRUB holds behind shim only */
	assert_false(chain_loader_is_first(&c->image[0]));
	assert_false(chain_loader_is_first(&c->image[1]));
	chain_free(c);
	tree_remove(&t);
}

/* The path unit watches what the loaders' rows name, and nothing else. */
static void path_unit_is_complete(void **state)
{
	struct buffer unit = BUFFER_NONE, line = BUFFER_NONE;
	const struct chain_loader *l;
	size_t named = 0, lines = 0;
	struct error err;

	assert_int_equal(file_read("hooks/systemd/bootseal-reseal.path", 65536, &err, &unit), 0);
	for (size_t i = 0; (l = chain_loader_at(i)); i++)
		for (const char *const *w = l->watched; *w; w++, named++) {
			buffer_addf(&line, "\nPathChanged=%s\n", *w);
			if (!strstr(buffer_str(&unit), buffer_str(&line)))
				fail_msg("%s: %s is not in the path unit", l->model->name, *w);
			buffer_free(&line);
		}
	for (const char *p = buffer_str(&unit); (p = strstr(p, "\nPath")); p++)
		lines++;
	assert_true(named > 0);
	assert_int_equal(lines, named);
	buffer_free(&unit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_must_replay_to_the_tpm),
		cmocka_unit_test(what_cannot_be_read_is_named),
		cmocka_unit_test(boot_on_another_disk_needs_the_log),
		cmocka_unit_test(boot_on_no_partition),
		cmocka_unit_test(partitions_and_mounts),
		cmocka_unit_test(images_that_started_the_boot),
		cmocka_unit_test(an_image_out_of_flash),
		cmocka_unit_test(firmware_without_secure_boot),
		cmocka_unit_test(path_unit_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
