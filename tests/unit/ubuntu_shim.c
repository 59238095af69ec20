#include "ubuntu_shim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "pe_sample.h"
#include "siglist_sample.h"

/* cert.S: the two sizes, then the two offsets from the start of the section. */
static void add_vendor(const struct ubuntu_shim *s, struct buffer *b)
{
	buffer_add_le32(b, s->vendor.left);
	buffer_add_le32(b, s->vendor_x.left);
	buffer_add_le32(b, 16);
	buffer_add_le32(b, 16 + s->vendor.left);
	buffer_add(b, s->vendor.at, s->vendor.left);
	buffer_add(b, s->vendor_x.at, s->vendor_x.left);
}

/* sbat_var.S: version, two offsets behind it, and here one text for both. */
static void add_level(const char *level, struct buffer *b)
{
	buffer_add_le32(b, 0);
	buffer_add_le32(b, 8);
	buffer_add_le32(b, 8);
	buffer_add(b, level, strlen(level) + 1);
}

void ubuntu_shim_make(const struct ubuntu_shim *s, struct buffer *ret)
{
	struct buffer vendor = BUFFER_NONE, level = BUFFER_NONE, certs = BUFFER_NONE;
	struct sample_section sections[4] = { { ".text", "x", 1 } };
	struct reader c;

	add_vendor(s, &vendor);
	if (s->level)
		add_level(s->level, &level);
	sections[1] = (struct sample_section){ ".vendor_cert", vendor.data, vendor.len };
	sections[2] = (struct sample_section){ ".sbat", s->sbat, strlen(s->sbat) };
	sections[3] = (struct sample_section){ ".sbatlevel", level.data, level.len };
	assert_int_equal(file_read("tests/secureboot/debian12-shim.certs", 1 << 20, NULL, &certs), 0);
	c = bytes_of(&certs);
	sample_pe(sections, s->level ? 4 : 3, &c, ret);
	buffer_free(&certs);
	buffer_free(&level);
	buffer_free(&vendor);
}
