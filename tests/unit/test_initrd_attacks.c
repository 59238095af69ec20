/*
 * Initrds in which all that the proof looks for can be found, while the kernel would make something else of
 * them (init/initramfs.c, lib/decompress*.c). Those marked with "boots" were given to
 * Linux 6.1.0-56-cloud-amd64 of Debian 12 in QEMU, which had the attacker's file then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "base/process.h"
#include "machine/trust/proof.h"
#include "machine_sample.h"

#define OURS "scripts/panic/bootseal"
#define EVIL "evil"

static struct tree tree;
static struct files *files;
static struct proof proof;

static int setup(void **state)
{
	const struct proof_path path = { M_RELEASE, "ro quiet" };
	struct error err;

	m_make(&tree);
	tree_write_text(&tree, "/lib/modules/" M_RELEASE "/modules.builtin", "");
	if (files_new(&tree.machine, &files) < 0 ||
	    proof_init(files, &tree.machine, &path, &err, &proof) < 0)
		return -1;
	return 0;
}

static int teardown(void **state)
{
	files_free(files);
	tree_remove(&tree);
	return 0;
}

static void expect(const struct buffer *initrd, int expected, const char *says)
{
	struct reader bytes = reader_new(initrd->data, initrd->len);
	struct error err = ERROR_NONE;
	int r = proof_check(&proof, &bytes, 1, &err);

	if (r != expected || (says && !strstr(err.text, says)))
		fail_msg("%d instead of %d: `%s' does not say `%s'", r, expected, err.text, says ? says : "");
}

/* An entry with an inode, so that it can be linked. */
static void add_inode(struct buffer *b, const char *name, uint32_t mode, unsigned inode, unsigned links,
		      const char *data)
{
	size_t at = b->len;
	char hex[9];

	m_cpio_add_linked(b, name, mode, links, data, strlen(data));
	snprintf(hex, sizeof(hex), "%08x", inode);
	memcpy(b->data + at + 6, hex, 8);
}

static void add_file(struct buffer *b, const char *name, const char *data)
{
	m_cpio_add(b, name, S_IFREG | 0755, data, strlen(data));
}

static void add_link(struct buffer *b, const char *name, const char *to)
{
	m_cpio_add(b, name, S_IFLNK | 0777, to, strlen(to));
}

static void add_dir(struct buffer *b, const char *name)
{
	m_cpio_add(b, name, S_IFDIR | 0755, "", 0);
}

static void add_end(struct buffer *b)
{
	m_cpio_add(b, "TRAILER!!!", 0, "", 0);
}

static const struct m_initrd good = { .with_module = true };

/* A whole good one without its end. */
static void start(const struct m_initrd *how, struct buffer *b)
{
	struct buffer end = BUFFER_NONE;

	m_make_initrd(how, b);
	add_end(&end);
	b->len -= end.len;
	buffer_free(&end);
}

static void finish(struct buffer *b, int expected, const char *says)
{
	add_end(b);
	expect(b, expected, says);
	buffer_free(b);
}

static void good_ones_pass(void **state)
{
	struct buffer b = BUFFER_NONE;

	start(&good, &b);
	add_link(&b, "bin", "usr/bin");
	add_dir(&b, "usr/bin");
	add_inode(&b, "usr/bin/busybox", S_IFREG | 0755, 7, 2, "");
	add_inode(&b, "usr/bin/sh", S_IFREG | 0755, 7, 2, "busybox");
	finish(&b, 0, NULL);
	start(&(struct m_initrd){ .with_module = true, .plain_sbin = true }, &b);
	finish(&b, 0, NULL);
}

/* boots: another name for our directory, and our file is written once more by it */
static void by_a_link_to_our_directory(void **state)
{
	struct buffer b = BUFFER_NONE;

	start(&good, &b);
	add_link(&b, "x", "scripts");
	add_file(&b, "x/panic/bootseal", EVIL);
	finish(&b, -EPERM, "/x/panic/bootseal, but /x is a link");
	/* and the other way round: ours by the link, his by the true name */
	add_dir(&b, "x");
	add_link(&b, "scripts", "x");
	m_make_initrd(&good, &b);
	expect(&b, -EPERM, "/scripts");
	buffer_free(&b);
}

