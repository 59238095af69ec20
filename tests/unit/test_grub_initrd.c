/* GRUB_FORCE_PARTUUID among the settings of grub-mkconfig: which file has the last word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "machine/chain/chain_grub_initrd.h"
#include "tree.h"

#define DIR_ "/etc/default/grub.d/"

static void the_last_assignment_counts(void **state)
{
	static const struct {
		const char *grub, *forty, *fifty; /* content of /etc/default/grub, 40-a.cfg, 50-b.cfg */
		const char *found;                /* NULL: it is not set */
	} cases[] = {
		{ "GRUB_TIMEOUT=0\n", NULL, NULL, NULL },
		{ "GRUB_FORCE_PARTUUID=1-2\n", NULL, NULL, "/etc/default/grub" },
		{ "", "GRUB_FORCE_PARTUUID='1-2'\n", NULL, DIR_ "40-a.cfg" },
		{ "GRUB_FORCE_PARTUUID=1-2\n", "GRUB_TIMEOUT=0", "", "/etc/default/grub" },
		{ "GRUB_FORCE_PARTUUID=1-2\n", "GRUB_FORCE_PARTUUID=\n", NULL, NULL },
		{ "GRUB_FORCE_PARTUUID=1-2\n", "GRUB_FORCE_PARTUUID=\"\"", NULL, NULL },
		{ "", "GRUB_FORCE_PARTUUID=\n", "\t export GRUB_FORCE_PARTUUID=x#\n", DIR_ "50-b.cfg" },
		{ "", "#GRUB_FORCE_PARTUUID=1\n", "A_GRUB_FORCE_PARTUUID=1\n", NULL },
		{ "GRUB_FORCE_PARTUUID= #\n", "GRUB_FORCE_PARTUUID=;", "GRUB_FORCE_PARTUUID=\r\n", NULL },
	};
	char file[PATH_MAX];
	struct tree t;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_make(&t);
		tree_write_text(&t, "/etc/default/grub", cases[i].grub);
		/* not read by grub-mkconfig */
		tree_write_text(&t, DIR_ ".hidden.cfg", "GRUB_FORCE_PARTUUID=1\n");
		tree_write_text(&t, DIR_ "z.cfg.dpkg-old", "GRUB_FORCE_PARTUUID=1\n");
		if (cases[i].fifty)
			tree_write_text(&t, DIR_ "50-b.cfg", cases[i].fifty);
		if (cases[i].forty)
			tree_write_text(&t, DIR_ "40-a.cfg", cases[i].forty);
		assert_int_equal(chain_grub_initrd.find(&t.machine, file), cases[i].found != NULL);
		assert_string_equal(file, cases[i].found ? cases[i].found : "");
		tree_remove(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_assignment_counts),
	};

	return cmocka_run_group_tests_name("grub_initrd", tests, NULL, NULL);
}
