/* An initrd that is in force while newer files, or another anchor, are installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>

#include "initrd_sample.h"

#define NAME "000b0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_NAME "000b0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd00"
#define PINNED "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define REPINNED "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UUID "5ea1ab1e-0000-4000-8000-000000000001"
#define FIRST "bootseal-anchor 1\nsrk " NAME "\nindex 0x0180b007 "
#define SECOND "bootseal-anchor 2\nsrk " NAME "\nindex 0x0180b007 "
#define OTHER_UUID "5ea1ab1e-0000-4000-8000-000000000002"
#define TARGET_OF(name, uuid, pin) "target " name " " uuid " " pin "\n"
#define TARGET(pin) TARGET_OF("cryptroot", UUID, pin)
#define CRYPTTAB "cryptroot UUID=" UUID " none luks\n"

static const char without_pin[] = FIRST NAME "\n" TARGET(PINNED);
static const char with_pin[] = SECOND NAME "\npin\n" TARGET(PINNED);

/* says: NULL when such a boot opens. */
static void expect_older(const struct m_initrd *how, const char *installed, const char *says)
{
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct reader bytes;
	struct anchor anchor;
	int r;

	assert_int_equal(anchor_parse(installed, strlen(installed), "the installed one", &err, &anchor), 0);
	m_make_initrd(how, &b);
	bytes = reader_new(b.data, b.len);
	r = proof_check_older(&proof, &anchor, &bytes, 1, &err);
	if (r != (says ? -EPERM : 0) || (says && !strstr(err.text, says)))
		fail_msg("%d: `%s' does not say `%s'", r, err.text, says ? says : "");
	buffer_free(&b);
}

static struct m_initrd sealed(const char *anchor)
{
	return (struct m_initrd){ .with_module = true, .anchor = anchor, .crypttab = CRYPTTAB };
}

static void our_files_may_be_older(void **state)
{
	static const char *const files[] = { "usr/sbin/bootseal-unlock", "scripts/local-top/bootseal",
					     "scripts/panic/bootseal" };
	struct m_initrd how;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		how = sealed(without_pin);
		how.changed = files[i];
		expect_older(&how, without_pin, NULL);
		how.changed = NULL;
		how.without = files[i];
		expect_older(&how, without_pin, "lacks");
	}
}

/* The installed anchor has the word "pin" here when a token wants one. */
static void a_pin_may_be_wanted_that_is_not_demanded(void **state)
{
	struct m_initrd how = sealed(without_pin);

	expect_older(&how, with_pin, NULL);
	how = sealed(with_pin);
	expect_older(&how, with_pin, NULL);
	expect_older(&how, without_pin, "lacks the installed version of /etc/bootseal/anchor");
}

static void another_anchor_does_not_open(void **state)
{
	static const char *const others[] = {
		FIRST OTHER_NAME "\n" TARGET(PINNED),
		FIRST NAME "\n" TARGET(REPINNED),
		FIRST NAME "\n" TARGET(PINNED) TARGET_OF("data", OTHER_UUID, PINNED),
		"bootseal-anchor 1\n",
		"",
	};
	struct m_initrd how;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		how = sealed(others[i]);
		expect_older(&how, without_pin, "lacks the installed version of /etc/bootseal/anchor");
	}
	how = sealed(without_pin);
	how.linked = "etc/bootseal/anchor";
	expect_older(&how, without_pin, "lacks the installed version of /etc/bootseal/anchor");
}

/* What is not a matter of versions is asked as ever. */
static void the_rest_is_asked(void **state)
{
	struct m_initrd how = sealed(without_pin);

	how.with_module = false;
	expect_older(&how, without_pin, "lacks the driver");
	how = sealed(without_pin);
	how.unlisted = true;
	expect_older(&how, without_pin, "in every stage");
	how = sealed(without_pin);
	how.without = "init";
	expect_older(&how, without_pin, "lacks /init");
	how = sealed(without_pin);
	how.crypttab = "data UUID=" UUID " none luks\n";
	expect_older(&how, without_pin, "cryptroot");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_files_may_be_older),
		cmocka_unit_test(a_pin_may_be_wanted_that_is_not_demanded),
		cmocka_unit_test(another_anchor_does_not_open),
		cmocka_unit_test(the_rest_is_asked),
	};

	return cmocka_run_group_tests(tests, proof_setup, proof_teardown);
}
