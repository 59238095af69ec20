#include "tpm_fault_judge.h"

#include <poll.h>
#include <sys/syscall.h>

#include "steps.h"

#define TIME_MAX_MS 100000
#define CODE_HUNG (-1)
#define CODE_KILLED (-2)

void act(struct bench *b, const char *tcti, const char *command)
{
	struct world *w = &b->w;
	char root[PATH_MAX], program[PATH_MAX] = "";
	struct pollfd p = { .events = POLLIN };
	int status, out;
	pid_t pid;

	snprintf(root, sizeof(root), "%s", w->machine.root);
	/* of the same build: one with sanitizers, perhaps */
	assert_in_range(readlink("/proc/self/exe", program, sizeof(program) - 8), 1, sizeof(program) - 8);
	strcpy(strrchr(program, '/'), "/run");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		out = open(world_path(w, "/run/initramfs/output"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(out, 1);
		dup2(out, 2);
		execl(program, "run", root, tcti, command, (char *)NULL);
		_exit(127);
	}
	p.fd = syscall(SYS_pidfd_open, pid, 0);
	assert_true(p.fd >= 0);
	if (poll(&p, 1, TIME_MAX_MS) == 0)
		kill(pid, SIGABRT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(p.fd);
	b->code = WIFEXITED(status)             ? WEXITSTATUS(status)
		  : WTERMSIG(status) == SIGABRT ? CODE_HUNG
						: CODE_KILLED;
	free(w->output);
	w->output = world_read(w, "/run/initramfs/output", NULL);
}

/* Did a command of these go out? EvictControl, NV_UndefineSpace, NV_DefineSpace, NV_Write */
static bool touched_tpm(const struct layer_shared *s)
{
	for (unsigned int i = 0; i < s->count && i < LAYER_COMMANDS; i++)
		if (s->code[i] == TPM2_CC_EvictControl || s->code[i] == TPM2_CC_NV_UndefineSpace ||
		    s->code[i] == TPM2_CC_NV_DefineSpace || s->code[i] == TPM2_CC_NV_Write)
			return true;
	return false;
}

/* All that a boot or the next run depends on; that a failure was recorded does not count. */
static bool touched_files(const struct world *w)
{
	char command[1024];

	snprintf(command, sizeof(command),
		 "cd %s && cmp -s -n 32768 root/dev/vda3 start/root/dev/vda3 && diff -r root/boot "
		 "start/root/boot >/dev/null && diff -r root/etc start/root/etc >/dev/null && diff -r -x "
		 "state.json -x lock root/var/lib/bootseal start/root/var/lib/bootseal >/dev/null 2>&1",
		 w->dir);
	return system(command) != 0;
}

/* One changed bit can make the policy index another one, or a PCR: then it says no where it could say yes. */
static bool is_fooled(const struct bench *b)
{
	const char *word = b->s->says_if_fooled;

	return b->fault->kind == FAULT_FLIP && word && strstr(b->w.output, word);
}

static const char *judge_end(struct bench *b)
{
	const char *said = b->w.output;
	char code[16];

	if (b->code == CODE_HUNG)
		return "does not come to an end";
	if (b->code == CODE_KILLED)
		return "died by a signal";
	if (strstr(said, "Sanitizer") || strstr(said, "runtime error: "))
		return "a sanitizer found something";
	if (b->code != 0 && b->code != 1)
		return "an exit code that is none";
	if (b->code == 0)
		return b->s->says && !strstr(said, b->s->says) && !is_fooled(b) ? "says something else"
									       : NULL;
	if (b->fault->bridged && b->how == HOW_ONCE)
		return "a little patience would have done";
	snprintf(code, sizeof(code), "(0x%03x)", b->fault->code);
	if (b->fault->kind == FAULT_CODE && !(b->fault->code >> 12) && strstr(said, code))
		return NULL;
	return strstr(said, "TPM") || strstr(said, "cannot open") || strstr(said, "PCR") ||
			       strstr(said, "policy index")
		       ? NULL
		       : "does not say what failed";
}

/* A TPM that refuses every FlushContext is full, for its driver too, until it is reset. */
static bool stays_full(const struct bench *b)
{
	return b->how == HOW_SAME && b->l.shared->same == TPM2_CC_FlushContext;
}

static const char *judge_left(const struct bench *b)
{
	const struct swtpm *s = &b->w.swtpm;

	if (b->how == HOW_ON || b->fault->kind == FAULT_GONE ||
	    (b->how == HOW_SAME && fault_waits(b->fault, b->how)) || stays_full(b))
		return NULL;
	return swtpm_handles(s, 0x80) || swtpm_handles(s, 0x02) || swtpm_handles(s, 0x03)
		       ? "something is left in the TPM"
		       : NULL;
}

/* Before anything is repaired: every way in still works. */
static const char *judge_boots(struct bench *b)
{
	struct world *w = &b->w;
	int code;

	if (b->s->worked && !b->s->removes)
		return world_all_open(w) || world_all_open_as_kept(w)
			       ? NULL
			       : "it boots neither as before nor as now";
	code = world_boot_only(w, NULL);
	return code == WORLD_OPENED || code == WORLD_ASKS || code == WORLD_NOT_ENROLLED ||
			       (b->s->removes && code == WORLD_TOKEN_GONE)
		       ? NULL
		       : "the boot does not just ask";
}

/* Again, with a TPM that works. */
static const char *judge_again(struct bench *b, bool in_next_boot)
{
	struct world *w = &b->w;
	bool asked = false;

	if (in_next_boot)
		asked = world_boot(w, NULL) != WORLD_OPENED;
	if (!b->s->removes || b->code != 0 || world_has(w, "/var/lib/bootseal/state.json")) {
		act(b, w->swtpm.tcti, b->s->command);
		/* after the passphrase new files are the administrator's to accept (doc/design.md, 8) */
		if (b->code != 0 && asked)
			act(b, w->swtpm.tcti, "accept");
		if (b->code != 0)
			return "does not finish when it is run again";
	}
	if (!world_passphrase_works(w))
		return "the passphrase does not open the volume any more";
	if (world_keyslots(w) != (b->s->removes ? 1 : 2))
		return "a keyslot is left over";
	if (b->s->removes)
		return world_boot_only(w, NULL) == WORLD_NOT_ENROLLED ? NULL
								      : "something of ours is still booted";
	return world_all_open(w) ? NULL : "it does not boot after the second try";
}

const char *judge(struct bench *b)
{
	const char *bad = judge_end(b);
	bool in_next_boot = b->at % 2 || stays_full(b);

	if (!bad)
		bad = judge_left(b);
	if (bad)
		return bad;
	b->dirty = touched_tpm(b->l.shared) || touched_files(&b->w);
	if (b->s->only_reads && b->dirty)
		return "it has written something";
	/* what is as it was at the start works as it did there */
	if (!b->dirty)
		return b->code == 0 && b->s->changes ? "says that all is done, and has done nothing" : NULL;
	if (!world_passphrase_works(&b->w))
		return "the passphrase does not open the volume";
	if (b->s->removes && b->code == 0 && swtpm_handles(&b->w.swtpm, 0x01) &&
	    !strstr(b->w.output, "index is left"))
		return "does not say that the index is left";
	/* in the boot that goes on, or with all that a reboot does in between */
	if (in_next_boot)
		bad = judge_boots(b);
	return bad ? bad : judge_again(b, in_next_boot);
}
