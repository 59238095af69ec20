/*
 * Initrds in which all that the proof looks for can be found, while the kernel would make something else of
 * them (init/initramfs.c, lib/decompress*.c). Those marked with "boots" were given to Linux 6.1.0-56-cloud-
 * amd64 of Debian 12 in QEMU, which had the attacker's file then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "initrd_sample.h"

#define OURS "scripts/panic/bootseal"
#define EVIL "evil"

static void good_ones_pass(void **state)
{
	struct buffer b = BUFFER_NONE;

	initrd_start(&good, &b);
	add_link(&b, "bin", "usr/bin");
	add_dir(&b, "usr/bin");
	add_inode(&b, "usr/bin/busybox", S_IFREG | 0755, 7, 2, "");
	add_inode(&b, "usr/bin/sh", S_IFREG | 0755, 7, 2, "busybox");
	initrd_finish(&b, 0, NULL);
	initrd_start(&(struct m_initrd){ .with_module = true, .plain_sbin = true }, &b);
	initrd_finish(&b, 0, NULL);
}

/* boots: another name for our directory, and our file is written once more by it */
static void by_a_link_to_our_directory(void **state)
{
	struct buffer b = BUFFER_NONE;

	initrd_start(&good, &b);
	add_link(&b, "x", "scripts");
	add_file(&b, "x/panic/bootseal", EVIL);
	initrd_finish(&b, -EPERM, "/x/panic/bootseal, but /x is a link");
	/* and the other way round: ours by the link, his by the true name */
	add_dir(&b, "x");
	add_link(&b, "scripts", "x");
	m_make_initrd(&good, &b);
	expect_proof(&b, -EPERM, "/scripts");
	buffer_free(&b);
}

/* boots: names that lead to the same place */
static void by_another_spelling(void **state)
{
	static const char *const names[] = { "scripts//panic/bootseal", "scripts/./panic/bootseal",
					     "scripts/panic/../panic/bootseal", "./scripts/panic//bootseal" };
	struct buffer b = BUFFER_NONE;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		initrd_start(&good, &b);
		add_file(&b, names[i], EVIL);
		initrd_finish(&b, -EBADMSG, "a name that contains");
	}
	/* these are taken apart, and seen */
	initrd_start(&good, &b);
	add_file(&b, "/./scripts/panic/bootseal", EVIL);
	initrd_finish(&b, -EPERM, "/" OURS " twice");
}

/* boots: our file is one of two names, is written again with the right content, then by its other name */
static void by_a_hard_link(void **state)
{
	struct buffer b = BUFFER_NONE;

	initrd_start(&(struct m_initrd){ .with_module = true, .without = OURS }, &b);
	add_inode(&b, "x", S_IFREG | 0755, 7, 2, "");
	add_inode(&b, OURS, S_IFREG | 0755, 7, 2, "");
	add_file(&b, OURS, "panic");
	add_file(&b, "x", EVIL);
	initrd_finish(&b, -EPERM, "/" OURS " twice");
	/* without the second time it is not what it should be either */
	initrd_start(&(struct m_initrd){ .with_module = true, .without = OURS }, &b);
	add_inode(&b, "x", S_IFREG | 0755, 7, 2, "");
	add_inode(&b, OURS, S_IFREG | 0755, 7, 2, "panic");
	initrd_finish(&b, -EPERM, "lacks the installed version of /" OURS);
}

/* boots: a hard link to a symbolic link is opened for writing through that */
static void by_a_hard_link_to_a_link(void **state)
{
	struct buffer b = BUFFER_NONE;

	initrd_start(&good, &b);
	add_inode(&b, "x", S_IFREG | 0755, 7, 2, "");
	add_link(&b, "x", "/" OURS);
	add_inode(&b, "y", S_IFREG | 0755, 7, 2, EVIL);
	initrd_finish(&b, -EPERM, "/x twice");
}

static void list_that_is_a_link(void **state)
{
	struct buffer b = BUFFER_NONE;

	initrd_start(&(struct m_initrd){ .with_module = true, .without = "scripts/panic/ORDER" }, &b);
	add_link(&b, "scripts/panic/ORDER", "/scripts/panic/bootseal \"$@\"\n");
	initrd_finish(&b, -EPERM, "in every stage");
}

