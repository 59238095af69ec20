/* PCR 7 and PCR 14 of both Debian logs, event by event. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "measure/efi/secureboot_log.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/uefi.h"
#include "measure/log/tcg.h"
#include "secureboot_events.h"
#include "secureboot_sample.h"
#include "siglist_sample.h"

static void assert_exact(struct sb_world *w, bool want_carried)
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

/* What Linux can read, and no log: the firmware's five variables and shim's mirrors are enough. */
static void check_from_variables(struct sb_world *w)
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
	struct sb_world w;

	open_debian12(&w);
	check_from_variables(&w);
	close_world(&w);
}

static void test_debian13(void **state)
{
	struct sb_world w;

	open_world("debian13", "tests/eventlogs/debian13-grub212-sb.bin", &w);
	check_from_variables(&w);
	close_world(&w);
}

/* Nothing from Linux at all: the log's own data, MokListTrusted carried over. */
static void test_from_log(void **state)
{
	struct sb_world w;

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
	struct sb_world w;

	open_debian12(&w);
	w.vars.mok_list_x_rt = bytes_of(&w.list_x);
	w.vars.mok_list_trusted_rt = reader_new(&one, 1);
	assert_exact(&w, false);
	siglist_add_one(&w.list_x, siglist_type_sha256, uefi_guid_shim_lock, w.image[0].digest, SHA256_LEN);
	w.vars.mok_list_x_rt = bytes_of(&w.list_x);
	assert_exact(&w, true);
	close_world(&w);
}

/* The event moves to the place before PCR 4's separator, as if it were a driver's. */
static void make_driver_authority(struct sb_world *w, const char *what)
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
	struct sb_world w;

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

/* Without Secure Boot no image is verified; shim still measures its lists. */
static void test_switched_off(void **state)
{
	struct event_list got;
	struct sb_world w;

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

/* Each kernel of a menu is asked for by itself, after the images that they have in common. */
static void test_further(void **state)
{
	struct event_list got = EVENT_LIST_NONE, more;
	struct error err = ERROR_NONE;
	struct sb_image unsigned_one;
	const struct event_list *first;
	struct secureboot *s;
	struct sb_world w;
	size_t last;

	open_debian12(&w);
	last = w.boot.n_images - 1;
	unsigned_one = w.image[last];
	unsigned_one.digest[0] ^= 1;
	assert_int_equal(secureboot_events(&w.boot, &err, &got, NULL), 0);
	w.boot.n_images = last;
	assert_int_equal(secureboot_new(&w.boot, &err, &s), 0);
	first = secureboot_measured(s);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(secureboot_further(s, &unsigned_one, &err, &more), -EKEYREJECTED);
		assert_int_equal(secureboot_further(s, &w.image[last], &err, &more), 0);
		assert_int_equal(first->n + more.n, got.n);
		for (size_t k = 0; k < got.n; k++)
			assert_memory_equal(got.e[k].digest,
					    (k < first->n ? first->e[k] : more.e[k - first->n]).digest,
					    SHA256_LEN);
		event_list_free(&more);
	}
	secureboot_free(s);
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
		cmocka_unit_test(test_drivers),
		cmocka_unit_test(test_switched_off),
		cmocka_unit_test(test_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