/* boots: names that lead to the same place */
static void by_another_spelling(void **state)
{
	static const char *const names[] = { "scripts//panic/bootseal", "scripts/./panic/bootseal",
					     "scripts/panic/../panic/bootseal", "./scripts/panic//bootseal" };
	struct buffer b = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		start(&good, &b);
		add_file(&b, names[i], EVIL);
		finish(&b, -EBADMSG, "a name that contains");
	}
	/* these are taken apart, and seen */
	start(&good, &b);
	add_file(&b, "/./scripts/panic/bootseal", EVIL);
	finish(&b, -EPERM, "/" OURS " twice");
}

/* boots: our file is one of two names, is written again with the right content, then by its other name */
static void by_a_hard_link(void **state)
{
	struct buffer b = BUFFER_NONE;

	start(&(struct m_initrd){ .with_module = true, .without = OURS }, &b);
	add_inode(&b, "x", S_IFREG | 0755, 7, 2, "");
	add_inode(&b, OURS, S_IFREG | 0755, 7, 2, "");
	add_file(&b, OURS, "panic");
	add_file(&b, "x", EVIL);
	finish(&b, -EPERM, "/" OURS " twice");
	/* without the second time it is not what it should be either */
	start(&(struct m_initrd){ .with_module = true, .without = OURS }, &b);
	add_inode(&b, "x", S_IFREG | 0755, 7, 2, "");
	add_inode(&b, OURS, S_IFREG | 0755, 7, 2, "panic");
	finish(&b, -EPERM, "lacks the installed version of /" OURS);
}

/* boots: a hard link to a symbolic link is opened for writing through that */
static void by_a_hard_link_to_a_link(void **state)
{
	struct buffer b = BUFFER_NONE;

	start(&good, &b);
	add_inode(&b, "x", S_IFREG | 0755, 7, 2, "");
	add_link(&b, "x", "/" OURS);
	add_inode(&b, "y", S_IFREG | 0755, 7, 2, EVIL);
	finish(&b, -EPERM, "/x twice");
}

static void list_that_is_a_link(void **state)
{
	struct buffer b = BUFFER_NONE;

	start(&(struct m_initrd){ .with_module = true, .without = "scripts/panic/ORDER" }, &b);
	add_link(&b, "scripts/panic/ORDER", "/scripts/panic/bootseal \"$@\"\n");
	finish(&b, -EPERM, "in every stage");
}

/* boots: the link is not made over a directory that is in use */
static void program_beside_a_link(void **state)
{
	struct buffer b = BUFFER_NONE;

	add_dir(&b, "sbin");
	add_file(&b, "sbin/bootseal-unlock", EVIL);
	m_make_initrd(&good, &b);
	expect(&b, -EPERM, "/sbin twice, as different things");
	buffer_free(&b);
	/* a link that is too long to be made */
	for (size_t i = 0; i < 2; i++) {
		char *to = calloc(1, 6000);

		strcpy(to, "usr/sbin");
		start(&(struct m_initrd){ .with_module = true,
					  .plain_sbin = true,
					  .without = "sbin/bootseal-unlock" },
		      &b);
		m_cpio_add(&b, "x", S_IFLNK | 0777, to, i ? 4096 : 5000);
		finish(&b, -EBADMSG, "a link whose target");
		free(to);
	}
}

/* boots without our file: the kernel makes no directories, and passes over what it cannot make */
static void file_without_its_directory(void **state)
{
	struct buffer b = BUFFER_NONE;

	add_dir(&b, ".");
	add_file(&b, OURS, "panic");
	finish(&b, -EPERM, "/scripts is no directory");
	add_file(&b, "scripts", "a file");
	add_file(&b, OURS, "panic");
	finish(&b, -EPERM, "/scripts is no directory");
	m_cpio_add(&b, "scripts", S_IFDIR | 0755, "content", 7);
	finish(&b, -EBADMSG, "content without a file");
}