/* boots: the link is not made over a directory that is in use */
static void program_beside_a_link(void **state)
{
	struct buffer b = BUFFER_NONE;

	add_dir(&b, "sbin");
	add_file(&b, "sbin/bootseal-unlock", EVIL);
	m_make_initrd(&good, &b);
	expect_proof(&b, -EPERM, "/sbin twice, as different things");
	buffer_free(&b);
	/* a link that is too long to be made */
	for (size_t i = 0; i < 2; i++) {
		char *to = calloc(1, 6000);

		strcpy(to, "usr/sbin");
		initrd_start(&(struct m_initrd){ .with_module = true,
					  .plain_sbin = true,
					  .without = "sbin/bootseal-unlock" },
		      &b);
		m_cpio_add(&b, "x", S_IFLNK | 0777, to, i ? 4096 : 5000);
		initrd_finish(&b, -EBADMSG, "a link whose target");
		free(to);
	}
}

/* boots without our file: the kernel makes no directories, and passes over what it cannot make */
static void file_without_its_directory(void **state)
{
	struct buffer b = BUFFER_NONE;

	add_dir(&b, ".");
	add_file(&b, OURS, "panic");
	initrd_finish(&b, -EPERM, "/scripts is no directory");
	add_file(&b, "scripts", "a file");
	add_file(&b, OURS, "panic");
	initrd_finish(&b, -EPERM, "/scripts is no directory");
	m_cpio_add(&b, "scripts", S_IFDIR | 0755, "content", 7);
	initrd_finish(&b, -EBADMSG, "content without a file");
}

/* boots: in the next archive is another file of that name */
static void behind_the_end(void **state)
{
	struct buffer b = BUFFER_NONE;

	m_make_initrd(&good, &b);
	add_file(&b, OURS, EVIL);
	initrd_finish(&b, -EPERM, "/" OURS " twice");
	m_make_initrd(&good, &b);
	add_file(&b, "scripts/functions", EVIL);
	initrd_finish(&b, 0, NULL); /* not judged here: a proven initrd also needs a voucher */
}

static void checksums(void **state)
{
	struct buffer b = BUFFER_NONE;

	initrd_start(&good, &b);
	b.data[5] = '2';
	initrd_finish(&b, -EBADMSG, "not a header of the newc format");
}

/* boots: where the second archive cannot be unpacked, init of the first one runs */
static void init_in_another_archive(void **state)
{
	struct buffer b = BUFFER_NONE;

	add_dir(&b, ".");
	add_file(&b, "init", EVIL);
	add_end(&b);
	m_make_initrd(&(struct m_initrd){ .with_module = true, .without = "init" }, &b);
	expect_proof(&b, -EPERM, "in a different archive");
	buffer_free(&b);
	initrd_start(&(struct m_initrd){ .with_module = true, .without = "init" }, &b);
	initrd_finish(&b, -EPERM, "lacks /init");
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
	initrd_finish(&b, -E2BIG, "too many directories");
}

/* The name of a release becomes a part of paths. */
static void releases_that_are_paths(void **state)
{
	static const char *const bad[] = { "", ".", "../" M_RELEASE, "x/../" M_RELEASE, M_RELEASE "/" };
	char longest[129];
	struct error err;
	struct proof p;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (proof_init(proof_files, &proof_tree.machine, &(struct proof_path){ bad[i], "" }, &err,
			       &p) != -EPERM)
			fail_msg("'%s' is taken for a release", bad[i]);
	memset(longest, 'x', sizeof(longest));
	longest[128] = '\0';
	assert_int_equal(proof_init(proof_files, &proof_tree.machine, &(struct proof_path){ longest, "" },
				    &err, &p),
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
		cmocka_unit_test(init_in_another_archive),
		cmocka_unit_test(endless_names),
		cmocka_unit_test(releases_that_are_paths),
	};

	return cmocka_run_group_tests(tests, proof_setup, proof_teardown);
}
