#include "shared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/file.h"

const char *shared_path(const char *name)
{
	static char path[4][400];
	static size_t turn;
	const char *shared = getenv("BOOTSEAL_SHARED");

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", shared ? shared : "../shared", name);
	return path[turn];
}

void shared_needed(const char *name)
{
	if (file_exists(shared_path(name)))
		return;
	print_message("# there is no %s\n", shared_path(name));
	skip();
}

void shared_is_missing(void **state)
{
	print_message("# there is no %s\n", shared_path(*state));
	skip();
}
