/*
 * Kernels and boot loaders that are accepted on the word of their packages, and what dpkg's lists do not
 * say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "machine/trust/vouch_packages.h"
#include "forecast_run.h"

static void kernel_by_its_package(void **state)
{
	static const char *const lists[] = { "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums",
					     "/var/lib/dpkg/info/proxmox-kernel-" M_RELEASE "-signed.md5sums",
					     "/var/lib/dpkg/info/kernel.md5sums" };
	char line[128], hex[33];
	struct buffer kernel = BUFFER_NONE;
	uint8_t md5[16];
	struct tree t;

	make_enrolled(&t);
	m_write_image(&t, M_KERNEL, "another kernel", "linux,1,x\n");
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	tree_write_text(&t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums",
			"00000000000000000000000000000000  boot/vmlinuz-" M_RELEASE "\n");
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	assert_int_equal(machine_read(&t.machine, M_KERNEL, 1 << 20, NULL, &kernel), 0);
	assert_int_equal(hash_once(HASH_MD5, kernel.data, kernel.len, md5), 0);
	text_hex(md5, 16, hex);
	snprintf(line, sizeof(line), "%s  boot/System.map\n%s  boot/vmlinuz-%s\n", hex, hex, M_RELEASE);
	tree_write_text(&t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums", line);
	expect_accepted(&t, TRUST_VOUCHED, M_KERNEL, "package's checksum");
	expect_refused(&t, TRUST_NOTHING_NEW, M_KERNEL, "TPM did not unlock this boot");
	/* whatever that package is called */
	tree_write_text(&t, "/var/lib/dpkg/info/base-files.md5sums", "");
	for (size_t i = 1; i < sizeof(lists) / sizeof(lists[0]); i++) {
		tree_unlink(&t, lists[i - 1]);
		expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
		tree_write_text(&t, lists[i], line);
		expect_accepted(&t, TRUST_VOUCHED, M_KERNEL, "package's checksum");
	}
	/* it must be a list of sums, and of this file */
	tree_unlink(&t, "/var/lib/dpkg/info/kernel.md5sums");
	tree_write_text(&t, "/var/lib/dpkg/info/kernel.list", line);
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	snprintf(line, sizeof(line), "%s  usr/boot/vmlinuz-%s\n", hex, M_RELEASE);
	tree_write_text(&t, lists[0], line);
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	buffer_free(&kernel);
	tree_remove(&t);
}

