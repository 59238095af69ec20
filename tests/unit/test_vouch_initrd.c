/* Initrds: on whose word one is accepted, what must be in it, and how long its proof is good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/process.h"
#include "machine/trust/vouch_initrd.h"
#include "forecast_run.h"

static void unknown_initrd_is_refused(void **state)
{
	const struct m_initrd other = { .plain_sbin = true };
	struct error err = ERROR_NONE;
	struct run r;
	struct tree t;

	make_enrolled(&t);
	m_write_initrd(&t, &other);
	expect_refused(&t, TRUST_VOUCHED, M_INITRD, "update-initramfs");
	expect_refused(&t, TRUST_NOTHING_NEW, M_INITRD, "TPM did not unlock this boot");
	expect_accepted(&t, TRUST_ALL, M_INITRD, "you accepted it");
	/* the first enrolment accepts the files that ran, not others that replaced them since */
	expect_refused(&t, TRUST_THIS_BOOT, M_INITRD, "it is changed");
	assert_int_equal(machine_vouch_initrd(&t.machine, M_RELEASE, M_INITRD, &err), 0);
	run_start(&r, &t, TRUST_NOTHING_NEW);
	assert_true(run_has_default(&r));
	run_end(&r);
	/* only for the initrd of that release, and only while it is that file */
	assert_int_equal(machine_vouch_initrd(&t.machine, "6.1.0-56-amd64", M_INITRD, &err), -EINVAL);
	assert_int_equal(machine_vouch_initrd(&t.machine, "../x", "/boot/initrd.img-../x", &err), -EINVAL);
	other.plain_sbin ? m_write_initrd(&t, &(struct m_initrd){ .with_module = true }) : (void)0;
	expect_refused(&t, TRUST_VOUCHED, M_INITRD, "it is changed");
	tree_remove(&t);
}

