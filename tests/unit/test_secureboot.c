/*
 * PCR 7 and PCR 14 of both Debian logs, event by event. The real images are megabytes: stand-ins carry their
 * real signatures and built-in lists, and the Authenticode digests that the log itself holds in PCR 4.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "measure/efi/secureboot.h"
#include "measure/efi/secureboot_log.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/log/tcg.h"
#include "measure/efi/uefi.h"
#include "pe_sample.h"

#define MAX_IMAGES 3

struct world {
	struct buffer log_bytes, file[MAX_IMAGES], list, list_x;
	struct eventlog log;
	struct event_list events; /* all of the log */
	struct sb_vars vars;
	struct sb_image image[MAX_IMAGES];
	struct sb_boot boot;
};

static void read_part(const char *distro, const char *what, struct buffer *ret)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/secureboot/%s-%s", distro, what);
	assert_int_equal(file_read(path, 1 << 20, NULL, ret), 0);
}

/* The n-th image in PCR 4. */
static void image_digest(const struct event_list *l, size_t n, uint8_t ret[SHA256_LEN])
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].pcr == 4 && l->e[i].type == EV_EFI_BOOT_SERVICES_APPLICATION && n-- == 0) {
			memcpy(ret, l->e[i].digest, SHA256_LEN);
			return;
		}
	fail();
}

/* One list with one entry of shim's. */
static void add_list(struct buffer *b, const uint8_t type[16], const void *data, size_t n)
{
	buffer_add(b, type, 16);
	buffer_add_le32(b, 28 + 16 + n);
	buffer_add_le32(b, 0);
	buffer_add_le32(b, 16 + n);
	buffer_add(b, uefi_guid_shim_lock, 16);
	buffer_add(b, data, n);
}

static struct reader bytes_of(const struct buffer *b)
{
	return reader_new(b->data, b->len);
}

/* What Linux would show in MokListRT and MokListXRT of that boot. */
static void make_mirrors(struct world *w, const struct buffer *vendor)
{
	uint32_t len = 0, x_len = 0, at = 0, x_at = 0;
	struct reader r = bytes_of(vendor);

	assert_true(reader_le32(&r, &len) && reader_le32(&r, &x_len) && reader_le32(&r, &at) &&
		    reader_le32(&r, &x_at));
	add_list(&w->list, siglist_type_x509, vendor->data + at, len);
	buffer_add(&w->list_x, vendor->data + x_at, x_len);
}

static void open_world(const char *distro, const char *log, struct world *w)
{
	static const char *const part[MAX_IMAGES] = { "shim", "grub", "kernel" };
	struct buffer vendor = BUFFER_NONE, sbat = BUFFER_NONE, certs = BUFFER_NONE;
	struct sample_section sections[3] = { { ".text", "x", 1 } };
	struct reader r, c;
	char name[64];

	memset(w, 0, sizeof(*w));
	assert_int_equal(file_read(log, EVENTLOG_MAX_LEN, NULL, &w->log_bytes), 0);
	r = bytes_of(&w->log_bytes);
	assert_int_equal(eventlog_parse(&r, NULL, &w->log), 0);
	assert_int_equal(eventlog_events(&w->log, NULL, &w->events), 0);
	read_part(distro, "shim.vendor_cert", &vendor);
	read_part(distro, "shim.sbatlevel", &sbat);
	make_mirrors(w, &vendor);
	sections[1] = (struct sample_section){ ".vendor_cert", vendor.data, vendor.len };
	sections[2] = (struct sample_section){ ".sbatlevel", sbat.data, sbat.len };
	for (size_t i = 0; i < MAX_IMAGES; i++) {
		snprintf(name, sizeof(name), "%s.certs", part[i]);
		read_part(distro, name, &certs);
		c = bytes_of(&certs);
		sample_pe(sections, i == 0 ? 3 : 1, &c, &w->file[i]);
		w->image[i] = (struct sb_image){ .name = part[i], .file = bytes_of(&w->file[i]) };
		image_digest(&w->events, i, w->image[i].digest);
		buffer_free(&certs);
	}
	buffer_free(&vendor);
	buffer_free(&sbat);
	w->boot = (struct sb_boot){
		.vars = &w->vars, .log = &w->log, .image = w->image, .n_images = MAX_IMAGES
	};
}

