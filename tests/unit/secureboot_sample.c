#include "secureboot_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/uefi.h"
#include "measure/log/tcg.h"
#include "pe_sample.h"
#include "siglist_sample.h"

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

/* What Linux would show in MokListRT and MokListXRT of that boot. */
static void make_mirrors(struct sb_world *w, const struct buffer *vendor)
{
	uint32_t len = 0, x_len = 0, at = 0, x_at = 0;
	struct reader r = bytes_of(vendor);

	assert_true(reader_le32(&r, &len) && reader_le32(&r, &x_len) && reader_le32(&r, &at) &&
		    reader_le32(&r, &x_at));
	siglist_add_one(&w->list, siglist_type_x509, uefi_guid_shim_lock, vendor->data + at, len);
	buffer_add(&w->list_x, vendor->data + x_at, x_len);
}

void open_world(const char *distro, const char *log, struct sb_world *w)
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

void open_debian12(struct sb_world *w)
{
	open_world("debian12", "tests/eventlogs/debian12-grub206-sb.bin", w);
}

void close_world(struct sb_world *w)
{
	for (size_t i = 0; i < MAX_IMAGES; i++)
		buffer_free(&w->file[i]);
	buffer_free(&w->list);
	buffer_free(&w->list_x);
	event_list_free(&w->events);
	eventlog_free(&w->log);
	buffer_free(&w->log_bytes);
}

void assert_as_logged(const struct event_list *got, const struct event_list *log)
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
