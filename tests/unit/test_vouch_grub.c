/* GRUB's configuration, modules and environment: what vouches for a changed one, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "forecast_run.h"

static void configuration_by_grub_mkconfig(void **state)
{
	struct buffer changed = BUFFER_NONE;
	char script[256];
	struct tree t;

	make_enrolled(&t);
	buffer_addf(&changed, "%s# one more line\n", m_cfg);
	tree_write(&t, M_CFG, changed.data, changed.len);
	expect_refused(&t, TRUST_VOUCHED, M_CFG, "update-grub");
	make_mkconfig(&t, "#!/bin/sh\necho something else\n");
	expect_refused(&t, TRUST_VOUCHED, M_CFG, "update-grub");
	snprintf(script, sizeof(script), "#!/bin/sh\nexec cat %s" M_CFG "\n", t.root);
	make_mkconfig(&t, script);
	expect_accepted(&t, TRUST_VOUCHED, M_CFG, "grub-mkconfig");
	/* in the language of the system, when ours is another */
	tree_write_text(&t, "/etc/default/locale", "#\nLANG=\"xx_YY.UTF-8\"\n");
	snprintf(script, sizeof(script), "#!/bin/sh\n[ \"$LANG\" = xx_YY.UTF-8 ] && exec cat %s" M_CFG "\n",
		 t.root);
	make_mkconfig(&t, script);
	expect_accepted(&t, TRUST_VOUCHED, M_CFG, "grub-mkconfig");
	buffer_free(&changed);
	tree_remove(&t);
}

/* The language that grub-mkconfig must be run in for its output to be the file on the disk. */
static void expect_language(const struct tree *t, const char *condition)
{
	char script[512];

	snprintf(script, sizeof(script), "#!/bin/sh\n[ %s ] && exec cat %s" M_CFG "\n", condition, t->root);
	make_mkconfig(t, script);
	expect_accepted(t, TRUST_VOUCHED, M_CFG, "grub-mkconfig");
}

/* update-grub over ssh, in the language of the laptop. */
static void configuration_in_other_languages(void **state)
{
	struct buffer changed = BUFFER_NONE;
	struct tree t;

	make_enrolled(&t);
	buffer_addf(&changed, "%s  set lang=fr_FR\n", m_cfg);
	tree_write(&t, M_CFG, changed.data, changed.len);
	tree_write_text(&t, "/etc/default/locale", "LANG=\"en_US.UTF-8\"\n");
	tree_write_text(&t, "/usr/share/locale/de/LC_MESSAGES/grub.mo", "");
	tree_write_text(&t, "/usr/share/locale-langpack/pt_BR/LC_MESSAGES/grub.mo", "");
	tree_write_text(&t, "/etc/locale.gen", "# it_IT.UTF-8 UTF-8\nde_AT.UTF-8 UTF-8\nja_JP.UTF-8 UTF-8\n");
	tree_write_text(&t, "/var/lib/locales/supported.d/pt", "pt_BR.UTF-8 UTF-8\n");
	/* as the file itself says, generated or not */
	expect_language(&t, "\"$LANG$LC_ALL\" = fr_FR.UTF-8");
	expect_language(&t, "\"$LANG$LC_ALL\" = fr_FR");
	/* one of the system's, also by LC_ALL alone */
	expect_language(&t, "\"$LANG$LC_ALL\" = de_AT.UTF-8");
	expect_language(&t, "\"$LANG $LC_ALL\" = 'en_US.UTF-8 pt_BR.UTF-8'");
	/* nothing else is tried */
	make_mkconfig(&t, "#!/bin/sh\necho \"$LANG $LC_ALL\" >>\"$0.tried\"\n");
	expect_refused(&t, TRUST_VOUCHED, M_CFG, "update-grub");
	buffer_free(&changed);
	changed = BUFFER_NONE;
	assert_int_equal(machine_read(&t.machine, "/usr/sbin/grub-mkconfig.tried", 4096, NULL, &changed), 0);
	assert_non_null(strstr(buffer_str(&changed), "fr_FR.UTF-8 \n"));
	assert_null(strstr(buffer_str(&changed), "it_IT"));
	assert_null(strstr(buffer_str(&changed), "ja_JP"));
	buffer_free(&changed);
	tree_remove(&t);
}