static void open_debian12(struct world *w)
{
	open_world("debian12", "tests/eventlogs/debian12-grub206-sb.bin", w);
}

static void close_world(struct world *w)
{
	for (size_t i = 0; i < MAX_IMAGES; i++)
		buffer_free(&w->file[i]);
	buffer_free(&w->list);
	buffer_free(&w->list_x);
	event_list_free(&w->events);
	eventlog_free(&w->log);
	buffer_free(&w->log_bytes);
}

static void assert_as_logged(const struct event_list *got, const struct event_list *log)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++) {
		if (log->e[i].pcr != 7 && log->e[i].pcr != 14)
			continue;
		assert_true(n < got->n);
		assert_string_equal(got->e[n].what, log->e[i].what);
		assert_int_equal(got->e[n].pcr, log->e[i].pcr);
		assert_int_equal(got->e[n].type, log->e[i].type);
		assert_memory_equal(got->e[n].digest, log->e[i].digest, SHA256_LEN);
		n++;
	}
	assert_int_equal(n, got->n);
}

static void assert_exact(struct world *w, bool want_carried)
{
	struct error err = ERROR_NONE;
	struct event_list got = EVENT_LIST_NONE;
	bool carried = !want_carried;
	int r;

	r = secureboot_events(&w->boot, &err, &got, &carried);
	if (r < 0)
		fail_msg("%s", err.text);
	assert_as_logged(&got, &w->events);
	assert_int_equal(carried, want_carried);
	event_list_free(&got);
}

static void refuse(struct world *w, int want, const char *word)
{
	struct error err = ERROR_NONE;
	struct event_list got = EVENT_LIST_NONE;

	assert_int_equal(secureboot_events(&w->boot, &err, &got, NULL), want);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not say \"%s\"", err.text, word);
	assert_null(got.e);
}

/* What Linux can read, and no log: the firmware's five variables and shim's mirrors are enough. */
static void check_from_variables(struct world *w)
{
	static const uint8_t one = 1;

	assert_int_equal(secureboot_vars_from_log(&w->log, NULL, &w->vars), 0);
	assert_true(w->vars.pk.left == 1005 && w->vars.secure_boot.left == 1 &&
		    w->vars.sbat_level_rt.left == 32);
	w->vars.mok_list_rt = bytes_of(&w->list);
	w->vars.mok_list_x_rt = bytes_of(&w->list_x);
	w->vars.mok_list_trusted_rt = reader_new(&one, 1);
	w->boot.log = NULL;
	assert_exact(w, false);
	w->boot.log = &w->log;
	assert_exact(w, false);
}

static void test_debian12(void **state)
{
	struct world w;

	open_debian12(&w);
	check_from_variables(&w);
	close_world(&w);
}

static void test_debian13(void **state)
{
	struct world w;

	open_world("debian13", "tests/eventlogs/debian13-grub212-sb.bin", &w);
	check_from_variables(&w);
	close_world(&w);
}

/* Nothing from Linux at all: the log's own data, MokListTrusted carried over. */
static void test_from_log(void **state)
{
	struct world w;

	open_debian12(&w);
	assert_exact(&w, true);
	/* shim could not make its mirrors: the same */
	w.vars.sbat_level_rt = w.vars.mok_list_rt = w.vars.mok_list_x_rt = sb_absent();
	assert_exact(&w, true);
	close_world(&w);
}

/*
 * A mirror that is not what was measured (it was split, say): shim is the same, so the log's digest stands.
 */