/* boots: in the next archive is another file of that name */
static void behind_the_end(void **state)
{
	struct buffer b = BUFFER_NONE;

	m_make_initrd(&good, &b);
	add_file(&b, OURS, EVIL);
	finish(&b, -EPERM, "/" OURS " twice");
	m_make_initrd(&good, &b);
	add_file(&b, "scripts/functions", EVIL);
	finish(&b, 0, NULL); /* not judged here: a proven initrd also needs a voucher */
}

static void checksums(void **state)
{
	struct buffer b = BUFFER_NONE;

	start(&good, &b);
	b.data[5] = '2';
	finish(&b, -EBADMSG, "not a header of the newc format");
}

static void run(struct buffer *ret, const struct buffer *input, const char *const *argv)
{
	const struct process p = {
		.argv = argv, .input = input->data, .input_len = input->len, .timeout_ms = 20000
	};
	struct buffer out = BUFFER_NONE;
	struct error err = ERROR_NONE;

	if (process_capture(&p, 1 << 20, &err, &out) < 0)
		fail_msg("%s", err.text);
	buffer_add(ret, out.data, out.len);
	buffer_free(&out);
}

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

		run(&b, &whole, packers[i]);
		expect(&b, 0, NULL);
		/* behind it */
		buffer_add(&b, "\0\0\0\0", 4);
		expect(&b, strcmp(packers[i][0], "xz") == 0 && i == 6 ? -EPIPE : -EBADMSG, NULL);
		buffer_free(&b);
		run(&b, &first, packers[i]);
		run(&b, &second, packers[i]);
		expect(&b, i == 6 ? -EPIPE : -EBADMSG, NULL);
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
	run(&b, &whole, gzip);
	buffer_add(&with, b.data, 10);
	with.data[3] |= 4;
	buffer_add(&with, "\4\0evil", 6);
	buffer_add(&with, b.data + 10, b.len - 10);
	expect(&with, -EBADMSG, "extra fields");
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
		run(&b, &whole, others[i]);
		expect(&b, -EBADMSG, NULL);
		buffer_free(&b);
	}
	run(&b, &whole, delta);
	expect(&b, -EBADMSG, "an xz filter");
	buffer_free(&b);
	/* a frame to be skipped, then what we want to see */
	buffer_add(&b, "\x50\x2a\x4d\x18\4\0\0\0evil", 12);
	run(&b, &whole, zstd);
	expect(&b, -EBADMSG, NULL);
	buffer_free(&b);
	buffer_free(&whole);
}

/* boots: where the second archive cannot be unpacked, init of the first one runs */
static void init_in_another_archive(void **state)
{
	struct buffer b = BUFFER_NONE;

	add_dir(&b, ".");
	add_file(&b, "init", EVIL);
	add_end(&b);
	m_make_initrd(&(struct m_initrd){ .with_module = true, .without = "init" }, &b);
	expect(&b, -EPERM, "in a different archive");
	buffer_free(&b);
	start(&(struct m_initrd){ .with_module = true, .without = "init" }, &b);
	finish(&b, -EPERM, "lacks /init");
}

static void endless_names(void **state)
{
	struct buffer b = BUFFER_NONE;
	char name[4096];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < 5000; i++) {
		snprintf(name + 4000, 20, "%zu", i);
		add_dir(&b, name);
	}
	finish(&b, -E2BIG, "too many directories");
}

#define NAME "000b0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UUID "5ea1ab1e-0000-4000-8000-000000000001"
#define OTHER_UUID "5ea1ab1e-0000-4000-8000-000000000002"
#define ANCHOR \
	"bootseal-anchor 1\nsrk " NAME "\nindex 0x0180b007 " NAME "\ntarget cryptroot " UUID " " PIN "\n"

