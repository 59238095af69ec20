/* Compressed parts of initrds that programs and the kernel read differently (lib/decompress*.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "initrd_sample.h"
#include "packing.h"

static const char *const packers[][5] = {
	{ "gzip", "-cn" },         { "xz", "--check=crc32" }, { "xz", "--check=crc32", "--block-size=4096" },
	{ "zstd", "-qc" },         { "lz4", "-lc" },          { "xz", "--check=crc32", "--x86", "--lzma2" },
	{ "xz", "--format=lzma" },
};

/* boots: the first stream ends within a file, which ends the unpacking */
static void two_streams(void **state)
{
	struct buffer b = BUFFER_NONE, whole = BUFFER_NONE;

	m_make_initrd(&good, &whole);
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		struct buffer first = { .data = whole.data, .len = 600 };
		struct buffer second = { .data = whole.data + 600, .len = whole.len - 600 };

		pack(packers[i], &whole, &b);
		expect_proof(&b, 0, NULL);
		/* behind it */
		buffer_add(&b, "\0\0\0\0", 4);
		expect_proof(&b, strcmp(packers[i][0], "xz") == 0 && i == 6 ? -EPIPE : -EBADMSG, NULL);
		buffer_free(&b);
		pack(packers[i], &first, &b);
		pack(packers[i], &second, &b);
		expect_proof(&b, i == 6 ? -EPIPE : -EBADMSG, NULL);
		buffer_free(&b);
	}
	buffer_free(&whole);
}

/* boots: the kernel unpacks the extra field of the header, gzip what follows it */
static void extra_field(void **state)
{
	static const char *const gzip[] = { "gzip", "-cn", NULL };
	struct buffer b = BUFFER_NONE, whole = BUFFER_NONE, with = BUFFER_NONE;

	m_make_initrd(&good, &whole);
	pack(gzip, &whole, &b);
	buffer_add(&with, b.data, 10);
	with.data[3] |= 4;
	buffer_add(&with, "\4\0evil", 6);
	buffer_add(&with, b.data + 10, b.len - 10);
	expect_proof(&with, -EBADMSG, "extra fields");
	buffer_free(&with);
	buffer_free(&b);
	buffer_free(&whole);
}

/*
 * What programs take and the kernel does not: before such an archive another one with init is all that is
 * unpacked.
 */
static void not_for_the_kernel(void **state)
{
	static const char *const others[][4] = {
		{ "xz", "--check=crc64" },
		{ "xz", "--check=sha256" },
		{ "xz", "--check=crc32", "--lzma2=dict=128MiB" },
		{ "lz4", "-c" },
		{ "bzip2", "-c" },
	};
	static const char *const delta[] = { "xz", "--check=crc32", "--delta=dist=1", "--lzma2", NULL };
	static const char *const zstd[] = { "zstd", "-qc", NULL };
	struct buffer b = BUFFER_NONE, whole = BUFFER_NONE;

	m_make_initrd(&good, &whole);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		pack(others[i], &whole, &b);
		expect_proof(&b, -EBADMSG, NULL);
		buffer_free(&b);
	}
	pack(delta, &whole, &b);
	expect_proof(&b, -EBADMSG, "an xz filter");
	buffer_free(&b);
	/* a frame to be skipped, then what we want to see */
	buffer_add(&b, "\x50\x2a\x4d\x18\4\0\0\0evil", 12);
	pack(zstd, &whole, &b);
	expect_proof(&b, -EBADMSG, NULL);
	buffer_free(&b);
	buffer_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_streams),
		cmocka_unit_test(extra_field),
		cmocka_unit_test(not_for_the_kernel),
	};

	return cmocka_run_group_tests(tests, proof_setup, proof_teardown);
}
