/*
 * PCR 7 and PCR 14 of Azure's virtual machines, from nothing but the key templates that its firmware is
 * delivered with and Canonical's certificate: compared with what real machines quoted. All of that is in
 * ../shared/vectors/azure (or BOOTSEAL_SHARED) and read from there.
 *
 * Ubuntu's shim is played by Debian's signature, which the same Microsoft certificate made, over a stand-in
 * with Canonical's certificate; no signature of Canonical's is at hand, so what shim measures for GRUB is put
 * together here from the list that the model builds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "machine/uefi_config.h"
#include "measure/efi/secureboot_log.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/uefi.h"
#include "measure/log/tcg.h"
#include "secureboot_events.h"
#include "secureboot_sample.h"
#include "shared.h"
#include "siglist_sample.h"
#include "ubuntu_shim.h"

#define VECTORS "vectors/azure"

/* The certificate that lets GRUB run, as the first entry of the list that this shim makes. */
static void add_authority_of_grub(struct event_list *l, const struct buffer *canonical)
{
	struct buffer entry = BUFFER_NONE, variable = BUFFER_NONE;
	uint8_t digest[SHA256_LEN];
	struct reader r;

	buffer_add(&entry, uefi_guid_shim_lock, 16);
	buffer_add(&entry, canonical->data, canonical->len);
	r = bytes_of(&entry);
	uefi_add_variable(&variable, uefi_guid_shim_lock, "MokListRT", &r);
	assert_int_equal(hash_sha256(variable.data, variable.len, digest), 0);
	assert_int_equal(event_list_add(l, 7, EV_EFI_VARIABLE_AUTHORITY, digest, "MokListRT"), 0);
	buffer_free(&variable);
	buffer_free(&entry);
}

static void make_shim(struct sb_world *w, const struct buffer *canonical, struct buffer *file)
{
	const struct ubuntu_shim shim = {
		.vendor = bytes_of(canonical), .vendor_x = bytes_of(&w->list_x),
		.sbat = "sbat,1,S,sbat,1,u\nshim,4,U,shim,1,u\nshim.ubuntu,1,U,shim,15.8-0,u\n",
		.level = UBUNTU_SHIM_LEVEL,
	};

	ubuntu_shim_make(&shim, file);
	w->image[0].file = bytes_of(file);
}

static void assert_pcr(const uint8_t pcrs[PCR_COUNT][SHA256_LEN], unsigned pcr, const char *want)
{
	char hex[2 * SHA256_LEN + 1];

	text_hex(pcrs[pcr], SHA256_LEN, hex);
	assert_string_equal(hex, want);
}

static void check_template(const char *name, const char *want)
{
	static const uint8_t one = 1;
	struct buffer canonical = BUFFER_NONE, file = BUFFER_NONE;
	struct uefi_config keys;
	struct event_list got = EVENT_LIST_NONE;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct error err = ERROR_NONE;
	struct sb_world w;

	shared_needed(VECTORS);
	assert_int_equal(file_read(shared_path(VECTORS "/secureboot/canonical-master-ca-2012.der"), 65536,
				   NULL, &canonical), 0);
	if (uefi_config_read(shared_path(name), UEFI_CONFIG_AZURE_DISK, &err, &keys) < 0)
		fail_msg("%s", err.text);
	open_debian12(&w);
	make_shim(&w, &canonical, &file);
	w.vars = (struct sb_vars){
		.secure_boot = reader_new(&one, 1), .pk = bytes_of(&keys.content[0]),
		.kek = bytes_of(&keys.content[1]), .db = bytes_of(&keys.content[2]),
		.dbx = bytes_of(&keys.content[3]), .mok_list_trusted_rt = reader_new(&one, 1),
	};
	w.boot.log = NULL;
	w.boot.n_images = 1;
	if (secureboot_events(&w.boot, &err, &got, NULL) < 0)
		fail_msg("%s", err.text);
	add_authority_of_grub(&got, &canonical);
	assert_int_equal(event_list_replay(&got, pcrs), 0);
	assert_pcr(pcrs, 7, want);
	assert_pcr(pcrs, 14, "306f9d8b94f17d93dc6e7cf8f5c79d652eb4c6c4d13de2dddc24af416e13ecaf");
	event_list_free(&got);
	uefi_config_free(&keys);
	buffer_free(&canonical);
	buffer_free(&file);
	close_world(&w);
}