static void test_split_mirror(void **state)
{
	static const uint8_t one = 1;
	struct world w;

	open_debian12(&w);
	w.vars.mok_list_x_rt = bytes_of(&w.list_x);
	w.vars.mok_list_trusted_rt = reader_new(&one, 1);
	assert_exact(&w, false);
	add_list(&w.list_x, siglist_type_sha256, w.image[0].digest, SHA256_LEN);
	w.vars.mok_list_x_rt = bytes_of(&w.list_x);
	assert_exact(&w, true);
	close_world(&w);
}

/* The data behind a digest was changed: such a log is no source. */
static void test_log_lies(void **state)
{
	struct world w;

	open_debian12(&w);
	for (size_t i = 0; i < w.log.n_records; i++)
		if (w.log.record[i].type == EV_EFI_VARIABLE_DRIVER_CONFIG &&
		    w.log.record[i].data.left > 3000) {
			w.log_bytes.data[w.log.record[i].data.at - w.log_bytes.data + 2000] ^= 1;
			break;
		}
	refuse(&w, -EBADMSG, "db does not match its digest");
	close_world(&w);
}

/* Firmware that measures more than EDK2's five: taken over, its digest checked. */
static void test_other_firmware(void **state)
{
	struct world w;
	size_t at = 0;

	open_debian12(&w);
	while (w.log.record[w.log.extended[at]].type != EV_EFI_VARIABLE_DRIVER_CONFIG)
		at++;
	/* "SecureBoot" becomes a name that we do not know */
	w.log_bytes.data[w.log.record[w.log.extended[at]].data.at - w.log_bytes.data + 32] = 'X';
	w.vars.secure_boot = reader_new("\1", 1);
	refuse(&w, -EBADMSG, "XecureBoot does not match its digest");
	close_world(&w);
}

/* The event moves to the place before PCR 4's separator, as if it were a driver's. */
static void make_driver_authority(struct world *w, const char *what)
{
	size_t from = 0, to = 0, moved;

	while (strcmp(w->events.e[from].what, what) != 0 ||
	       w->events.e[from].type != EV_EFI_VARIABLE_AUTHORITY)
		from++;
	while (w->events.e[to].pcr != 4 || w->events.e[to].type != EV_SEPARATOR)
		to++;
	moved = w->log.extended[from];
	memmove(&w->log.extended[to + 1], &w->log.extended[to], (from - to) * sizeof(moved));
	w->log.extended[to] = moved;
}

static void test_drivers(void **state)
{
	struct event_list got;
	struct world w;

	/* a card's driver was let in by the entry of db that lets shim in: measured once */
	open_debian12(&w);
	make_driver_authority(&w, "db");
	assert_exact(&w, true);
	close_world(&w);
	/* by another entry (here one of shim's plays it): that comes first; shim knows nothing of it */
	open_debian12(&w);
	make_driver_authority(&w, "MokListRT");
	assert_int_equal(secureboot_events(&w.boot, NULL, &got, NULL), 0);
	assert_int_equal(got.n, 13);
	assert_string_equal(got.e[6].what, "MokListRT");
	assert_string_equal(got.e[7].what, "db");
	assert_string_equal(got.e[12].what, "MokListRT");
	event_list_free(&got);
	close_world(&w);
}

static void test_another_shim(void **state)
{
	struct world old, new;
	struct event_list got;
	struct error err = ERROR_NONE;
	struct reader running;
	uint8_t want[SHA256_LEN] = { 1 };

	/* Debian 12's machine gets Debian 13's shim: another MokListX, the rest stays */
	open_debian12(&old);
	open_world("debian13", "tests/eventlogs/debian13-grub212-sb.bin", &new);
	running = old.image[0].file;
	old.image[0] = new.image[0];
	refuse(&old, -EOPNOTSUPP, "not the shim that booted");
	old.boot.running_shim = &running;
	old.vars.mok_list_rt = bytes_of(&old.list);
	old.vars.mok_list_x_rt = bytes_of(&old.list_x);
	old.vars.mok_list_trusted_rt = reader_new("\1", 1);
	if (secureboot_events(&old.boot, &err, &got, NULL) < 0)
		fail_msg("%s", err.text);
	assert_as_logged(&got, &new.events);
	event_list_free(&got);

	/* the user's own keys come along, behind those of shim */
	add_list(&old.list_x, siglist_type_sha256, want, 32);
	add_list(&new.list_x, siglist_type_sha256, want, 32);
	old.vars.mok_list_x_rt = bytes_of(&old.list_x);
	assert_int_equal(secureboot_events(&old.boot, &err, &got, NULL), 0);
	assert_int_equal(hash_sha256(new.list_x.data, new.list_x.len, want), 0);
	assert_string_equal(got.e[8].what, "MokListX");
	assert_memory_equal(got.e[8].digest, want, SHA256_LEN);
	event_list_free(&got);

	/* and the mirror must be that shim's */
	old.vars.mok_list_x_rt = bytes_of(&new.list_x);
	refuse(&old, -EOPNOTSUPP, "does not begin with");
	close_world(&old);
	close_world(&new);
}

