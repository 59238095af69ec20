#include "program.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <termios.h>

#define OUTPUT "/run/initramfs/said"

void program_private_mounts(void)
{
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return;
	/* before the first test nothing tells who failed */
	fprintf(stderr, "mounts of its own: %s; it needs to be root, and / to be a mount point (in a chroot: "
			"'mount --bind DIR DIR' before)\n", strerror(errno));
	exit(1);
}

void program_install(struct world *w)
{
	char here[PATH_MAX], root[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(root, sizeof(root), "%s", world_path(w, ""));
	world_shell(w, "%s/hooks/install %s && rm -rf lib/systemd usr/share/initramfs-tools/hooks", here,
		    root);
	world_shell(w,
		    "cp %s/build/bootseal usr/lib/bootseal/bootseal && cp %s/build/tests/world/fault.so "
		    "fault.so",
		    here, here);
	world_shell(w,
		    "printf '#!/bin/sh\\ncase $1 in attest | enroll | reseal | status | check | calibrate | "
		    "report | remove) "
		    "case \"$*\" in enroll*--volume*) ;; "
		    "*) set -- \"$@\" --tcti swtpm:path=/tpm/tpm ;; esac ;; esac\\n"
		    "exec /usr/lib/bootseal/bootseal \"$@\"\\n' >usr/sbin/bootseal && "
		    "chmod 755 usr/sbin/bootseal && printf '" WORLD_PASSPHRASE "' >key && "
		    "mkdir -p tpm host-proc lib64 lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu run/motd.d "
		    "run/cryptsetup && touch dev/null "
		    "dev/full dev/tty dev/random dev/urandom && ln -sfn /host-proc/self/fd "
		    "proc/self/fd");
}

static bool bind_to(const struct world *w, const char *what, const char *where)
{
	return mount(what, world_path(w, where), NULL, MS_BIND, NULL) == 0;
}

/* The host's libraries and devices, and the software TPM's socket. */
static bool enter(const struct world *w)
{
	return unshare(CLONE_NEWNS) == 0 && bind_to(w, "/lib64", "/lib64") &&
	       bind_to(w, "/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu") &&
	       bind_to(w, "/usr/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu") &&
	       bind_to(w, "/dev/null", "/dev/null") && bind_to(w, "/dev/full", "/dev/full") &&
	       bind_to(w, "/dev/tty", "/dev/tty") && bind_to(w, "/dev/urandom", "/dev/urandom") &&
	       bind_to(w, "/dev/random", "/dev/random") && bind_to(w, "/proc", "/host-proc") &&
	       bind_to(w, w->swtpm.dir, "/tpm") && chdir(world_path(w, "")) == 0;
}

static void set_environment(const char *env)
{
	char copy[512], *rest = copy, *word;

	clearenv();
	setenv("PATH", "/usr/sbin:/bin", 1);
	snprintf(copy, sizeof(copy), "%s", env ? env : "");
	while ((word = strsep(&rest, " ")))
		if (*word)
			putenv(strdup(word));
}

static const char *amid_before, *amid_after;

void program_amid(const char *before, const char *after)
{
	amid_before = before;
	amid_after = after;
}

static void exec_amid(const char *command)
{
	char script[4096];

	snprintf(script, sizeof(script),
		 "{ %s; } || exit 125; chroot . /bin/sh -c \"$1\"; code=$?; %s; exit $code", amid_before,
		 amid_after ? amid_after : ":");
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	execl("/bin/sh", "sh", "-c", script, "sh", command, (char *)NULL);
}

/* Under nohup, and where a shell started the tests in the background, they are ignored. */
static void hear_signals(void)
{
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
}

pid_t program_start(struct world *w, const char *env, const char *output, const char *command)
{
	pid_t pid = fork();
	int out;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	out = open(world_path(w, output), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || !enter(w))
		_exit(126);
	dup2(open("/dev/null", O_RDONLY), 0);
	close(out);
	hear_signals();
	set_environment(env);
	if (amid_before)
		exec_amid(command);
	if (chroot(".") < 0)
		_exit(126);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int program_wait(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	if (WEXITSTATUS(status) >= 125 && WEXITSTATUS(status) <= 127)
		fail_msg("the command could not be started: %d", WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

int program_run(struct world *w, const char *env, const char *fmt, ...)
{
	char command[2048];
	va_list ap;
	int code;

	va_start(ap, fmt);
	assert_true(vsnprintf(command, sizeof(command), fmt, ap) < (int)sizeof(command));
	va_end(ap);
	code = program_wait(program_start(w, env, OUTPUT, command));
	free(w->output);
	w->output = world_read(w, OUTPUT, NULL);
	return code;
}

static void exec_at_terminal(const struct world *w, const char *terminal, const char *command)
{
	int fd;

	/* the first terminal that a session's leader opens is its own */
	fd = setsid() < 0 ? -1 : open(terminal, O_RDWR);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || !enter(w) || chroot(".") < 0)
		_exit(126);
	close(fd);
	hear_signals();
	set_environment(NULL);
	/* so that a signal of the terminal ends the program, not a shell before it */
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Until the text has come after `from`; its end. */
static size_t hear(int master, char *said, size_t size, size_t from, const char *text)
{
	struct pollfd in = { .fd = master, .events = POLLIN };
	size_t n = strlen(said);
	const char *at;
	ssize_t got;

	while (!(at = strstr(said + from, text))) {
		if (n == size - 1 || poll(&in, 1, 60000) != 1)
			fail_msg("\"%s\" is not said, but: %s", text, said);
		got = read(master, said + n, size - 1 - n);
		if (got <= 0)
			fail_msg("\"%s\" is not said before the end, but: %s", text, said);
		n += got;
		said[n] = '\0';
	}
	return at - said + strlen(text);
}

int program_talk(struct world *w, const struct exchange *e, const char *command, bool *ret_echo)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, code;
	char *said = calloc(1, 1 << 16), terminal[64];
	struct pollfd in = { .fd = master, .events = POLLIN };
	struct termios t;
	size_t at = 0, n;
	ssize_t got;
	pid_t pid;

	assert_true(said && master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	snprintf(terminal, sizeof(terminal), "%s", ptsname(master));
	slave = open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		exec_at_terminal(w, terminal, command);
	for (; e->said; e++) {
		at = hear(master, said, 1 << 16, at, e->said);
		assert_int_equal(write(master, e->typed, strlen(e->typed)), strlen(e->typed));
	}
	/* its end is the end of what it says, as soon as the test has no hand on that side, either */
	close(slave);
	for (n = strlen(said); n < (1 << 16) - 1 && (got = read(master, said + n, (1 << 16) - 1 - n)) > 0;) {
		n += got;
		if (poll(&in, 1, 60000) != 1) {
			kill(pid, SIGKILL);
			fail_msg("it asks on, after: %s", said);
		}
	}
	code = program_wait(pid);
	if (ret_echo)
		*ret_echo = tcgetattr(master, &t) == 0 && (t.c_lflag & ECHO);
	close(master);
	free(w->output);
	w->output = said;
	return code;
}

enum announced program_announced(const struct world *w)
{
	enum announced a = ANNOUNCED_NOTHING;
	const char *at = w->output, *end;
	char line[1024];

	while ((at = strstr(at, "Next boot "))) {
		end = strchr(at, '\n');
		snprintf(line, sizeof(line), "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
		a = strstr(line, "WILL ASK FOR") || strstr(line, "WILL NOT UNLOCK") ? ANNOUNCED_ASKS
		    : strstr(line, "UNKNOWN") || strstr(line, "PROBABLY")           ? ANNOUNCED_UNKNOWN
		    : strstr(line, "will unlock automatically") || strstr(line, "will unlock")
			    ? ANNOUNCED_UNLOCKS
			    : ANNOUNCED_NOTHING;
		at += strlen("Next boot ");
	}
	return a;
}

bool program_told_the_truth(struct world *w, enum announced a)
{
	char *said = w->output;
	int code;

	w->output = NULL;
	code = world_boot_only(w, NULL);
	free(w->output);
	w->output = said;
	return a == ANNOUNCED_UNKNOWN || (a == ANNOUNCED_UNLOCKS && code == WORLD_OPENED) ||
	       (a == ANNOUNCED_ASKS && code != WORLD_OPENED);
}
