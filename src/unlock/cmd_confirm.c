/*
 * The command `confirm`: a person must confirm before cryptsetup asks for a passphrase for a header that is
 * not the enrolled one.
 *
 * That person may be the attacker, with his own passphrase for his own header: the volumes that the TPM
 * unlocked are closed first, or the system on his volume would find them.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "unlock/crypttab_guard.h"
#include "unlock/commands.h"

#define LOOK_MS 1000 /* how often to check for an answer given on another console */

enum answer { ANSWER_NONE, ANSWER_YES, ANSWER_OTHER, ANSWER_END };

static void ask(const struct options *o)
{
	struct error why;

	guard_reason(o, &why);
	log_say("WARNING: %s", why.text);
	log_say("Anyone who replaced that header may learn a passphrase that you type now.");
	log_say("If you do not know why it changed, switch the machine off.");
	log_say("To continue to the passphrase prompt, type YES:");
}

/*
 * One line of a terminal in canonical mode. A line that is longer than "YES" and its end is a different
 * answer, whatever its rest.
 */
static enum answer listen(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[256];
	ssize_t n;

	if (poll(&in, 1, LOOK_MS) == 0)
		return ANSWER_NONE;
	n = read(STDIN_FILENO, line, sizeof(line));
	if (n <= 0)
		return ANSWER_END;
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	return n == 3 && memcmp(line, "YES", 3) == 0 ? ANSWER_YES : ANSWER_OTHER;
}

static bool is_terminal_like(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 && S_ISCHR(st.st_mode);
}

static enum unlock_exit accept(const struct options *o)
{
	struct error err = ERROR_NONE;
	enum unlock_exit code = cmd_lock(o, 0, NULL);

	if (code != UNLOCK_DONE || guard_confirm(o, &err) == 0)
		return code;
	log_say("%s", err.text);
	return UNLOCK_FAILED;
}

int cmd_confirm(const struct options *o, int count, char *const *names)
{
	enum answer answer = ANSWER_OTHER;

	if (count > 0) {
		log_say("%s: confirm takes no names", names[0]);
		return UNLOCK_USAGE;
	}
	while (guard_asks(o)) {
		if (answer == ANSWER_OTHER)
			ask(o);
		answer = listen();
		if (answer == ANSWER_YES)
			return accept(o);
		if (answer == ANSWER_END && !is_terminal_like())
			return UNLOCK_FAILED;
		/* a console that cannot be read now may be plugged in later */
		if (answer == ANSWER_END)
			poll(NULL, 0, LOOK_MS);
	}
	return UNLOCK_DONE;
}