static void stub_by_grub_install(void **state)
{
	static const char *const good[] = {
		"search.fs_uuid " M_UUID " root \nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n",
		"search.fs_uuid " M_UUID " root hd1,gpt2 --hint-efi=hd1,gpt2\nset prefix=($root)'/grub'\n"
		"configfile $prefix/grub.cfg\n",
	};
	static const char *const bad[] = {
		"search.fs_uuid " M_UUID
		" root\nset prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n",
		"search.fs_uuid " M_UUID
		" root\nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n# more\n",
		"search.fs_uuid " M_UUID
		" root; echo x\nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n",
		"# first\nsearch.fs_uuid " M_UUID
		" root\nset prefix=($root)'/grub'\nconfigfile $prefix/grub.cfg\n",
	};
	struct run r;
	struct tree t;

	make_enrolled(&t);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		tree_write_text(&t, M_STUB, good[i]);
		expect_accepted(&t, TRUST_VOUCHED, M_STUB, "grub-install");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tree_write_text(&t, M_STUB, bad[i]);
		run_start(&r, &t, TRUST_VOUCHED);
		assert_int_equal(r.f.path_count, 0);
		run_end(&r);
	}
	tree_remove(&t);
}

static void files_of_grub_by_their_origin(void **state)
{
	struct buffer cfg = BUFFER_NONE;
	struct run r;
	struct tree t;

	m_make(&t);
	tree_write_text(&t, "/var/lib/x", "");
	buffer_addf(&cfg, "%s%s", "insmod affs\n", m_cfg);
	tree_write(&t, M_CFG, cfg.data, cfg.len);
	tree_write_text(&t, "/boot/grub/x86_64-efi/affs.mod", "module");
	m_write_log(&t, &(struct boot_choice){ .path = NULL });
	run_start(&r, &t, TRUST_THIS_BOOT);
	assert_true(run_has_default(&r));
	run_accept(&t, &r);
	run_end(&r);
	tree_write_text(&t, "/boot/grub/x86_64-efi/affs.mod", "other module");
	expect_refused(&t, TRUST_VOUCHED, "/boot/grub/x86_64-efi/affs.mod", "grub-install");
	tree_write_text(&t, "/usr/lib/grub/x86_64-efi/affs.mod", "other module");
	expect_accepted(&t, TRUST_VOUCHED, "/boot/grub/x86_64-efi/affs.mod", "GRUB's packages");
	buffer_free(&cfg);
	tree_remove(&t);
}

/* The chosen entry may change at any time; a variable that could do something else may not. */
static void environment_by_its_variables(void **state)
{
	struct run r;
	struct tree t;

	make_enrolled(&t);
	m_write_env(&t, "next_entry", "more>number");
	run_start(&r, &t, TRUST_NOTHING_NEW);
	assert_true(run_has_default(&r));
	assert_int_equal(r.f.accepted_count, 0);
	run_end(&r);
	m_write_env(&t, "prefix", "(hd0,gpt1)/evil");
	expect_refused(&t, TRUST_VOUCHED, M_ENV, "'prefix'");
	expect_accepted(&t, TRUST_ALL, M_ENV, "you accepted it");
	tree_write_text(&t, M_ENV, "no environment block");
	run_start(&r, &t, TRUST_VOUCHED);
	assert_int_equal(r.f.path_count, 0);
	run_end(&r);
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configuration_by_grub_mkconfig),
		cmocka_unit_test(configuration_in_other_languages),
		cmocka_unit_test(stub_by_grub_install),
		cmocka_unit_test(files_of_grub_by_their_origin),
		cmocka_unit_test(environment_by_its_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
