/* The modules, prefix and script of an image, from a section put together here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "measure/grub/image.h"

#define SCRIPT "echo one cluster is not enough for this\n"
#define START "normal (memdisk)/grub.cfg\n"

static struct error err;

static void le16(struct buffer *b, unsigned v)
{
	buffer_add_u8(b, (uint8_t)v);
	buffer_add_u8(b, (uint8_t)(v >> 8));
}

static void le64(struct buffer *b, uint64_t v)
{
	buffer_add_le32(b, (uint32_t)v);
	buffer_add_le32(b, (uint32_t)(v >> 32));
}

static void zeros(struct buffer *b, size_t upto)
{
	while (b->len < upto)
		buffer_add_u8(b, 0);
}

static void section(struct buffer *b, unsigned name, uint64_t at, uint64_t size)
{
	buffer_add_le32(b, name);
	zeros(b, b->len + 20);
	le64(b, at);
	le64(b, size);
	zeros(b, b->len + 24);
}

/* ELF64 with the section names at 64 and the module's name at 96 */
static void add_elf(struct buffer *b, const char *name)
{
	struct buffer elf = BUFFER_NONE;

	zeros(&elf, 40);
	le64(&elf, 128);
	zeros(&elf, 58);
	le16(&elf, 64);
	le16(&elf, 3);
	le16(&elf, 2);
	buffer_add(&elf, "\0.modname\0.shstrtab", 20);
	zeros(&elf, 96);
	buffer_add(&elf, name, strlen(name) + 1);
	zeros(&elf, 128);
	section(&elf, 0, 0, 0);
	section(&elf, 1, 96, strlen(name) + 1);
	section(&elf, 10, 64, 20);
	buffer_add_le32(b, 0);
	buffer_add_le32(b, (uint32_t)elf.len + 8);
	buffer_add(b, elf.data, elf.len);
	buffer_free(&elf);
}

static void add_object(struct buffer *b, unsigned kind, const void *data, size_t len)
{
	buffer_add_le32(b, kind);
	buffer_add_le32(b, (uint32_t)len + 8);
	buffer_add(b, data, len);
}

/*
 * FAT12 with sectors of 32 bytes: one of boot sector, one table, one of root directory, then clusters 2, 3, 4
 */
static void add_fat(struct buffer *b, unsigned second, size_t len)
{
	struct buffer fat = BUFFER_NONE;

	zeros(&fat, 11);
	le16(&fat, 32);
	buffer_add_u8(&fat, 1);
	le16(&fat, 1);
	buffer_add_u8(&fat, 1);
	le16(&fat, 1);
	le16(&fat, 6);
	buffer_add_u8(&fat, 0xf8);
	le16(&fat, 1);
	zeros(&fat, 32 + 3);
	buffer_add_u8(&fat, second & 0xff);	/* entry 2: the next cluster */
	buffer_add_u8(&fat, (second >> 8) & 0xf);
	zeros(&fat, 64);
	buffer_add(&fat, "GRUB    CFG", 11);
	zeros(&fat, 64 + 26);
	le16(&fat, 2);
	buffer_add_le32(&fat, len);
	buffer_add(&fat, SCRIPT, 32);
	zeros(&fat, 160);
	buffer_add(&fat, SCRIPT + 32, strlen(SCRIPT) - 32);
	zeros(&fat, 192);
	add_object(b, 1, fat.data, fat.len);
	buffer_free(&fat);
}

static void finish(struct buffer *b)
{
	struct buffer whole = BUFFER_NONE;

	buffer_add_le32(&whole, 0x676d696d);
	buffer_add_le32(&whole, 0);
	le64(&whole, 24);
	le64(&whole, 24 + b->len);
	buffer_add(&whole, b->data, b->len);
	buffer_add(&whole, "padding", 7);
	buffer_free(b);
	*b = whole;
}

