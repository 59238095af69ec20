/* Entries of the journal, as they arrive at a socket of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "machine/record/journal.h"

static char dir[] = "/tmp/bootseal-journal-XXXXXX";
static struct sockaddr_un here = { .sun_family = AF_UNIX };
static int journal;

static int open_socket(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(here.sun_path, sizeof(here.sun_path), "%s/socket", dir);
	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return journal < 0 ? -1 : bind(journal, (struct sockaddr *)&here, sizeof(here));
}

static int close_socket(void **state)
{
	close(journal);
	unlink(here.sun_path);
	return rmdir(dir);
}

/* What has arrived is exactly these bytes. */
static void arrives(const void *bytes, size_t n)
{
	char got[3 * JOURNAL_VALUE_MAX];
	ssize_t len = recv(journal, got, sizeof(got), MSG_DONTWAIT);

	assert_int_equal(len, n);
	assert_memory_equal(got, bytes, n);
}

static void sends(struct buffer *entry)
{
	assert_int_equal(journal_send(here.sun_path, entry), 0);
	buffer_free(entry);
}

static void fields(void **state)
{
	static const char want[] = "MESSAGE=the policy was moved = yes\nPRIORITY=5\nBOOTSEAL_REASON=\n";
	struct buffer b = BUFFER_NONE;

	journal_add(&b, "MESSAGE", "the policy was moved = yes");
	journal_addf(&b, "PRIORITY", "%d", 5);
	journal_add(&b, "BOOTSEAL_REASON", "");
	journal_add(&b, "BOOTSEAL_VOLUME", NULL);
	sends(&b);
	arrives(want, sizeof(want) - 1);
}

/* A line break in a value neither ends it nor begins a field of somebody else's choice. */
static void line_breaks(void **state)
{
	static const char want[] = "BOOTSEAL_FILE\n\x15\0\0\0\0\0\0\0/boot/a\n_UID=0\nMESSAG\nMESSAGE=x\n";
	struct buffer b = BUFFER_NONE;

	journal_add(&b, "BOOTSEAL_FILE", "/boot/a\n_UID=0\nMESSAG");
	journal_add(&b, "MESSAGE", "x");
	sends(&b);
	arrives(want, sizeof(want) - 1);
}

static void long_values(void **state)
{
	static char value[JOURNAL_VALUE_MAX + 100], want[JOURNAL_VALUE_MAX + 100];
	struct buffer b = BUFFER_NONE;

	memset(value, 'a', sizeof(value) - 1);
	journal_add(&b, "A", value);
	sends(&b);
	memset(want, 'a', sizeof(want));
	memcpy(want, "A=", 2);
	want[JOURNAL_VALUE_MAX + 2] = '\n';
	arrives(want, JOURNAL_VALUE_MAX + 3);
	/* a line break behind the cut is not in the value */
	value[JOURNAL_VALUE_MAX + 1] = '\n';
	journal_add(&b, "A", value);
	sends(&b);
	arrives(want, JOURNAL_VALUE_MAX + 3);
}

/* What glibc's syslog(3) sends: priority, time, name, process. */
static void plain_syslog(void **state)
{
	char got[256] = "", *at;
	int pid;

	assert_int_equal(journal_send_syslog(here.sun_path, 4, "bootseal", "100% of it"), 0);
	assert_true(recv(journal, got, sizeof(got) - 1, MSG_DONTWAIT) > 0);
	/* daemon.warning */
	assert_int_equal(strncmp(got, "<28>", 4), 0);
	/* "Nov 30 18:14:00 " */
	assert_true(got[7] == ' ' && got[10] == ' ' && got[13] == ':' && got[16] == ':' && got[19] == ' ');
	at = got + 20;
	assert_int_equal(sscanf(at, "bootseal[%d]: ", &pid), 1);
	assert_int_equal(pid, getpid());
	assert_string_equal(strchr(at, ']'), "]: 100% of it");
}

/* A journal that does not read holds nobody up. */
static void full(void **state)
{
	struct buffer b = BUFFER_NONE;
	int r = 0;

	journal_add(&b, "MESSAGE", "x");
	for (int i = 0; i < 100000 && r == 0; i++)
		r = journal_send(here.sun_path, &b);
	assert_int_equal(r, -EAGAIN);
	buffer_free(&b);
}

static void absent(void **state)
{
	static char path[256];
	struct buffer b = BUFFER_NONE;

	journal_add(&b, "MESSAGE", "x");
	assert_int_equal(journal_send("/nowhere/socket", &b), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	assert_int_equal(journal_send(path, &b), -ENAMETOOLONG);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),      cmocka_unit_test(line_breaks), cmocka_unit_test(long_values),
		cmocka_unit_test(plain_syslog), cmocka_unit_test(full),	      cmocka_unit_test(absent),
	};

	cmocka_set_test_filter(getenv("TEST"));
	return cmocka_run_group_tests(tests, open_socket, close_socket);
}
