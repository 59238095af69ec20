/* Signature lists that lie about their sizes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "measure/efi/secureboot_siglist.h"
#include "siglist_sample.h"

static void test_siglist_sizes(void **state)
{
	static const uint32_t lies[][3] = {
		/* list, header, entry */
		{ 28 + 48, 0, 49 },
		{ 28 + 48, 0, 16 },
		{ 28 + 48, 0, 0 },
		{ 28 + 48, 49, 48 },
		{ 28 + 48, 0xffffffff, 48 },
		{ 28 + 49, 0, 48 },
		{ 27, 0, 48 },
		{ 0, 0, 48 },
		{ 0xffffffff, 0, 48 },
		{ 28 + 48, 0, 0xffffffff },
	};
	const uint8_t digest[32] = { 1 }, owner[16] = { 0x77 };
	struct buffer b = BUFFER_NONE;
	struct siglist_entry e;
	struct siglist s;
	struct reader r;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		siglist_add_one(&b, siglist_type_sha256, owner, digest, 32);
		b.len = 16;
		buffer_add_le32(&b, lies[i][0]);
		buffer_add_le32(&b, lies[i][1]);
		buffer_add_le32(&b, lies[i][2]);
		b.len = 28 + 48;
		r = bytes_of(&b);
		s = siglist_begin(&r);
		assert_int_equal(siglist_next(&s, &e), -EBADMSG);
		buffer_free(&b);
	}
	/* one byte more than an entry, all there */
	siglist_add_one(&b, siglist_type_sha256, owner, digest, 32);
	buffer_add_u8(&b, 0);
	b.data[16]++;
	r = bytes_of(&b);
	s = siglist_begin(&r);
	assert_int_equal(siglist_next(&s, &e), -EBADMSG);
	buffer_free(&b);
	siglist_add_one(&b, siglist_type_sha256, owner, digest, 32);
	for (size_t n = 1; n < b.len; n++) {
		r = reader_new(b.data, n);
		s = siglist_begin(&r);
		assert_int_equal(siglist_next(&s, &e), -EBADMSG);
	}
	r = bytes_of(&b);
	s = siglist_begin(&r);
	assert_int_equal(siglist_next(&s, &e), 1);
	assert_true(e.index == 0 && e.data.left == 32 && e.signature.left == 48);
	assert_int_equal(siglist_next(&s, &e), 0);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siglist_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