static void make(struct buffer *b, const char *start, unsigned second)
{
	*b = BUFFER_NONE;
	add_elf(b, "video");
	add_fat(b, second, strlen(SCRIPT));
	if (start)
		add_object(b, 2, start, strlen(start) + 1);
	add_object(b, 3, "/EFI/debian\0\0\0", 14);
	add_elf(b, "boot");
	finish(b);
}

static int read_build(struct buffer *b, const struct grub_build *build, struct grub_image *ret)
{
	struct reader r = reader_new(b->data, b->len);

	err = ERROR_NONE;
	return grub_image_read(&r, build, &err, ret);
}

static int read_image(struct buffer *b, enum grub_version version, struct grub_image *ret)
{
	return read_build(b, grub_build_find(GRUB_DEBIAN, version), ret);
}

static void reads_what_is_built_in(void **state)
{
	struct grub_image image = { 0 };
	struct buffer b;

	make(&b, START, 4);
	assert_int_equal(read_image(&b, GRUB_2_06, &image), 0);
	assert_string_equal(image.modules, " video boot ");
	assert_string_equal(image.prefix, "/EFI/debian");
	assert_string_equal(image.embedded, SCRIPT);
	grub_image_free(&image);
	grub_image_free(&image);
	buffer_free(&b);
	make(&b, NULL, 4);
	assert_int_equal(read_image(&b, GRUB_2_12, &image), 0);
	assert_null(image.embedded);
	grub_image_free(&image);
	buffer_free(&b);
}

/* Its 2.06 begins with grub.cfg, and a font is all that its memdisk has. */
static void ubuntu_begins_without_a_script(void **state)
{
	const struct grub_build *build = grub_build_find(GRUB_UBUNTU, GRUB_2_06);
	struct grub_image image = { 0 };
	struct buffer b;

	make(&b, NULL, 4);
	assert_int_equal(read_build(&b, build, &image), 0);
	assert_null(image.embedded);
	grub_image_free(&image);
	buffer_free(&b);
	/* its GRUB for a network boot does not */
	make(&b, START, 4);
	assert_int_equal(read_build(&b, build, &image), 0);
	assert_string_equal(image.embedded, SCRIPT);
	grub_image_free(&image);
	buffer_free(&b);
	/* 2.06-2ubuntu6 took fonts from the disk */
	b = BUFFER_NONE;
	add_elf(&b, "video");
	finish(&b);
	assert_int_equal(read_build(&b, build, &image), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "no memdisk"));
	buffer_free(&b);
}

static void refused(struct buffer *b, enum grub_version version, int want, const char *text)
{
	struct grub_image image = { 0 };

	assert_int_equal(read_image(b, version, &image), want);
	assert_non_null(strstr(err.text, text));
	assert_null(image.modules);
	buffer_free(b);
}

static void another_way_of_building_is_refused(void **state)
{
	struct buffer b;

	make(&b, "configfile /x\n", 4);
	refused(&b, GRUB_2_06, -EOPNOTSUPP, "first command");
	make(&b, "configfile /x\n", 4);
	refused(&b, GRUB_2_12, -EOPNOTSUPP, "first command");
	make(&b, NULL, 4);
	refused(&b, GRUB_2_06, -EOPNOTSUPP, "first command");
	b = BUFFER_NONE;
	add_object(&b, 4, "key", 3);
	finish(&b);
	refused(&b, GRUB_2_12, -EOPNOTSUPP, "of kind 4");
}

/* memdisk.squashfs: grub.cfg in a fragment; memdisk-blocks.squashfs: in blocks of 4 KiB and a fragment. */
static void make_squashfs(struct buffer *b, const char *file, size_t keep, int flip)
{
	struct buffer disk = BUFFER_NONE;
	char path[64];

	snprintf(path, sizeof(path), "tests/unit/%s.squashfs", file);
	assert_int_equal(file_read(path, 65536, NULL, &disk), 0);
	if (flip >= 0 && (size_t)flip < disk.len)
		disk.data[flip] ^= 0xff;
	*b = BUFFER_NONE;
	add_elf(b, "video");
	add_object(b, 1, disk.data, keep < disk.len ? keep : disk.len);
	add_object(b, 2, START, sizeof(START));
	add_object(b, 3, "/grub\0\0\0", 8);
	finish(b);
	buffer_free(&disk);
}

