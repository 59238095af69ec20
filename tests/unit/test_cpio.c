/*
 * The cpio stream parser on good and evil archives, byte by byte and at once; and initrds made of several of
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "machine/trust/initrd.h"
#include "measure/initrd/cpio.h"
#include "packing.h"

static void add_entry(struct buffer *b, const char *name, uint32_t mode, uint32_t nlink, const void *data,
		      size_t n)
{
	buffer_addf(b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, mode, 0u, 0u, nlink,
		    0u, (unsigned)n, 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1, 0u);
	buffer_add(b, name, strlen(name) + 1);
	while (b->len % 4)
		buffer_add_u8(b, 0);
	buffer_add(b, data, n);
	while (b->len % 4)
		buffer_add_u8(b, 0);
}

static void add_file(struct buffer *b, const char *name, const char *text)
{
	add_entry(b, name, S_IFREG | 0644, 1, text, strlen(text));
}

static void add_end(struct buffer *b)
{
	add_entry(b, "TRAILER!!!", 0, 1, "", 0);
}

struct heard {
	struct buffer text; /* "name=content;" for each */
	size_t hashed;
	uint8_t last[SHA256_LEN];
};

static bool wants(void *context, const char *name)
{
	return strcmp(name, "init") == 0;
}

static int hear(void *context, const struct cpio_entry *e)
{
	struct heard *h = context;

	buffer_addf(&h->text, "%s=%s;", e->name, e->data ? (const char *)e->data : "(long)");
	if (e->hashed) {
		h->hashed++;
		memcpy(h->last, e->sha256, SHA256_LEN);
	}
	return strcmp(e->name, "stop") == 0 ? -EINTR : 0;
}

/* step: bytes a push */
static int parse(const struct buffer *b, size_t step, struct heard *h, size_t *ret_used, struct error *err)
{
	const struct cpio_sink sink = { .context = h, .wants = wants, .entry = hear };
	struct cpio *c;
	size_t at = 0, n, used;
	int r;

	assert_int_equal(cpio_new(&sink, &c), 0);
	do {
		n = b->len - at < step ? b->len - at : step;
		r = cpio_push(c, b->data + at, n, err, &used);
		at += r == 0 ? used : 0;
	} while (r == 0 && used == n && at < b->len);
	if (r == 0)
		r = cpio_end(c, err);
	cpio_free(c);
	*ret_used = at;
	return r;
}

static void expect(const struct buffer *b, int expected, const char *text, size_t used)
{
	static const size_t steps[] = { 1, 3, 7, 64, 1 << 20 };
	struct error err = ERROR_NONE;
	size_t got;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct heard h = { .hashed = 0 };

		assert_int_equal(parse(b, steps[i], &h, &got, &err), expected);
		assert_string_equal(buffer_str(&h.text), text);
		if (expected == 0)
			assert_int_equal(got, used);
		else if (expected == -EBADMSG)
			assert_non_null(strstr(err.text, "byte "));
		buffer_free(&h.text);
	}
}

static void ordinary_archives(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct heard h = { .hashed = 0 };
	uint8_t digest[SHA256_LEN];
	size_t used;

	add_entry(&b, ".", S_IFDIR | 0755, 2, "", 0);
	add_file(&b, "./init", "hello");
	add_entry(&b, "/sbin", S_IFLNK | 0777, 1, "usr/sbin", 8);
	add_file(&b, "empty", "");
	add_end(&b);
	expect(&b, 0, ".=;init=hello;sbin=usr/sbin;empty=;", b.len);
	assert_int_equal(parse(&b, 5, &h, &used, NULL), 0);
	assert_int_equal(h.hashed, 1);
	assert_int_equal(hash_sha256("hello", 5, digest), 0);
	assert_memory_equal(h.last, digest, SHA256_LEN);
	buffer_free(&h.text);
	/* zeros and a second archive */
	for (size_t i = 0; i < 512; i++)
		buffer_add_u8(&b, 0);
	add_file(&b, "init", "second");
	add_end(&b);
	expect(&b, 0, ".=;init=hello;sbin=usr/sbin;empty=;init=second;", b.len);
	buffer_free(&b);
}

static void stops_before_something_else(void **state)
{
	struct buffer b = BUFFER_NONE;
	size_t end;

	add_file(&b, "early", "microcode");
	add_end(&b);
	end = b.len;
	buffer_add_str(&b, "\x1f\x8b rest");
	expect(&b, 0, "early=microcode;", end);
	buffer_free(&b);
}

