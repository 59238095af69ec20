/*
 * What the journal of a machine gets of the installed programs: one entry for each result, with its fields,
 * and warnings where no person sees them; at sockets of ours in the place of systemd's and syslog's.
 */
#include "program_steps.h"

#include <endian.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "cli/events.h"
#include "machine/record/journal.h"

#define ENTRIES_MAX 32

struct entry {
	char bytes[16384];
	size_t n;
};

struct heard {
	int socket;
	struct entry entry[ENTRIES_MAX];
	size_t n;
};

static struct heard heard;

static void listen_at(struct world *w, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", world_path(w, path));
	heard.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(heard.socket >= 0);
	assert_int_equal(bind(heard.socket, (struct sockaddr *)&at, sizeof(at)), 0);
}

static int setup(void **state)
{
	int r = program_setup(state);

	world_shell(*state, "mkdir -p run/systemd/journal srv");
	listen_at(*state, JOURNAL_SOCKET);
	return r;
}

static int teardown(void **state)
{
	close(heard.socket);
	return world_teardown(state);
}

/* Runs the command; what was sent meanwhile is in heard. */
static void hear(struct world *w, int code, const char *command)
{
	ssize_t n;

	run(w, code, command);
	for (heard.n = 0; heard.n < ENTRIES_MAX; heard.n++) {
		n = recv(heard.socket, heard.entry[heard.n].bytes, sizeof(heard.entry[0].bytes) - 1,
			 MSG_DONTWAIT);
		if (n < 0)
			break;
		heard.entry[heard.n].bytes[n] = '\0';
		heard.entry[heard.n].n = n;
	}
}

/* One field of an entry, as the journal reads it; 0: there is no more. */
static bool next_field(const struct entry *e, size_t *at, char name[static 80], char value[static 8192])
{
	const char *from = e->bytes + *at, *end = memchr(from, '\n', e->n - *at), *equals;
	uint64_t n;

	if (*at == e->n)
		return false;
	assert_non_null(end);
	equals = memchr(from, '=', end - from);
	if (equals) {
		snprintf(name, 80, "%.*s", (int)(equals - from), from);
		snprintf(value, 8192, "%.*s", (int)(end - equals - 1), equals + 1);
		*at += end + 1 - from;
		return true;
	}
	memcpy(&n, end + 1, sizeof(n));
	n = le64toh(n);
	assert_true(n < 8192 && (size_t)(end + 9 - e->bytes) + n < e->n && end[9 + n] == '\n');
	snprintf(name, 80, "%.*s", (int)(end - from), from);
	snprintf(value, 8192, "%.*s", (int)n, end + 9);
	*at += end + 10 + n - from;
	return true;
}

/* "NAME=value" is a field of it. */
static bool has_line(const struct entry *e, const char *line)
{
	char name[80], value[8192];
	size_t at = 0;

	while (next_field(e, &at, name, value))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == '=' &&
		    strcmp(line + strlen(name) + 1, value) == 0)
			return true;
	return false;
}

static bool has_name(const struct entry *e, const char *wanted)
{
	char name[80], value[8192];
	size_t at = 0;

	while (next_field(e, &at, name, value))
		if (strcmp(name, wanted) == 0)
			return true;
	return false;
}

/* The one entry with this MESSAGE_ID; NULL, "": there is none. */
static const struct entry *event(const char *id)
{
	const struct entry *found = NULL;
	char line[64];

	snprintf(line, sizeof(line), "MESSAGE_ID=%s", id);
	for (size_t i = 0; i < heard.n; i++)
		if (has_line(&heard.entry[i], line)) {
			assert_null(found);
			found = &heard.entry[i];
		}
	return found;
}

static void has(const char *id, const char *const *lines)
{
	const struct entry *entry = event(id);

	if (!entry)
		fail_msg("no entry of %s among %zu", id, heard.n);
	for (; *lines; lines++)
		if (!has_line(entry, *lines))
			fail_msg("no \"%s\" in: %s", *lines, entry->bytes);
}

#define HAS(id, ...) has(id, (const char *const[]){ __VA_ARGS__, NULL })