static void a_memdisk_that_is_a_squashfs(void **state)
{
	struct grub_image image = { 0 };
	struct buffer want = BUFFER_NONE, b;

	make_squashfs(&b, "memdisk", SIZE_MAX, -1);
	assert_int_equal(read_image(&b, GRUB_2_12, &image), 0);
	assert_string_equal(image.embedded, "echo one fragment is enough for this\n");
	assert_string_equal(image.prefix, "/grub");
	grub_image_free(&image);
	buffer_free(&b);
	for (unsigned i = 1; i <= 300; i++)
		buffer_addf(&want, "echo line %u of a script that takes blocks\n", i);
	make_squashfs(&b, "memdisk-blocks", SIZE_MAX, -1);
	assert_int_equal(read_image(&b, GRUB_2_12, &image), 0);
	assert_string_equal(image.embedded, buffer_str(&want));
	grub_image_free(&image);
	buffer_free(&b);
	buffer_free(&want);
}

/* Whatever is cut off or changed: refused, or another script, and never a byte past its end. */
static void a_broken_squashfs(void **state)
{
	struct grub_image image = { 0 };
	struct buffer b;
	int r;

	for (size_t keep = 4; keep < 700; keep += 3) {
		make_squashfs(&b, "memdisk", keep, -1);
		r = read_image(&b, GRUB_2_12, &image);
		assert_true(r == 0 || r == -EOPNOTSUPP);
		grub_image_free(&image);
		buffer_free(&b);
	}
	for (int flip = 0; flip < 1400; flip++) {
		make_squashfs(&b, "memdisk-blocks", SIZE_MAX, flip);
		r = read_image(&b, GRUB_2_12, &image);
		assert_true(r == 0 || r == -EOPNOTSUPP);
		grub_image_free(&image);
		buffer_free(&b);
	}
}

static void broken_ones_are_refused(void **state)
{
	struct buffer b;
	size_t len;

	make(&b, START, 0xfff);
	refused(&b, GRUB_2_06, -EOPNOTSUPP, "no grub.cfg");
	make(&b, START, 9);
	refused(&b, GRUB_2_06, -EOPNOTSUPP, "no grub.cfg");
	/* the first cluster is its own next one, and the file longer than all three */
	b = BUFFER_NONE;
	add_fat(&b, 2, 3 * 32 + 1);
	add_object(&b, 2, START, sizeof(START));
	finish(&b);
	refused(&b, GRUB_2_06, -EOPNOTSUPP, "no grub.cfg");
	b = BUFFER_NONE;
	add_elf(&b, "two words");
	finish(&b);
	refused(&b, GRUB_2_12, -EBADMSG, "empty or has a blank");
	b = BUFFER_NONE;
	add_object(&b, 0, "no elf", 6);
	finish(&b);
	refused(&b, GRUB_2_12, -EBADMSG, "without a name");
	for (len = 0; len < 600; len += 7) {
		make(&b, START, 4);
		b.len = len;
		refused(&b, GRUB_2_06, -EBADMSG, "mods: ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_built_in),
		cmocka_unit_test(ubuntu_begins_without_a_script),
		cmocka_unit_test(another_way_of_building_is_refused),
		cmocka_unit_test(a_memdisk_that_is_a_squashfs),
		cmocka_unit_test(a_broken_squashfs),
		cmocka_unit_test(broken_ones_are_refused),
	};

	return cmocka_run_group_tests_name("grub_image", tests, NULL, NULL);
}
