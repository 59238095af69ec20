/*
 * Attacks on the unlock program that need its whole world: who holds the disks, the console and what lies
 * between two of its runs.
 */
#include "unlock_world.h"

#include "proxy.h"

#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_unseal.h"

static void foreign(struct world *w, int target)
{
	w->anchor.target[target].volume_pin[0] ^= 1;
	world_write_anchor(w);
}

static void setup_two(struct world *w)
{
	world_setup(w);
	world_add_data(w);
	world_write(w, "crypttab", "root %s/image none luks\ndata %s/data none luks\n", w->dir, w->dir);
}

/* As the kernel shows a mapping, whether udev has linked it or not. */
static void add_kernel_mapping(const struct world *w, const char *name)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "mkdir -p %s/sys/dev/block/254:3/dm && echo %s >%s/sys/dev/block/254:3/dm/name", w->dir,
		 name, w->dir);
	assert_int_equal(system(command), 0);
}

/* Both headers are swapped; the YES to one does not make cryptsetup ask for the other. */
static void test_yes_for_one_volume(void **state)
{
	struct world w;
	char rest[128];

	setup_two(&w);
	foreign(&w, 0);
	foreign(&w, 1);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	world_is(&w, "crypttab", "");
	world_is(&w, "run/ask", "root\n");
	assert_int_equal(world_confirm(&w, "YES\n"), 0);
	says(&w, "WARNING: root: ");
	world_is(&w, "crypttab", "");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	snprintf(rest, sizeof(rest), "root %s/image none luks\n", w.dir);
	world_is(&w, "crypttab", rest);
	world_is(&w, "run/ask", "data\n");
	assert_int_equal(world_confirm(&w, "no\n"), 1);
	says(&w, "WARNING: data: ");
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	world_is(&w, "crypttab", rest);
	assert_int_equal(world_confirm(&w, "YES\n"), 0);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	assert_false(world_has(&w, "run/held"));
	assert_false(world_has(&w, "crypttab.held"));
	world_teardown(&w);
}

/*
 * At the console: a header of his own for the root, with a passphrase of his own, while the TPM has opened
 * the data volume. His YES takes that away again before he is asked.
 */
static void test_own_root_beside_an_open_volume(void **state)
{
	struct world w;

	setup_two(&w);
	foreign(&w, 0);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "data: unlocked by the TPM");
	assert_true(world_has(&w, "run/opened"));
	assert_int_equal(world_confirm(&w, "YES\n"), 0);
	assert_false(world_has(&w, "run/opened"));
	/* and nothing opens it a second time */
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	says(&w, "data: not unlocked by the TPM: ");
	says(&w, "the window is closed");
	world_teardown(&w);
}

/*
 * It cannot be taken away (this host has no device mapper to ask): the machine must restart and the YES
 * counts for nothing.
 */
static void test_own_root_beside_a_volume_in_use(void **state)
{
	struct world w;

	setup_two(&w);
	foreign(&w, 0);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	add_kernel_mapping(&w, "data");
	assert_int_equal(world_confirm(&w, "YES\n"), 8);
	assert_true(world_has(&w, "run/opened"));
	assert_true(world_has(&w, "run/ask"));
	assert_false(world_has(&w, "run/confirmed.root"));
	world_teardown(&w);
}

/*
 * Before udev has made the link, or when it was made to fail: the mapping is there, and no shell is given
 * beside it.
 */
static void test_mapping_without_a_link(void **state)
{
	struct world w;

	world_setup(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	add_kernel_mapping(&w, "root");
	assert_int_equal(world_run(&w, NULL, "lock", NULL), 8);
	assert_true(world_has(&w, "run/opened"));
	add_kernel_mapping(&w, "root2");
	assert_int_equal(world_run(&w, NULL, "lock", NULL), 0);
	assert_false(world_has(&w, "run/opened"));
	world_teardown(&w);
}

/* --- a TPM that is not the only one, or not to be asked --- */

static void setup_second_tpm(struct world *w, struct swtpm *other)
{
	world_setup(w);
	swtpm_start(other);
	w->first_tcti = other->tcti;
}

static void teardown_second_tpm(struct world *w, struct swtpm *other)
{
	world_teardown(w);
	swtpm_stop(other);
}

static bool is_closed(const struct swtpm *s)
{
	static const uint8_t zero[SHA256_LEN];
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct tpm *tpm;

	check_ok(tpm_open(s->tcti, &err, &tpm));
	check_ok(tpm_pcrs(tpm, 1u << WINDOW_PCR, &err, pcrs));
	tpm_close(tpm);
	return memcmp(pcrs[WINDOW_PCR], zero, sizeof(zero)) != 0;
}

/*
 * A TPM of the attacker's that comes first neither keeps the enrolled one from opening nor leaves any window
 * open.
 */
static void test_another_tpm_before_ours(void **state)
{
	struct swtpm other;
	struct world w;

	setup_second_tpm(&w, &other);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 0);
	says(&w, "root: unlocked by the TPM");
	window_is(&w, opened_text(&w));
	assert_true(is_closed(&other));
	teardown_second_tpm(&w, &other);
}

