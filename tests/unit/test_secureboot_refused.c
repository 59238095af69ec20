/* Logs, firmware and images from which PCR 7 and PCR 14 cannot be computed: what is refused, and why. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/uefi.h"
#include "measure/log/tcg.h"
#include "secureboot_events.h"
#include "secureboot_sample.h"
#include "siglist_sample.h"

static void refuse(struct sb_world *w, int want, const char *word)
{
	struct error err = ERROR_NONE;
	struct event_list got = EVENT_LIST_NONE;

	assert_int_equal(secureboot_events(&w->boot, &err, &got, NULL), want);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" does not say \"%s\"", err.text, word);
	assert_null(got.e);
}

/* The data behind a digest was changed: such a log is no source. */
static void test_log_lies(void **state)
{
	struct sb_world w;

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
	struct sb_world w;
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

static void test_another_shim(void **state)
{
	struct sb_world old, new;
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
	siglist_add_one(&old.list_x, siglist_type_sha256, uefi_guid_shim_lock, want, 32);
	siglist_add_one(&new.list_x, siglist_type_sha256, uefi_guid_shim_lock, want, 32);
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
	struct sb_world w;

	open_debian12(&w);
	for (size_t i = 0; i < MAX_IMAGES; i++) {
		siglist_add_one(&deny, siglist_type_sha256, uefi_guid_shim_lock, w.image[i].digest,
				SHA256_LEN);
		w.vars.dbx = bytes_of(&deny);
		refuse(&w, -EKEYREJECTED, w.image[i].name);
		buffer_free(&deny);
	}
	/* shim's own list of denied images is asked as well */
	w.vars.dbx = sb_absent();
	siglist_add_one(&w.list_x, siglist_type_sha256, uefi_guid_shim_lock, w.image[1].digest, SHA256_LEN);
	w.vars.mok_list_x_rt = bytes_of(&w.list_x);
	refuse(&w, -EKEYREJECTED, "grub: forbidden by MokListX");
	close_world(&w);
}

static void test_not_signed_by_us(void **state)
{
	struct sb_world w;

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_lies),
		cmocka_unit_test(test_other_firmware),
		cmocka_unit_test(test_another_shim),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_not_signed_by_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