/* The kernel looks for an archive only at multiples of four bytes. */
static void archive_at_an_odd_place(void **state)
{
	struct buffer b = BUFFER_NONE;
	size_t end;

	add_file(&b, "a", "1");
	add_end(&b);
	buffer_add_u8(&b, 0);
	end = b.len;
	buffer_add_str(&b, "070701");
	expect(&b, 0, "a=1;", end);
	buffer_free(&b);
}

static void long_contents_are_not_kept(void **state)
{
	struct buffer b = BUFFER_NONE, data = BUFFER_NONE;

	for (size_t i = 0; i < CPIO_KEEP_MAX; i++)
		buffer_add_u8(&data, 'x');
	add_entry(&b, "init", S_IFREG, 1, data.data, data.len);
	buffer_add_u8(&data, 'x');
	add_entry(&b, "longer", S_IFREG, 1, data.data, data.len);
	add_end(&b);
	for (size_t step = 1000; step <= 100000; step *= 10) {
		struct heard h = { .hashed = 0 };
		size_t used;

		assert_int_equal(parse(&b, step, &h, &used, NULL), 0);
		assert_non_null(strstr(buffer_str(&h.text), ";longer=(long);"));
		buffer_free(&h.text);
	}
	buffer_free(&b);
	buffer_free(&data);
}

static void evil_archives(void **state)
{
	static const char *const names[] = { "../etc/shadow", "a/../b", "a/..", "new\nline", "tab\t" };
	struct buffer good = BUFFER_NONE, b = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		add_file(&b, names[i], "x");
		add_end(&b);
		expect(&b, -EBADMSG, "", 0);
		buffer_free(&b);
	}
	add_file(&good, "init", "hello");
	add_end(&good);
	/* every cut is seen, but between archives (no archive at all is one such place) */
	for (size_t n = 1; n < good.len; n++) {
		struct buffer cut = { .data = good.data, .len = n };
		struct heard h = { .hashed = 0 };
		size_t used;

		assert_int_equal(parse(&cut, 11, &h, &used, NULL), -EBADMSG);
		buffer_free(&h.text);
	}
	good.data[0] = 'x';
	expect(&good, 0, "", 0);
	good.data[0] = '0';
	good.data[5] = '7';
	expect(&good, -EBADMSG, "", 0);
	good.data[5] = '1';
	good.data[6 + 8 * 6] = 'g';
	expect(&good, -EBADMSG, "", 0);
	good.data[6 + 8 * 6] = '0';
	/* a name without its NUL; a name of no or of endless length */
	good.data[110 + 4] = 'x';
	expect(&good, -EBADMSG, "", 0);
	good.data[110 + 4] = '\0';
	memcpy(good.data + 6 + 8 * 11, "00000000", 8);
	expect(&good, -EBADMSG, "", 0);
	memcpy(good.data + 6 + 8 * 11, "00000001", 8);
	good.data[110] = '\0';
	expect(&good, -EBADMSG, "", 0);
	memcpy(good.data + 6 + 8 * 11, "ffffffff", 8);
	expect(&good, -EBADMSG, "", 0);
	buffer_free(&good);
	add_entry(&b, "TRAILER!!!", 0, 1, "data", 4);
	expect(&b, -EBADMSG, "", 0);
	buffer_free(&b);
}

static void sink_can_stop_it(void **state)
{
	struct buffer b = BUFFER_NONE;

	add_file(&b, "a", "1");
	add_file(&b, "stop", "2");
	add_file(&b, "b", "3");
	add_end(&b);
	expect(&b, -EINTR, "a=1;stop=2;", 0);
	buffer_free(&b);
}

static void initrd_with_microcode_before_it(void **state)
{
	static const char *const programs[][3] = {
		{ "gzip", "-c" }, { "xz", "--check=crc32" }, { "zstd", "-c" }, { "xz", "--format=lzma" }
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		struct buffer image = BUFFER_NONE, packed = BUFFER_NONE;
		struct heard h = { .hashed = 0 };
		const struct cpio_sink sink = { .context = &h, .wants = wants, .entry = hear };
		struct error err = ERROR_NONE;
		struct reader bytes;

		add_file(&image, "early", "microcode");
		add_end(&image);
		while (image.len % 512)
			buffer_add_u8(&image, 0);
		add_file(&packed, "init", "hello");
		add_end(&packed);
		pack(programs[i], &packed, &image);
		bytes = reader_new(image.data, image.len);
		if (initrd_unpack(&bytes, &sink, &err) < 0)
			fail_msg("%s: %s", programs[i][0], err.text);
		assert_string_equal(buffer_str(&h.text), "early=microcode;init=hello;");
		/* cut in the compressed part */
		bytes.left -= 10;
		assert_true(initrd_unpack(&bytes, &sink, &err) < 0);
		assert_true(err.text[0] != '\0');
		buffer_free(&h.text);
		buffer_free(&image);
		buffer_free(&packed);
	}
}

