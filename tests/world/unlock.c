/* bootseal-unlock in the initramfs of a fake machine, and the person who types the PIN. */
#include "world.h"

static void exec_unlock(const struct world *w, int input, const char *option)
{
	char anchor[PATH_MAX], crypttab[PATH_MAX], cmdline[PATH_MAX], run_dir[PATH_MAX];
	int out = open(world_path(w, "/run/initramfs/output"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	strcpy(anchor, world_path(w, "/run/initramfs/anchor"));
	strcpy(crypttab, world_path(w, "/run/initramfs/crypttab"));
	strcpy(cmdline, world_path(w, "/run/initramfs/cmdline"));
	strcpy(run_dir, world_path(w, "/run/bootseal"));
	dup2(input, 0);
	dup2(out, 1);
	dup2(out, 2);
	execl(world_path(w, "/usr/lib/bootseal/bootseal-unlock"), "bootseal-unlock", "--anchor", anchor,
	      "--crypttab", crypttab, "--cmdline", cmdline, "--run-dir", run_dir, "--tcti", w->swtpm.tcti,
	      "--wait", "100", "--test-open", "open", option, (char *)NULL);
	_exit(127);
}

/* typed: the PIN; NULL: it is not known whether one is needed. */
static int run_unlock_once(struct world *w, const char *typed)
{
	int status, fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	if (typed)
		assert_int_equal(write(fds[1], typed, strlen(typed)), strlen(typed));
	close(fds[1]);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		exec_unlock(w, fds[0], typed ? "--pin" : NULL);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(w->output);
	w->output = world_read(w, "/run/initramfs/output", NULL);
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		fail_msg("bootseal-unlock: status %d: %s", status, w->output);
	return WEXITSTATUS(status);
}

int world_unlock(struct world *w)
{
	const char *typed = w->pin;
	int code = run_unlock_once(w, NULL);

	while (code == WORLD_WAITS && typed && world_has(w, "/run/bootseal/ask-pin")) {
		code = run_unlock_once(w, typed);
		typed = w->second_pin ? w->second_pin : typed;
	}
	return code;
}