static const uint8_t *digest_of(const struct event_list *l, uint32_t type, const char *what)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].pcr == 7 && l->e[i].type == type && strcmp(l->e[i].what, what) == 0)
			return l->e[i].digest;
	fail_msg("no event %s", what);
	return NULL;
}

/* As Azure's firmware has them: db is another variable then, and what lets shim run is the same entry. */
static void a_list_for_each_certificate(void **state)
{
	struct event_list together = EVENT_LIST_NONE, apart = EVENT_LIST_NONE;
	struct buffer entry = BUFFER_NONE, one = BUFFER_NONE, many = BUFFER_NONE, x = BUFFER_NONE;
	const struct buffer *const entries[] = { &entry, &x };
	struct siglist_entry e;
	struct siglist s;
	struct sb_world w;

	open_debian12(&w);
	assert_int_equal(secureboot_vars_from_log(&w.log, NULL, &w.vars), 0);
	s = siglist_begin(&w.vars.db);
	while (siglist_next(&s, &e) == 1 && e.data.left < 1500)
		;
	buffer_add(&entry, e.data.at, e.data.left);
	for (size_t i = 0; i < e.data.left; i++)
		buffer_add_u8(&x, (uint8_t)i);
	siglist_add(&many, siglist_type_x509, e.signature.at, entries, 2);
	siglist_add(&one, siglist_type_x509, e.signature.at, &entries[1], 1);
	siglist_add(&one, siglist_type_x509, e.signature.at, &entries[0], 1);
	w.vars.db = bytes_of(&many);
	assert_int_equal(secureboot_events(&w.boot, NULL, &together, NULL), 0);
	w.vars.db = bytes_of(&one);
	assert_int_equal(secureboot_events(&w.boot, NULL, &apart, NULL), 0);
	assert_memory_equal(digest_of(&together, EV_EFI_VARIABLE_AUTHORITY, "db"),
			    digest_of(&apart, EV_EFI_VARIABLE_AUTHORITY, "db"), SHA256_LEN);
	assert_memory_equal(digest_of(&apart, EV_EFI_VARIABLE_AUTHORITY, "db"),
			    digest_of(&w.events, EV_EFI_VARIABLE_AUTHORITY, "db"), SHA256_LEN);
	assert_memory_not_equal(digest_of(&together, EV_EFI_VARIABLE_DRIVER_CONFIG, "db"),
				digest_of(&apart, EV_EFI_VARIABLE_DRIVER_CONFIG, "db"), SHA256_LEN);
	event_list_free(&together);
	event_list_free(&apart);
	buffer_free(&entry);
	buffer_free(&one);
	buffer_free(&many);
	buffer_free(&x);
	close_world(&w);
}

/* Quoted by real machines: facts in ../shared/facts-azure.md. */
static void template_of_today(void **state)
{
	check_template(VECTORS "/secureboot/openvmm-MicrosoftUEFI_Template.json",
		       "f014e5cbfa297ee787a976abc51bc1d67e23e1b9e4a60128a1106dd0adef0c5b");
}

static void template_of_april_2025(void **state)
{
	check_template(VECTORS "/secureboot/openvmm-MicrosoftUEFI_Template-20250409.json",
		       "3b20e022416fdf61d72e4da32b4354781be3de0608116976d28ffdad8c341d2a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_for_each_certificate),
		cmocka_unit_test(template_of_today),
		cmocka_unit_test(template_of_april_2025),
	};

	return cmocka_run_group_tests_name("azure_keys", tests, NULL, NULL);
}