/*
 * Nothing is opened, or nothing can be known of the enrolled one, its token being gone: a shell finds neither
 * of them open.
 */
static void test_another_tpm_in_a_failed_boot(void **state)
{
	struct swtpm other;
	struct world w;

	setup_second_tpm(&w, &other);
	world_remove_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 6);
	window_is(&w, "bootseal closed");
	assert_true(is_closed(&other));
	teardown_second_tpm(&w, &other);

	setup_second_tpm(&w, &other);
	world_write(&w, "anchor", "nonsense\n");
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	window_is(&w, "bootseal closed");
	assert_true(is_closed(&other));
	teardown_second_tpm(&w, &other);
}

/* It swallows the event: for all we know it is the one that holds the key. */
static void test_another_tpm_that_stays_open(void **state)
{
	struct swtpm other;
	struct proxy p;
	struct world w;

	setup_second_tpm(&w, &other);
	proxy_start(&p, &other, 0x13c);
	w.first_tcti = p.tcti;
	world_remove_token(&w);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 8);
	assert_int_equal(world_run(&w, NULL, "close", NULL), 8);
	proxy_stop(&p);
	window_is(&w, "bootseal closed");
	teardown_second_tpm(&w, &other);
}

/* There is a TPM, and another process holds it: "no TPM", and so a shell, is not the answer. */
static void test_tpm_that_cannot_be_opened(void **state)
{
	char tcti[100];
	struct world w;

	world_setup(&w);
	snprintf(tcti, sizeof(tcti), "device:%s", w.dir);
	assert_int_equal(world_run(&w, tcti, "open", NULL), 8);
	says(&w, "root: not unlocked by the TPM: ");
	leaves(&w, "\"exit\":8,\"window\":\"open\"");
	assert_int_equal(world_run(&w, tcti, "close", NULL), 8);
	strcat(tcti, "/nowhere");
	assert_int_equal(world_run(&w, tcti, "close", NULL), 4);
	world_teardown(&w);
}

/* PCRs cannot be read, whatever the reason: the event is sent anyway, and the TPM answers for it. */
static void test_unreadable_pcrs(void **state)
{
	struct world w;
	struct proxy p;

	world_setup(&w);
	proxy_start(&p, &w.f.swtpm, 0x17e);
	assert_int_equal(world_run(&w, p.tcti, "close", NULL), 0);
	proxy_stop(&p);
	window_is(&w, "bootseal closed");
	world_teardown(&w);
}

/* PCR_Allocate, as a firmware's menu does it, and a restart: this boot is not measured in SHA-256 at all. */
static void turn_sha256_off(struct swtpm *s)
{
	static const uint8_t allocate[] = {
		0x80, 0x02, 0, 0, 0, 43, 0, 0, 0x01, 0x2b, 0x40, 0, 0, 0x0c, /* platform */
		0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0, /* password session, empty */
		0, 0, 0, 2, 0, 0x04, 3, 0xff, 0xff, 0xff, 0, 0x0b, 3, 0, 0, 0, /* SHA-1 all, SHA-256 none */
	};
	uint8_t answer[64];

	swtpm_command(s, allocate, sizeof(allocate), answer, sizeof(answer));
	swtpm_reboot(s);
}

/* Not measured, so not opened; and no policy session can be satisfied by the PCRs that are not there. */
static void test_bank_turned_off(void **state)
{
	struct secret key = SECRET_NONE;
	struct unseal_request q;
	struct world w;

	world_setup(&w);
	tpm_close(w.f.t);
	w.f.t = NULL;
	turn_sha256_off(&w.f.swtpm);
	assert_int_equal(world_run(&w, NULL, "open", NULL), 1);
	says(&w, "the SHA-256 bank lacks a PCR that is needed, or is off: turn it on in the firmware's "
		 "setup");
	assert_int_equal(world_run(&w, NULL, "close", NULL), 0);
	world_open_tpm(&w);
	for (size_t i = 0; i < w.f.branch_count; i++) {
		q = fixture_request(&w.f, i);
		check_fails(tpm_unseal(w.f.t, &q, &err, &key), -EACCES);
	}
	world_teardown(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yes_for_one_volume),
		cmocka_unit_test(test_own_root_beside_an_open_volume),
		cmocka_unit_test(test_own_root_beside_a_volume_in_use),
		cmocka_unit_test(test_mapping_without_a_link),
		cmocka_unit_test(test_another_tpm_before_ours),
		cmocka_unit_test(test_another_tpm_in_a_failed_boot),
		cmocka_unit_test(test_another_tpm_that_stays_open),
		cmocka_unit_test(test_tpm_that_cannot_be_opened),
		cmocka_unit_test(test_unreadable_pcrs),
		cmocka_unit_test(test_bank_turned_off),
	};

	return cmocka_run_group_tests_name("attacks on unlock", tests, world_make_image, world_remove_image);
}
