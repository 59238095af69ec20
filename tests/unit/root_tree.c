#include "root_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct door door;
struct tree tree;
char pcrs[80]; /* a file with the PCR values of the tree's machine */

void door_fails(const char *command, int code)
{
	fail_msg("%s: exit code %d: %s", command, code, buffer_str(&door.said));
}

void expect_said(const char *command, int code, const char *says)
{
	int got = door_run(&door, tree.root, command);

	if (got != code || (says && !door_said(&door, says)))
		door_fails(command, got);
}

const char *with_pcrs(const char *command)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s --pcrs %s", command, pcrs);
	return text;
}

void let_read(void)
{
	char command[128];

	snprintf(command, sizeof(command), "chmod -R a+rX %s", tree.root);
	assert_int_equal(system(command), 0);
}

int door_setup(void **state)
{
	m_make(&tree);
	door_seal(&tree);
	snprintf(pcrs, sizeof(pcrs), "%s.pcrs", tree.root);
	door_write_pcrs(&tree, pcrs);
	let_read();
	return 0;
}

int door_teardown(void **state)
{
	tree_remove(&tree);
	unlink(pcrs);
	return 0;
}