/* What initrd_unpack_file() says of these bytes; they begin 3 bytes after the file does. */
static int unpack_as_file(const struct buffer *bytes, size_t len, const struct cpio_sink *sink,
			  off_t *ret_read)
{
	int fd = memfd_create("initrd", MFD_CLOEXEC), r;
	struct error err = ERROR_NONE;

	assert_true(fd > 0);
	assert_int_equal(write(fd, "...", 3), 3);
	assert_int_equal(write(fd, bytes->data, len), len);
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	r = initrd_unpack_file(fd, sink, &err);
	assert_true((r < 0 && r != -EINTR) == (err.text[0] != '\0'));
	*ret_read = lseek(fd, 0, SEEK_CUR);
	close(fd);
	return r;
}

static void initrd_in_a_file(void **state)
{
	/* the ends of the first archive lie before, at and after the end of what is read at once */
	static const size_t lengths[] = { 10, 65536 - 360, 65536 - 340, 150000 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct buffer image = BUFFER_NONE, packed = BUFFER_NONE;
		struct heard h = { .hashed = 0 };
		const struct cpio_sink sink = { .context = &h, .wants = wants, .entry = hear };
		uint8_t *microcode = calloc(1, lengths[i]);
		off_t at;

		add_entry(&image, "early", S_IFREG | 0644, 1, microcode, lengths[i]);
		add_end(&image);
		add_file(&packed, "init", "hello");
		add_end(&packed);
		pack((const char *const[]){ "gzip", "-c", NULL }, &packed, &image);
		h.text = BUFFER_NONE;
		assert_int_equal(unpack_as_file(&image, image.len, &sink, &at), 0);
		assert_non_null(strstr(buffer_str(&h.text), "init=hello;"));
		assert_int_equal(unpack_as_file(&image, image.len - 10, &sink, &at), -EPIPE);
		assert_int_equal(unpack_as_file(&image, 50, &sink, &at), -EBADMSG);
		buffer_free(&h.text);
		buffer_free(&image);
		buffer_free(&packed);
		free(microcode);
	}
}

static void initrd_file_is_read_no_further_than_it_is_wanted(void **state)
{
	struct buffer image = BUFFER_NONE;
	struct heard h = { .hashed = 0 };
	const struct cpio_sink sink = { .context = &h, .wants = wants, .entry = hear };
	uint8_t *much = calloc(1, 1 << 20);
	off_t at;

	add_file(&image, "stop", "2");
	add_entry(&image, "much", S_IFREG | 0644, 1, much, 1 << 20);
	add_end(&image);
	assert_int_equal(unpack_as_file(&image, image.len, &sink, &at), -EINTR);
	assert_string_equal(buffer_str(&h.text), "stop=2;");
	assert_true(at < 1 << 17);
	buffer_free(&h.text);
	buffer_free(&image);
	free(much);
}

static void initrd_of_something_else(void **state)
{
	struct heard h = { .hashed = 0 };
	const struct cpio_sink sink = { .context = &h, .wants = wants, .entry = hear };
	struct buffer text = BUFFER_NONE, image = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct reader bytes = reader_new("not an initrd", 13);

	assert_int_equal(initrd_unpack(&bytes, &sink, &err), -EBADMSG);
	/* compressed, but no archive */
	buffer_add_str(&text, "hello");
	pack((const char *const[]){ "gzip", "-c", NULL }, &text, &image);
	bytes = reader_new(image.data, image.len);
	assert_int_equal(initrd_unpack(&bytes, &sink, &err), -EBADMSG);
	bytes = reader_new("", 0);
	assert_int_equal(initrd_unpack(&bytes, &sink, &err), 0);
	assert_string_equal(buffer_str(&h.text), "");
	buffer_free(&text);
	buffer_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_archives),
		cmocka_unit_test(stops_before_something_else),
		cmocka_unit_test(archive_at_an_odd_place),
		cmocka_unit_test(long_contents_are_not_kept),
		cmocka_unit_test(evil_archives),
		cmocka_unit_test(sink_can_stop_it),
		cmocka_unit_test(initrd_with_microcode_before_it),
		cmocka_unit_test(initrd_in_a_file),
		cmocka_unit_test(initrd_file_is_read_no_further_than_it_is_wanted),
		cmocka_unit_test(initrd_of_something_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
