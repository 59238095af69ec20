/*
 * Every recorded boot of ../shared/ubuntu-grub (or BOOTSEAL_SHARED) from its variables, its files and the
 * digests of its images: the whole log in PCR 4, 7, 8, 9 and 14, event by event, and the TPM's values.
 *
 * shim is played by ubuntu_shim.h, a kernel by another one's signature, which the same certificate in db
 * made. No signature of Canonical's is at hand: the entry that lets GRUB run is found by its certificate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "measure/efi/secureboot_log.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/uefi.h"
#include "measure/log/tcg.h"
#include "secureboot_events.h"
#include "shared.h"
#include "siglist_sample.h"
#include "ubuntu_boot.h"
#include "ubuntu_shim.h"

#define CASES "ubuntu-grub/cases"
#define MAX_BOOTS 128

static struct ubuntu_recording recordings[MAX_BOOTS];
static struct CMUnitTest tests[MAX_BOOTS + 3];

/* Nothing of the log: EDK2's variables, and what each image adds. */
static int events_of(const struct ubuntu_boot *b, const struct sb_image *image, size_t n, struct error *err,
		     struct event_list *ret)
{
	const struct sb_boot boot = { .vars = &b->vars, .image = image, .n_images = n };

	return secureboot_events(&boot, err, ret, NULL);
}

static bool db_has(const struct ubuntu_boot *b, const struct reader *cert)
{
	struct siglist s = siglist_begin(&b->vars.db);
	struct siglist_entry e;

	while (siglist_next(&s, &e) == 1)
		if (e.data.left == cert->left && memcmp(e.data.at, cert->at, cert->left) == 0)
			return true;
	return false;
}

/* Canonical's certificate is the first entry of the list that shim makes of its own keys, and not in db. */
static void add_authority_of_grub(struct ubuntu_boot *b)
{
	struct siglist s = siglist_begin(&b->vars.mok_list_rt);
	const uint32_t type = EV_EFI_VARIABLE_AUTHORITY;
	struct buffer variable = BUFFER_NONE;
	struct reader canonical = bytes_of(&b->canonical);
	uint8_t digest[SHA256_LEN];
	struct siglist_entry e;

	assert_false(db_has(b, &canonical));
	assert_int_equal(siglist_next(&s, &e), 1);
	assert_int_equal(e.data.left, canonical.left);
	assert_memory_equal(e.data.at, canonical.at, canonical.left);
	uefi_add_variable(&variable, uefi_guid_shim_lock, "MokListRT", &e.signature);
	assert_int_equal(hash_sha256(variable.data, variable.len, digest), 0);
	assert_int_equal(event_list_add(&b->secureboot, 7, type, digest, "MokListRT"), 0);
	buffer_free(&variable);
}

/* What one more image adds behind the others: its authority, where shim has not measured that yet. */
static void find_authorities(const struct ubuntu_boot *b, const struct sb_image *image, size_t n,
			     struct event_list *ret)
{
	struct event_list with = EVENT_LIST_NONE, without = EVENT_LIST_NONE;
	struct error err = ERROR_NONE;

	if (events_of(b, image, n, &err, &with) < 0 || events_of(b, image, n - 1, &err, &without) < 0)
		fail_msg("%s", err.text);
	for (size_t i = without.n; i < with.n; i++)
		assert_int_equal(event_list_add(ret, with.e[i].pcr, with.e[i].type, with.e[i].digest,
						with.e[i].what), 0);
	event_list_free(&with);
	event_list_free(&without);
}

static void make_secureboot(struct ubuntu_boot *b)
{
	const struct sb_image *d = b->debian.image;
	const struct sb_image kernel[] = { d[0], d[2] }, again[] = { d[0], d[0] };
	size_t own = b->from->loader ? 1 : 2;
	struct error err = ERROR_NONE;

	if (events_of(b, d, own, &err, &b->secureboot) < 0)
		fail_msg("%s", err.text);
	if (!b->from->loader) {
		find_authorities(b, d, 3, &b->authorities[0]);
		return;
	}
	add_authority_of_grub(b);
	find_authorities(b, kernel, 2, &b->authorities[0]);
	find_authorities(b, again, 2, &b->authorities[1]);
}

static void compare_logs(const struct ubuntu_boot *b, const struct event_list *got)
{
	size_t at = 0;

	for (size_t i = 0; i < b->logged.n; i++) {
		const struct event *want = &b->logged.e[i], *e = &got->e[at];

		if (!(boot_loader_grub.pcrs >> want->pcr & 1))
			continue;
		if (at++ == got->n)
			fail_msg("event %zu (PCR %u, %s) was not predicted", i, want->pcr, want->what);
		if (e->pcr != want->pcr || e->type != want->type ||
		    memcmp(e->digest, want->digest, SHA256_LEN) != 0)
			fail_msg("event %zu: measured PCR %u %s, predicted PCR %u %s", i, want->pcr,
				 want->what, e->pcr, e->what);
	}
	assert_int_equal(at, got->n);
}

static void compare_values(const struct ubuntu_boot *b, const struct prediction *p)
{
	char path[700], hex[80], own[2 * SHA256_LEN + 1];
	pcr_mask seen = 0;
	unsigned pcr;
	FILE *f;

	snprintf(path, sizeof(path), "%s/pcrs", b->from->dir);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fscanf(f, "%u %79s", &pcr, hex) == 2) {
		if (pcr >= PCR_COUNT || !(boot_loader_grub.pcrs >> pcr & 1))
			continue;
		text_hex(p->pcrs[pcr], SHA256_LEN, own);
		if (strcasecmp(own, hex) != 0)
			fail_msg("PCR %u is %s, predicted %s", pcr, hex, own);
		seen |= PCR(pcr);
	}
	fclose(f);
	assert_int_equal(seen, boot_loader_grub.pcrs);
}