static void enrolment_and_boots(void **state)
{
	struct world *w = *state;

	hear(w, 3, "bootseal reseal");
	assert_int_equal(heard.n, 1); /* a warning, and no event */
	assert_true(has_line(&heard.entry[0], "PRIORITY=4"));
	assert_true(has_line(&heard.entry[0], "MESSAGE=this machine is not enrolled; run 'bootseal enroll'"));
	assert_false(has_name(&heard.entry[0], "MESSAGE_ID"));
	hear(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	HAS(EVENT_ENROLMENT, "MESSAGE=enrolled; the next boot will unlock automatically", "PRIORITY=5",
	    "SYSLOG_IDENTIFIER=bootseal", "SYSLOG_FACILITY=3", "BOOTSEAL_COMMAND=enroll",
	    "BOOTSEAL_RESULT=enrolled", "BOOTSEAL_NEXT_BOOT=unlocks", "BOOTSEAL_KERNEL=" WORLD_OLD,
	    "BOOTSEAL_VOLUME=cryptroot", "BOOTSEAL_GENERATION=2", "DOCUMENTATION=man:bootseal-messages(7)");
	boots(w, NULL, WORLD_OPENED);
	hear(w, 0, "bootseal calibrate --boot");
	HAS(EVENT_BOOT_UNLOCKED, "BOOTSEAL_RESULT=unlocked", "BOOTSEAL_VERDICT=exact", "PRIORITY=5",
	    "BOOTSEAL_VOLUME=cryptroot", "BOOTSEAL_COMMAND=calibrate");
	/* nothing new: no entry at each run of apt */
	hear(w, 0, "bootseal reseal --hook");
	assert_int_equal(heard.n, 0);
	hear(w, 0, "bootseal check");
	assert_int_equal(heard.n, 0);
	world_shell(w, "sed -i 's# ro quiet# ro quiet audit=0#' boot/grub/grub.cfg");
	hear(w, 5, "bootseal reseal --dry-run");
	assert_null(event(EVENT_POLICY_KEPT));
	hear(w, 0, "bootseal reseal --hook");
	HAS(EVENT_POLICY_KEPT, "BOOTSEAL_RESULT=refused", "BOOTSEAL_REFUSED=/boot/grub/grub.cfg",
	    "PRIORITY=4", "BOOTSEAL_NEXT_BOOT=unknown", "BOOTSEAL_COMMAND=reseal");
	hear(w, 0, "bootseal reseal --accept-current --yes");
	HAS(EVENT_POLICY_MOVED, "BOOTSEAL_RESULT=moved", "BOOTSEAL_GENERATION=3",
	    "BOOTSEAL_NEXT_BOOT=unlocks", "PRIORITY=5");
	hear(w, 0, "bootseal remove");
	HAS(EVENT_REMOVAL, "BOOTSEAL_RESULT=removed", "BOOTSEAL_NEXT_BOOT=asks");
}

static void recovery_keys(void **state)
{
	struct world *w = *state;

	hear(w, 0, "bootseal enroll --recovery-key --key-file /key");
	HAS(EVENT_RECOVERY_KEY, "BOOTSEAL_RESULT=made", "PRIORITY=5", "BOOTSEAL_VOLUME=cryptroot",
	    "BOOTSEAL_COMMAND=enroll", "MESSAGE=a new recovery key was made, the only one from now on");
	hear(w, 5, "bootseal recovery-key --key-file /key"); /* there is one */
	assert_null(event(EVENT_RECOVERY_KEY));
	hear(w, 5, "bootseal recovery-key --replace --key-file /key --escrow false");
	HAS(EVENT_RECOVERY_KEY, "BOOTSEAL_RESULT=refused", "PRIORITY=4");
	assert_true(has_name(event(EVENT_RECOVERY_KEY), "BOOTSEAL_REASON"));
	hear(w, 0, "bootseal recovery-key --replace --key-file /key");
	HAS(EVENT_RECOVERY_KEY, "BOOTSEAL_RESULT=made", "BOOTSEAL_COMMAND=recovery-key");
	hear(w, 0, "bootseal recovery-key --remove --key-file /key");
	HAS(EVENT_RECOVERY_KEY, "BOOTSEAL_RESULT=removed", "PRIORITY=5");
	hear(w, 1, "bootseal recovery-key --remove --key-file /key");
	assert_null(event(EVENT_RECOVERY_KEY));
}

static void a_boot_that_asked(void **state)
{
	struct world *w = *state;

	hear(w, 0, "bootseal calibrate --boot");
	assert_int_equal(heard.n, 0); /* nothing is enrolled */
	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	world_shell(w, "sed -i 's# ro quiet# ro quiet audit=0#' boot/grub/grub.cfg");
	assert_int_equal(world_boot(w, NULL), WORLD_ASKS);
	hear(w, 0, "bootseal calibrate --boot");
	HAS(EVENT_BOOT_ASKED, "BOOTSEAL_RESULT=not-unlocked", "PRIORITY=4", "BOOTSEAL_VOLUME=cryptroot");
	assert_true(has_name(event(EVENT_BOOT_ASKED), "BOOTSEAL_REASON"));
	assert_null(event(EVENT_BOOT_UNLOCKED));
}

/* The boot service repeats a reseal that failed, which nobody calls. */
static void a_reseal_that_was_late(void **state)
{
	struct world *w = *state;

	run(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	run(w, 0, "kernel install " WORLD_NEW " && kernel grub && "
		  "/usr/lib/bootseal/hook reseal --initrd " WORLD_NEW " /boot/initrd.img-" WORLD_NEW);
	boots(w, NULL, WORLD_OPENED);
	world_shell(w, "rm boot/vmlinuz-" WORLD_OLD " boot/initrd.img-" WORLD_OLD);
	hear(w, 4, "/usr/lib/bootseal/bootseal reseal --tcti swtpm:path=/nowhere");
	HAS(EVENT_POLICY_KEPT, "BOOTSEAL_RESULT=failed", "PRIORITY=3");
	boots(w, NULL, WORLD_OPENED);
	hear(w, 0, "bootseal calibrate --boot");
	HAS(EVENT_BOOT_UNLOCKED, "BOOTSEAL_RESULT=unlocked");
	HAS(EVENT_POLICY_MOVED, "BOOTSEAL_RESULT=moved", "BOOTSEAL_COMMAND=calibrate",
	    "BOOTSEAL_KERNEL=" WORLD_NEW);
}

/* A name may have a line break: it makes no field. */
static void line_breaks(void **state)
{
	struct world *w = *state;
	bool said = false;

	hear(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	hear(w, 1, "bootseal device \"$(printf '/dev/a\\nBOOTSEAL_RESULT=fine\\nX')\"");
	for (size_t i = 0; i < heard.n; i++) {
		assert_false(has_name(&heard.entry[i], "BOOTSEAL_RESULT"));
		said |= strstr(heard.entry[i].bytes, "MESSAGE\n") == heard.entry[i].bytes;
	}
	assert_true(said);
}

/* Where systemd shows standard error to the journal it is not said twice, but with its priority. */
static void in_a_unit(void **state)
{
	struct world *w = *state;
	struct stat st;
	char env[96];

	run(w, 3, "bootseal reseal");
	assert_int_equal(stat(world_path(w, "/run/initramfs/said"), &st), 0);
	snprintf(env, sizeof(env), "JOURNAL_STREAM=%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	hear(w, 3, "true; exit 3");
	assert_int_equal(program_run(w, env, "bootseal reseal"), 3);
	assert_string_equal(w->output, "<4>this machine is not enrolled; run 'bootseal enroll'\n");
	hear(w, 0, "true");
	assert_int_equal(heard.n, 0);
	/* redirected since: it is not the journal */
	assert_int_equal(program_run(w, env, "bootseal reseal 2>/srv/err"), 3);
	hear(w, 0, "true");
	assert_int_equal(heard.n, 1);
}

/* A person at a terminal sees it; what was done is in the journal anyway. */
static void at_a_terminal(void **state)
{
	struct world *w = *state;
	const struct exchange nothing[] = { { NULL, NULL } };

	assert_int_equal(program_talk(w, nothing, "bootseal reseal", NULL), 3);
	hear(w, 0, "true");
	assert_int_equal(heard.n, 0);
	program_talk(w, nothing, "bootseal enroll --no-recovery-key --key-file /key", NULL);
	hear(w, 0, "true");
	assert_int_equal(heard.n, 1);
	HAS(EVENT_ENROLMENT, "BOOTSEAL_RESULT=enrolled");
}

/* Another machine's files, and a command line that is not understood, are no event of this machine. */
static void of_others(void **state)
{
	struct world *w = *state;

	hear(w, 1, "bootseal eventlog --log /nowhere");
	assert_int_equal(heard.n, 0);
	hear(w, 2, "bootseal reseal --nonsense");
	assert_int_equal(heard.n, 0);
	hear(w, 1, "/usr/lib/bootseal/bootseal check --root /nowhere");
	assert_int_equal(heard.n, 0);
}

/* Without systemd. */
static void with_syslog(void **state)
{
	struct world *w = *state;
	char want[64];

	close(heard.socket);
	world_shell(w, "rm run/systemd/journal/socket");
	listen_at(w, SYSLOG_SOCKET);
	hear(w, 0, "bootseal enroll --no-recovery-key --key-file /key");
	assert_int_equal(heard.n, 1);
	assert_int_equal(strncmp(heard.entry[0].bytes, "<29>", 4), 0); /* daemon.notice */
	snprintf(want, sizeof(want), "]: enrolled; the next boot will unlock automatically");
	assert_string_equal(strchr(heard.entry[0].bytes, ']'), want);
	assert_non_null(strstr(heard.entry[0].bytes, " bootseal["));
}

#define event_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		event_test(enrolment_and_boots), event_test(recovery_keys), event_test(a_boot_that_asked),
		event_test(line_breaks),
		event_test(in_a_unit),           event_test(at_a_terminal),     event_test(of_others),
		event_test(with_syslog),         event_test(a_reseal_that_was_late),
	};

	cmocka_set_test_filter(getenv("TEST"));
	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