/* says: NULL when bootseal-unlock would take the line. */
static void expect_crypttab(const struct m_initrd *how, const char *cmdline, const char *says)
{
	const struct proof_path path = { M_RELEASE, cmdline };
	struct buffer b = BUFFER_NONE;
	struct files *own = NULL;
	struct error err;

	tree_write_text(&tree, "/etc/bootseal/anchor", ANCHOR);
	assert_int_equal(files_new(&tree.machine, &own), 0);
	assert_int_equal(proof_init(own, &tree.machine, &path, &err, &proof), 0);
	m_make_initrd(how, &b);
	expect(&b, says ? -EPERM : 0, says);
	buffer_free(&b);
	files_free(own);
}

static void the_crypttab(void **state)
{
	static const struct {
		const char *crypttab, *says;
	} cases[] = {
		{ "cryptroot UUID=" UUID " none luks,discard\n", NULL },
		{ "swap UUID=" OTHER_UUID " none luks\ncryptroot /dev/vda3 none luks\n", NULL },
		{ "crypt\\162oot UUID=\"" UUID "\" - luks\n", NULL },
		{ NULL, NULL },
		{ "", "/cryptroot/crypttab has no line for the enrolled volume 'cryptroot';" },
		{ "sda3_crypt UUID=" UUID " none luks\n", "volume 'cryptroot', but one for 'sda3_crypt'" },
		{ "cryptroot UUID=" UUID " none luks,keyscript=/x\n", "cryptroot: the option keyscript" },
		{ "cryptroot UUID=" UUID " /cryptroot/keyfiles/x luks\n", "cryptroot: the option key file" },
		{ "cryptroot UUID=" OTHER_UUID " none luks\n", "its UUID is not that of the enrolled" },
		{ "cryptroot UUID=" UUID " none luks", "has no newline" },
	};
	struct buffer b = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct m_initrd how = { .with_module = true, .anchor = ANCHOR,
					      .crypttab = cases[i].crypttab };

		expect_crypttab(&how, "ro quiet", cases[i].says);
		/* which such a boot does not have */
		expect_crypttab(&how, "ro cryptopts=target=cryptroot,source=/dev/vda3 quiet", NULL);
	}
	expect_crypttab(&(struct m_initrd){ .with_module = true, .anchor = ANCHOR,
					    .crypttab = "/etc/crypttab", .crypttab_is_link = true },
			"", "is not a plain file");
	start(&(struct m_initrd){ .with_module = true, .anchor = ANCHOR, .crypttab = cases[0].crypttab }, &b);
	add_file(&b, "cryptroot/crypttab", cases[0].crypttab);
	finish(&b, -EPERM, "/cryptroot/crypttab twice");
}

/* The name of a release becomes a part of paths. */
static void releases_that_are_paths(void **state)
{
	static const char *const bad[] = { "", ".", "../" M_RELEASE, "x/../" M_RELEASE, M_RELEASE "/" };
	char longest[129];
	struct error err;
	struct proof p;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (proof_init(files, &tree.machine, &(struct proof_path){ bad[i], "" }, &err, &p) != -EPERM)
			fail_msg("'%s' is taken for a release", bad[i]);
	memset(longest, 'x', sizeof(longest));
	longest[128] = '\0';
	assert_int_equal(proof_init(files, &tree.machine, &(struct proof_path){ longest, "" }, &err, &p),
			 -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_pass),
		cmocka_unit_test(by_a_link_to_our_directory),
		cmocka_unit_test(by_another_spelling),
		cmocka_unit_test(by_a_hard_link),
		cmocka_unit_test(by_a_hard_link_to_a_link),
		cmocka_unit_test(list_that_is_a_link),
		cmocka_unit_test(program_beside_a_link),
		cmocka_unit_test(file_without_its_directory),
		cmocka_unit_test(behind_the_end),
		cmocka_unit_test(checksums),
		cmocka_unit_test(two_streams),
		cmocka_unit_test(extra_field),
		cmocka_unit_test(not_for_the_kernel),
		cmocka_unit_test(init_in_another_archive),
		cmocka_unit_test(endless_names),
		cmocka_unit_test(releases_that_are_paths),
		cmocka_unit_test(the_crypttab), /* changes the anchor */
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