/* Is it out of the page cache now? Not every file system lets go. */
static bool evict(const struct tree *t, const char *path)
{
	char full[PATH_MAX];
	unsigned char there = 1;
	void *page;
	int fd;

	tree_path(t, path, full);
	fd = open(full, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	page = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(mincore(page, 1, &there), 0);
	munmap(page, 1);
	close(fd);
	return !(there & 1);
}

/* What a disk says that it was given need not be what was written. */
static void what_has_left_the_memory_is_not_vouched_for(void **state)
{
	static const char initrd[] = "made a moment ago";
	struct error err = ERROR_NONE;
	struct tree t;

	tree_make_on_disk(&t);
	tree_write_text(&t, "/var/lib/bootseal/x", "");
	tree_write_text(&t, M_INITRD, initrd);
	if (!evict(&t, M_INITRD)) {
		print_message("# the file system of /var/tmp keeps its files in memory\n");
	} else {
		assert_int_equal(machine_vouch_initrd(&t.machine, M_RELEASE, M_INITRD, &err), -EAGAIN);
		assert_non_null(strstr(err.text, "has left the memory"));
		assert_non_null(strstr(err.text, "'update-initramfs -u -k " M_RELEASE "'"));
	}
	tree_write_text(&t, M_INITRD, initrd);
	assert_int_equal(machine_vouch_initrd(&t.machine, M_RELEASE, M_INITRD, &err), 0);
	tree_remove(&t);
}

/* An initrd must hold the required files, no matter what vouches for it. */
static void expect_unproven(struct tree *t, const struct m_initrd *how, const char *says)
{
	struct error err;
	struct run r;

	m_write_initrd(t, how);
	assert_int_equal(machine_vouch_initrd(&t->machine, M_RELEASE, M_INITRD, &err), 0);
	run_start(&r, t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	assert_int_equal(r.f.refused_count, 0);
	if (!strstr(note_of(r.f.left_out, r.f.left_out_count, DEFAULT_PATH), says))
		fail_msg("`%s' does not say `%s'", note_of(r.f.left_out, r.f.left_out_count, DEFAULT_PATH),
			 says);
	run_end(&r);
}

static void initrds_are_proven(void **state)
{
	static const char *const needed[] = {
		"usr/sbin/bootseal-unlock",        "etc/bootseal/anchor",
		"scripts/local-top/bootseal",      "scripts/local-block/bootseal",
		"scripts/local-premount/bootseal", "scripts/local-bottom/bootseal",
		"scripts/panic/bootseal",
	};
	const struct m_initrd late = { .late = true }, unlisted = { .unlisted = true };
	struct tree t;

	make_enrolled(&t);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct m_initrd without = { .without = needed[i] }, changed = { .changed = needed[i] };

		expect_unproven(&t, &without, "lacks");
		expect_unproven(&t, &changed, "lacks the installed version");
	}
	for (size_t i = 0; i < sizeof(m_scripts) / sizeof(m_scripts[0]); i++) {
		char order[64];
		const struct m_initrd without = { .without = order };

		snprintf(order, sizeof(order), "scripts/%s/ORDER", m_scripts[i]);
		expect_unproven(&t, &without, "in every stage");
	}
	expect_unproven(&t, &(struct m_initrd){ .linked = "scripts/panic/bootseal" }, "lacks the installed");
	expect_unproven(&t, &late, "must precede");
	expect_unproven(&t, &unlisted, "in every stage");
	tree_write_text(&t, M_INITRD, "garbage");
	tree_remove(&t);
}

/*
 * Several initrds are proven as the kernel unpacks them: one into the other. Microcode is welcome, a second
 * set of our files is not.
 */
static void several_initrds_are_one(void **state)
{
	struct buffer early = BUFFER_NONE, cfg = BUFFER_NONE;
	struct run r;
	struct tree t;

	for (int first = 0; first < 2; first++) {
		m_make(&t);
		tree_write_text(&t, "/var/lib/x", "");
		if (first) {
			m_cpio_add(&early, "kernel", S_IFDIR | 0755, "", 0);
			m_cpio_add(&early, "kernel/x86/microcode/GenuineIntel.bin", S_IFREG | 0644, "code",
				   4);
			m_cpio_add(&early, "TRAILER!!!", 0, "", 0);
		} else {
			m_make_initrd(&(struct m_initrd){ .changed = "etc/bootseal/anchor" }, &early);
		}
		tree_write(&t, "/boot/early.img", early.data, early.len);
		buffer_addf(&cfg,
			    "set timeout=5\nmenuentry 'Debian' --id main {\n  linux /vmlinuz-" M_RELEASE
			    " root=/dev/mapper/cryptroot ro\n  initrd %s\n}\n",
			    first ? "/early.img /initrd.img-" M_RELEASE
				  : "/initrd.img-" M_RELEASE " /early.img");
		tree_write(&t, M_CFG, cfg.data, cfg.len);
		m_write_log(&t, &(struct boot_choice){ .path = NULL });
		run_start(&r, &t, TRUST_THIS_BOOT);
		assert_int_equal(r.f.refused_count, 0);
		assert_int_equal(r.f.path_count, first ? 2 : 0);
		if (first)
			assert_string_equal(r.f.path[0].initrd, "/boot/early.img " M_INITRD);
		assert_false(manifest_find(r.f.manifest, M_INITRD)->has_proof);
		run_end(&r);
		buffer_free(&early);
		buffer_free(&cfg);
		tree_remove(&t);
	}
}

/* The driver of this machine's TPM is in the kernel, or in the initrd. */
static void driver_of_the_tpm(void **state)
{
	const struct m_initrd with = { .with_module = true }, without = { .without = NULL };
	struct error err;
	struct run r;
	struct tree t;

	make_enrolled(&t);
	tree_write_text(&t, "/lib/modules/" M_RELEASE "/modules.builtin",
			"kernel/drivers/char/tpm/tpm_crb_other.ko\n");
	expect_unproven(&t, &without, "tpm_crb");
	m_write_initrd(&t, &with);
	assert_int_equal(machine_vouch_initrd(&t.machine, M_RELEASE, M_INITRD, &err), 0);
	run_start(&r, &t, TRUST_VOUCHED);
	assert_true(run_has_default(&r));
	run_end(&r);
	tree_unlink(&t, "/sys/class/tpm/tpm0/device/driver");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	run_end(&r);
	tree_remove(&t);
}

/* An initrd that was proven alone has something unpacked over it now. */
static void proof_of_one_is_not_of_several(void **state)
{
	struct buffer evil = BUFFER_NONE;
	struct run r;
	struct tree t;

	make_enrolled(&t);
	m_make_initrd(&(struct m_initrd){ .changed = "etc/bootseal/anchor" }, &evil);
	tree_write(&t, "/boot/evil.img", evil.data, evil.len);
	tree_write_text(&t, M_CFG,
			"set timeout=5\nmenuentry 'Debian' --id main {\n  linux /vmlinuz-" M_RELEASE
			" root=/dev/mapper/cryptroot ro\n  initrd /initrd.img-" M_RELEASE " /evil.img\n}\n");
	run_start(&r, &t, TRUST_ALL);
	assert_int_equal(r.f.path_count, 0);
	assert_non_null(strstr(note_of(r.f.left_out, r.f.left_out_count, DEFAULT_PATH), "twice"));
	run_end(&r);
	buffer_free(&evil);
	tree_remove(&t);
}

/* A proof is kept with the file and what it was proven for; a new anchor asks for a new one. */
static void proofs_are_remembered(void **state)
{
	const struct manifest_file *m;
	uint8_t key[SHA256_LEN];
	struct run r;
	struct tree t;

	make_enrolled(&t);
	run_start(&r, &t, TRUST_VOUCHED);
	m = manifest_find(r.f.manifest, M_INITRD);
	assert_true(m && m->has_proof);
	memcpy(key, m->proof, SHA256_LEN);
	assert_true(manifest_find(r.f.manifest, M_KERNEL)->has_authenticode);
	assert_null(manifest_find(r.f.manifest, M_ENV));
	run_end(&r);
	/* another initrd under the same name has the proof of neither */
	m_write_initrd(&t, &(struct m_initrd){ .without = "scripts/panic/bootseal" });
	run_start(&r, &t, TRUST_ALL);
	assert_int_equal(r.f.path_count, 0);
	assert_false(manifest_find(r.f.manifest, M_INITRD)->has_proof);
	run_end(&r);
	m_write_initrd(&t, &(struct m_initrd){ .without = NULL });
	tree_write_text(&t, "/etc/bootseal/anchor", "a new anchor");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	run_end(&r);
	tree_write_text(&t, "/etc/bootseal/anchor", "anchor");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_true(run_has_default(&r));
	assert_memory_equal(manifest_find(r.f.manifest, M_INITRD)->proof, key, SHA256_LEN);
	run_end(&r);
	tree_remove(&t);
}

/* A gzip that counts how often it is called. */
static void count_gzip(const struct tree *t, const char *path)
{
	char script[PATH_MAX + 100], full[PATH_MAX], all[2 * PATH_MAX];

	snprintf(script, sizeof(script), "#!/bin/sh\necho x >>%s/count\nPATH=%s exec gzip \"$@\"\n", t->root,
		 path);
	tree_write_text(t, "/count", "");
	tree_write_text(t, "/bin/gzip", script);
	tree_path(t, "/bin/gzip", full);
	if (chmod(full, 0755) < 0)
		abort();
	snprintf(all, sizeof(all), "%s/bin:%s", t->root, path);
	setenv("PATH", all, 1);
}

static size_t counted(const struct tree *t)
{
	struct buffer b = BUFFER_NONE;
	size_t n;

	assert_int_equal(machine_read(&t->machine, "/count", 1000, NULL, &b), 0);
	n = b.len / 2;
	buffer_free(&b);
	return n;
}

static void write_packed_initrd(const struct tree *t, const struct m_initrd *how)
{
	const char *const argv[] = { "gzip", "-c", NULL };
	struct buffer plain = BUFFER_NONE, packed = BUFFER_NONE;
	struct process p = { .argv = argv, .timeout_ms = 10000 };

	m_make_initrd(how, &plain);
	p.input = plain.data;
	p.input_len = plain.len;
	assert_int_equal(process_capture(&p, 1 << 20, NULL, &packed), 0);
	tree_write(t, M_INITRD, packed.data, packed.len);
	buffer_free(&plain);
	buffer_free(&packed);
}

/*
 * Good or bad, an initrd is unpacked once for all paths that have it, and never again while it is the same.
 */
static void nothing_is_unpacked_twice(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct run r;
	struct tree t;

	make_enrolled(&t);
	write_packed_initrd(&t, &(struct m_initrd){ .without = NULL });
	count_gzip(&t, path);
	run_start(&r, &t, TRUST_UNJUDGED);
	assert_int_equal(r.f.path_count, 4);
	assert_int_equal(counted(&t), 1);
	run_end(&r);
	run_start(&r, &t, TRUST_ALL);
	assert_int_equal(counted(&t), 2);
	run_accept(&t, &r);
	run_end(&r);
	run_start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 4);
	assert_int_equal(counted(&t), 2);
	run_end(&r);
	setenv("PATH", path, 1);
	write_packed_initrd(&t, &(struct m_initrd){ .without = "scripts/panic/bootseal" });
	count_gzip(&t, path);
	run_start(&r, &t, TRUST_UNJUDGED);
	assert_int_equal(r.f.path_count, 0);
	assert_int_equal(counted(&t), 1);
	run_end(&r);
	setenv("PATH", path, 1);
	free(path);
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_initrd_is_refused),
		cmocka_unit_test(what_has_left_the_memory_is_not_vouched_for),
		cmocka_unit_test(initrds_are_proven),
		cmocka_unit_test(several_initrds_are_one),
		cmocka_unit_test(driver_of_the_tpm),
		cmocka_unit_test(proof_of_one_is_not_of_several),
		cmocka_unit_test(proofs_are_remembered),
		cmocka_unit_test(nothing_is_unpacked_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
