/* Whose build of GRUB an image is, from its section .sbat. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "measure/grub/build.h"

static struct error err;

/* NULL when it is refused. */
static const struct grub_build *build_of(const char *sbat)
{
	struct reader text = reader_new(sbat, strlen(sbat));
	const struct grub_build *b = NULL;

	int r = grub_build_from_sbat(&text, &err, &b);

	assert_int_equal(r, b ? 0 : -EOPNOTSUPP);
	return b;
}

static void sbat_names_the_build(void **state)
{
	static const char debian_12[] =
		"sbat,1,SBAT Version,sbat,1,https://x\ngrub,5,Free Software Foundation,grub,2.06,u\n"
		"grub.debian,5,Debian,grub2,2.06-13+deb12u2,u\n";
	static const char debian_13[] =
		"grub,7,Free Software Foundation,grub,2.12,u\ngrub.debian13,1,Debian,grub2,2.12-9,u";
	static const char ubuntu[] =
		"grub,4,Free Software Foundation,grub,2.12,u\ngrub.ubuntu,2,Ubuntu,grub2,2.12-1ubuntu7.3,u\n"
		"grub.peimage,2,Canonical,grub2,2.12-1ubuntu7.3,u\n";
	static const struct {
		const char *sbat, *said;
	} bad[] = {
		{ "", "does not name GRUB" },
		{ "sbat,1,x", "does not name GRUB" },
		{ "shim,4,UEFI shim,shim,1,u\n", "does not name GRUB" },
		{ "grub\n,,,,", "GRUB  is not modelled" },
		{ "grub,7,F,grub,2.14,u\ngrub.debian,5,D,grub2,2.14-1,u\n", "GRUB 2.14 is not modelled" },
		{ "grub,5,F,grub,2.06,u\n", "names neither" },
		{ "grub,5,F,grub,2.06,u\ngrub.fedora,2,F,grub2,2.06-1,u\n", "names grub.fedora" },
		{ "grub,5,F,grub,2.06,u\ngrub.debianish,2,F,grub2,2.06-1,u\n", "names grub.debianish" },
		{ "grub,5,F,grub,2.06,u\ngrub.debian,5,D,g,2,u\ngrub.ubuntu,1,U,g,2,u\n", "names both" },
		{ "grub,5,F,grub,2.06,u\ngrub.a\x1b[2Jb,2,F,grub2,2.06-1,u\n", "names grub.a" },
	};
	size_t i;

	assert_ptr_equal(build_of(debian_12), grub_build_find(GRUB_DEBIAN, GRUB_2_06));
	assert_ptr_equal(build_of(debian_13), grub_build_find(GRUB_DEBIAN, GRUB_2_12));
	assert_ptr_equal(build_of(ubuntu), grub_build_find(GRUB_UBUNTU, GRUB_2_12));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(build_of(bad[i].sbat));
		assert_non_null(strstr(err.text, bad[i].said));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sbat_names_the_build),
	};

	return cmocka_run_group_tests_name("grub_build", tests, NULL, NULL);
}