static void is_exact(void **state)
{
	struct prediction p = PREDICTION_NONE;
	struct error err = ERROR_NONE;
	struct ubuntu_boot b;

	ubuntu_boot_open(*state, &b);
	if (b.from->loader)
		ubuntu_boot_take_shim(&b, b.from->loader->shim, UBUNTU_SHIM_LEVEL);
	ubuntu_boot_make_facts(&b);
	make_secureboot(&b);
	if (predict(&b.facts, &b.c->choice, &err, &p) < 0)
		fail_msg("%s", err.text);
	compare_logs(&b, &p.events);
	compare_values(&b, &p);
	prediction_free(&p);
	ubuntu_boot_close(&b);
}

/* A shim of before 15.6 measures otherwise: the model says so, and guesses nothing. */
static void is_refused(void **state)
{
	struct event_list none = EVENT_LIST_NONE;
	struct error err = ERROR_NONE;
	struct ubuntu_boot b;

	ubuntu_boot_open(*state, &b);
	ubuntu_boot_take_shim(&b, "shim 15.4-0ubuntu9", NULL);
	assert_int_equal(events_of(&b, b.debian.image, 1, &err, &none), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "older than 15.6"));
	ubuntu_boot_close(&b);
}

/* What of this is in the tree: Ubuntu's builds measure a list without their own revocations. */
static void the_stand_in_hides_its_list(void **state)
{
	struct event_list got = EVENT_LIST_NONE;
	struct error err = ERROR_NONE;
	struct buffer file = BUFFER_NONE;
	char hex[2 * SHA256_LEN + 1] = "";
	struct sb_world w;

	open_debian12(&w);
	ubuntu_shim_make(&(struct ubuntu_shim){ .vendor = reader_new("\x30\x82\0\0", 4),
						.vendor_x = bytes_of(&w.list_x),
						.sbat = "shim.ubuntu,1,U,shim,15.8,u\n",
						.level = UBUNTU_SHIM_LEVEL }, &file);
	w.image[0].file = bytes_of(&file);
	assert_int_equal(secureboot_vars_from_log(&w.log, NULL, &w.vars), 0);
	w.boot.log = NULL;
	w.boot.n_images = 1;
	if (secureboot_events(&w.boot, &err, &got, NULL) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < got.n; i++)
		if (strcmp(got.e[i].what, "MokListX") == 0)
			text_hex(got.e[i].digest, SHA256_LEN, hex);
	/* of the list with one digest of zeros */
	assert_string_equal(hex, "8d8a3aae50d5d25838c95c034aadce7b548c9a952eb7925e366eda537c59c3b0");
	event_list_free(&got);
	buffer_free(&file);
	close_world(&w);
}

static void is_unknown(void **state)
{
	const struct ubuntu_recording *r = *state;

	fail_msg("%s: recorded with a loader that ubuntu_case.c does not know", r->name);
}

static const struct ubuntu_loader *find_loader(const char *name)
{
	for (const struct ubuntu_loader *l = ubuntu_loaders; l->name; l++)
		if (strcmp(l->name, name) == 0)
			return l;
	return NULL;
}

/* One boot of a case. */
static size_t add(const char *dir, const char *by, size_t n)
{
	struct ubuntu_recording *r = &recordings[n];
	char log[700];

	snprintf(log, sizeof(log), "%.500s/%.60s/log.bin", dir, by);
	if (n == MAX_BOOTS || access(log, R_OK) < 0)
		return n;
	snprintf(r->dir, sizeof(r->dir), "%.500s/%.60s", dir, by);
	snprintf(r->name, sizeof(r->name), "%.100s.%.50s", strrchr(dir, '/') + 1, by);
	r->loader = find_loader(by);
	tests[n] = (struct CMUnitTest){ .name = r->name, .test_func = is_exact, .initial_state = r };
	if (strcmp(by, "ub6") == 0) {
		tests[n].test_func = is_refused;
		fprintf(stderr, "ubuntu_boots: %s is refused, not compared: shim 15.4 has no .sbatlevel and "
			"measures GRUB's certificate without its owner\n", r->name);
	} else if (!r->loader && strcmp(by, "d12") != 0) {
		tests[n].test_func = is_unknown;
	}
	return n + 1;
}

/* Each folder of a folder: a case, or a boot of it. */
static size_t add_each(const char *parent, bool cases, size_t n)
{
	struct dirent **found;
	int count = scandir(parent, &found, NULL, alphasort);
	char dir[600];

	for (int i = 0; i < count; i++) {
		const char *name = found[i]->d_name;

		snprintf(dir, sizeof(dir), "%.300s/%.200s", parent, name);
		if (name[0] != '.' && cases)
			n = add_each(dir, false, n);
		else if (name[0] != '.')
			n = add(parent, name, n);
		if (strcmp(name, "expected.text") == 0)
			fprintf(stderr, "ubuntu_boots: %s is not compared: a published log, as text, without "
				"digests and variables\n", parent);
		free(found[i]);
	}
	if (count >= 0)
		free(found);
	return n;
}

int main(void)
{
	size_t n = add_each(shared_path(CASES), true, 0);

	if (n == 0)
		tests[n++] = (struct CMUnitTest)cmocka_unit_test_prestate(shared_is_missing, CASES);
	tests[n] = (struct CMUnitTest)cmocka_unit_test(the_stand_in_hides_its_list);
	return _cmocka_run_group_tests("ubuntu_boots", tests, n + 1, NULL, NULL);
}