static void list_kernel(const struct tree *t, const void *kernel, size_t n)
{
	char line[128], hex[33];
	uint8_t md5[16];

	assert_int_equal(hash_once(HASH_MD5, kernel, n, md5), 0);
	text_hex(md5, 16, hex);
	snprintf(line, sizeof(line), "%s  boot/vmlinuz-%s\n", hex, M_RELEASE);
	tree_write_text(t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums", line);
}

/* As sbsign does it, but for the checksum, which it leaves as it was. */
static void add_signature(struct buffer *image)
{
	static const uint8_t signature[16] = { 16, 0, 0, 0, 0, 2, 2, 0, 'P', 'K', 'C', 'S' };
	const struct reader file = reader_new(image->data, image->len);
	struct pe pe;

	assert_int_equal(pe_parse(&file, NULL, &pe), 0);
	if (pe.certs.left == 0)
		sample_put(image, SAMPLE_CERT_DIR_AT, image->len, 4);
	sample_put(image, SAMPLE_CERT_DIR_AT + 4, pe.certs.left + sizeof(signature), 4);
	buffer_add(image, signature, sizeof(signature));
}

/*
 * The owner's key is in the Machine Owner Keys, and a hook of his signs each kernel in place: it is the
 * package's, whether that was signed or not. Nothing but a signature may be added.
 */
static void kernel_that_the_owner_signs(void **state)
{
	struct buffer kernel = BUFFER_NONE;
	struct tree t;

	make_enrolled(&t);
	m_write_image(&t, M_KERNEL, "another kernel", "linux,1,x\n");
	assert_int_equal(machine_read(&t.machine, M_KERNEL, 1 << 20, NULL, &kernel), 0);
	for (int i = 0; i < 2; i++) {
		list_kernel(&t, kernel.data, kernel.len);
		add_signature(&kernel);
		tree_write(&t, M_KERNEL, kernel.data, kernel.len);
		expect_accepted(&t, TRUST_VOUCHED, M_KERNEL, "its package's file with a signature added");
		expect_refused(&t, TRUST_NOTHING_NEW, M_KERNEL, "TPM did not unlock this boot");
	}
	/* the program differs; then its list is gone */
	kernel.data[SAMPLE_HEADERS_LEN] ^= 1;
	tree_write(&t, M_KERNEL, kernel.data, kernel.len);
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	kernel.data[SAMPLE_HEADERS_LEN] ^= 1;
	tree_write(&t, M_KERNEL, kernel.data, kernel.len);
	tree_unlink(&t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums");
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	/* one that was built here and that no package has */
	tree_write_text(&t, "/var/lib/dpkg/info/base-files.md5sums", "");
	expect_refused(&t, TRUST_VOUCHED, M_KERNEL, "reinstall the package");
	buffer_free(&kernel);
	tree_remove(&t);
}

/* The list's checksum is that of one path: the same content elsewhere is not what the package installed. */
static void kernel_beside_its_place(void **state)
{
	struct vouch_question q = { .role = ROLE_KERNEL, .release = M_RELEASE };
	struct buffer kernel = BUFFER_NONE;
	char line[128], hex[33];
	struct vouch v = { .mode = TRUST_VOUCHED };
	uint8_t md5[16];
	struct run r;
	struct tree t;

	make_enrolled(&t);
	assert_int_equal(machine_read(&t.machine, M_KERNEL, 1 << 20, NULL, &kernel), 0);
	assert_int_equal(hash_once(HASH_MD5, kernel.data, kernel.len, md5), 0);
	text_hex(md5, 16, hex);
	snprintf(line, sizeof(line), "%s  boot/vmlinuz-%s\n", hex, M_RELEASE);
	tree_write_text(&t, "/var/lib/dpkg/info/linux-image-" M_RELEASE ".md5sums", line);
	tree_write(&t, "/boot/vmlinuz-copy", kernel.data, kernel.len);
	run_start(&r, &t, TRUST_VOUCHED);
	v.chain = r.chain;
	assert_int_equal(files_input(r.chain->files, NULL, M_KERNEL, NULL, &q.input), 0);
	assert_true(vouch_by_dpkg(&v, &q));
	assert_int_equal(files_input(r.chain->files, NULL, "/boot/vmlinuz-copy", NULL, &q.input), 0);
	assert_false(vouch_by_dpkg(&v, &q));
	run_end(&r);
	buffer_free(&kernel);
	tree_remove(&t);
}

static void loaders_by_the_signed_images(void **state)
{
	struct tree t;

	make_enrolled(&t);
	m_write_image(&t, M_GRUB, "a newer grub", M_SBAT);
	expect_refused(&t, TRUST_VOUCHED, M_GRUB, "grub-install");
	m_write_image(&t, "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "a newer grub", M_SBAT);
	expect_accepted(&t, TRUST_VOUCHED, M_GRUB, "signed image");
	m_write_image(&t, M_SHIM, "a newer shim", "shim,1,x\n");
	expect_refused(&t, TRUST_VOUCHED, M_SHIM, "grub-install");
	m_write_image(&t, "/usr/lib/shim/shimx64.efi.signed", "a newer shim", "shim,1,x\n");
	expect_accepted(&t, TRUST_VOUCHED, M_SHIM, "signed image");
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_by_its_package),
		cmocka_unit_test(kernel_that_the_owner_signs),
		cmocka_unit_test(kernel_beside_its_place),
		cmocka_unit_test(loaders_by_the_signed_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
