/* Who does in this machine what its host says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "machine/system/host_agents.h"
#include "tree.h"

static void collect(void *context, const char *what)
{
	buffer_addf(context, "%.12s;", what);
}

static void finds(const struct tree *t, const char *expected)
{
	struct buffer b = BUFFER_NONE;

	host_agents_each(&t->machine, collect, &b);
	assert_string_equal(buffer_str(&b), expected);
	buffer_free(&b);
}

static void each_is_named(void **state)
{
	struct tree t;

	tree_make(&t);
	finds(&t, "");
	tree_write_text(&t, "/usr/sbin/waagent", "");
	tree_write_text(&t, "/usr/bin/cloud-init", "");
	finds(&t, "Azure's agen;cloud-init t;");
	tree_write_text(&t, "/etc/cloud/cloud-init.disabled", "");
	tree_write_text(&t, "/usr/sbin/hv_fcopy_uio_daemon", "");
	tree_write_text(&t, "/usr/sbin/qemu-ga", "");
	finds(&t, "Azure's agen;the host may;QEMU's guest;");
	tree_remove(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_is_named) };

	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
