/* The crypttab in an initrd: it must open the volumes of the anchor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "initrd_sample.h"

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

	tree_write_text(&proof_tree, "/etc/bootseal/anchor", ANCHOR);
	assert_int_equal(files_new(&proof_tree.machine, &own), 0);
	assert_int_equal(proof_init(own, &proof_tree.machine, &path, &err, &proof), 0);
	m_make_initrd(how, &b);
	expect_proof(&b, says ? -EPERM : 0, says);
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
		{ "cryptroot UUID=" UUID " /cryptroot/keyfiles/x luks\n",
		  "cryptroot: its key file in crypttab" },
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
	initrd_start(&(struct m_initrd){ .with_module = true, .anchor = ANCHOR,
					 .crypttab = cases[0].crypttab }, &b);
	add_file(&b, "cryptroot/crypttab", cases[0].crypttab);
	initrd_finish(&b, -EPERM, "/cryptroot/crypttab twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_crypttab), /* changes the anchor */
	};

	return cmocka_run_group_tests(tests, proof_setup, proof_teardown);
}