static void test_denied(void **state)
{
	struct buffer deny = BUFFER_NONE;
	struct world w;

	open_debian12(&w);
	for (size_t i = 0; i < MAX_IMAGES; i++) {
		add_list(&deny, siglist_type_sha256, w.image[i].digest, SHA256_LEN);
		w.vars.dbx = bytes_of(&deny);
		refuse(&w, -EKEYREJECTED, w.image[i].name);
		buffer_free(&deny);
	}
	/* shim's own list of denied images is asked as well */
	w.vars.dbx = sb_absent();
	add_list(&w.list_x, siglist_type_sha256, w.image[1].digest, SHA256_LEN);
	w.vars.mok_list_x_rt = bytes_of(&w.list_x);
	refuse(&w, -EKEYREJECTED, "grub: forbidden by MokListX");
	close_world(&w);
}

static void test_not_signed_by_us(void **state)
{
	struct world w;

	open_debian12(&w);
	w.vars.db = sb_absent();
	refuse(&w, -EKEYREJECTED, "shim: not verified by db");
	w.vars.db = reader_new("garbage that is no list", 23);
	refuse(&w, -EBADMSG, "database db is malformed");
	close_world(&w);
	/* a digest other than that which was signed */
	open_debian12(&w);
	w.image[2].digest[0] ^= 1;
	refuse(&w, -EKEYREJECTED, "kernel: not signed by a key that shim trusts");
	close_world(&w);
}

/* Without Secure Boot no image is verified; shim still measures its lists. */
static void test_switched_off(void **state)
{
	struct event_list got;
	struct world w;

	open_debian12(&w);
	w.vars.secure_boot = reader_new("\0", 1);
	assert_int_equal(secureboot_events(&w.boot, NULL, &got, NULL), 0);
	assert_int_equal(got.n, 10);
	for (size_t i = 0; i < got.n; i++)
		assert_false(strcmp(got.e[i].what, "MokListRT") == 0);
	event_list_free(&got);
	/*
	 * switched off in shim only: the firmware verifies shim, shim verifies nothing and says so in both
	 * PCRs
	 */
	w.vars.secure_boot = (struct reader){ NULL, 0 };
	w.vars.mok_sb_state_rt = reader_new("\1", 1);
	assert_int_equal(secureboot_events(&w.boot, NULL, &got, NULL), 0);
	assert_int_equal(got.n, 13);
	assert_string_equal(got.e[6].what, "db");
	assert_string_equal(got.e[9].what, "MokSBState");
	assert_int_equal(got.e[9].pcr, 7);
	assert_string_equal(got.e[10].what, "MokSBState");
	assert_int_equal(got.e[10].pcr, 14);
	event_list_free(&got);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debian12),
		cmocka_unit_test(test_debian13),
		cmocka_unit_test(test_from_log),
		cmocka_unit_test(test_split_mirror),
		cmocka_unit_test(test_log_lies),
		cmocka_unit_test(test_other_firmware),
		cmocka_unit_test(test_drivers),
		cmocka_unit_test(test_another_shim),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_not_signed_by_us),
		cmocka_unit_test(test_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
