/*
 * What else apt's hooks meet: each other, a lock that is held, a wrong clock, a kernel without an initrd, a
 * program that is gone.
 */
#include "machine/record/lock.h"
#include "program_steps.h"
#include "survival.h"

/* Hooks of one apt run, the watcher of the boot loader's files and a person, all at once. */
static void all_at_once(void **state)
{
	static const char *const commands[] = { KERNEL_HOOK,
						"bootseal reseal --hook",
						"bootseal status",
						"bootseal reseal",
						"bootseal check",
						"bootseal recovery-key --key-file /key",
						"bootseal enroll --key-file /key" };
	pid_t pid[sizeof(commands) / sizeof(*commands)];
	unsigned before = not_survived;
	struct world *w = *state;
	char output[64];
	size_t keyslots = 3;
	int code;

	system_enrolled(w);
	run(w, 0, "kernel install " WORLD_NEW " && kernel grub");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		injected++;
		snprintf(output, sizeof(output), "/run/initramfs/said.%zu", i);
		pid[i] = program_start(w, NULL, output, commands[i]);
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		code = program_wait(pid[i]);
		snprintf(output, sizeof(output), "/run/initramfs/said.%zu", i);
		free(w->output);
		w->output = world_read(w, output, NULL);
		/* who sits at the terminal waits for ten seconds only */
		if (code == 1 && strstr(w->output, "bootseal is already running") &&
		    !strstr(commands[i], "reseal")) {
			keyslots -= strstr(commands[i], "recovery-key") != NULL;
			continue;
		}
		/* before the policy has moved the answer is no */
		if (code != 0 &&
		    !(code == 5 && (strstr(commands[i], "status") || strstr(commands[i], "check"))))
			bad("all at once", commands[i], w);
	}
	if (world_keyslots(w) != keyslots || world_has_litter(w) || !world_passphrase_works(w) ||
	    !world_all_open(w))
		bad("all at once", "not all is well afterwards", w);
	assert_int_equal(not_survived, before);
}

/* Another process holds the lock and does not end. */
static void lock_is_held(void **state)
{
	unsigned before = not_survived;
	enum announced said;
	struct world *w = *state;
	int lock;

	system_enrolled(w);
	run(w, 0, "kernel install " WORLD_NEW " && kernel grub");
	injected++;
	ok(state_lock(&w->machine, 0, &w->err, &lock));
	if (program_run(w, "LD_PRELOAD=/fault.so FAULT_HURRY=1", KERNEL_HOOK) != 0 ||
	    !strstr(w->output, "bootseal is already running"))
		bad("lock held", "the hook does not say so", w);
	said = program_announced(w);
	if (said != ANNOUNCED_ASKS)
		bad("lock held", "it does not say what the next boot does", w);
	program_run(w, NULL, "bootseal status");
	if (!strstr(w->output, "bootseal is already running"))
		bad("lock held", "status does not repeat it", w);
	close(lock);
	world_save(w, "after");
	if (!program_told_the_truth(w, said))
		bad("lock held", "the next boot does something else", w);
	world_restore(w, "after");
	run(w, 0, APT_HOOK);
	if (!world_all_open(w))
		bad("lock held", "the next hook does not finish the job", w);
	assert_int_equal(not_survived, before);
}

/* A clock that stands before 1970, at its beginning, behind 2038 and behind 2106. */
static void clock_is_wrong(void **state)
{
	static const char *const times[] = { "-86400", "0", "1", "2147483648", "4294967296", "253402300800" };
	unsigned before = not_survived;
	struct world *w = *state;
	char env[128];

	system_enrolled(w);
	world_save(w, "start");
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		injected++;
		world_restore(w, "start");
		snprintf(env, sizeof(env), "LD_PRELOAD=/fault.so FAULT_TIME=%s", times[i]);
		/* refused at that time: it is remembered, whatever the time was */
		world_shell(w, "cp boot/grub/grub.cfg kept && echo 'set x=y' >>boot/grub/grub.cfg");
		if (program_run(w, env, "bootseal reseal --hook --strict") != 5 ||
		    program_run(w, env, "bootseal status") != 5 || !strstr(w->output, "REFUSED OR FAILED"))
			bad(times[i], "a refusal is forgotten", w);
		if (i < 3 && !strstr(w->output, "an unknown time"))
			bad(times[i], "a time is shown that cannot be", w);
		world_shell(w, "mv kept boot/grub/grub.cfg");
		if (program_run(w, env,
				"kernel install " WORLD_NEW " && kernel grub && " KERNEL_HOOK
				" && bootseal status") != 0 ||
		    strstr(w->output, "REFUSED OR FAILED"))
			bad(times[i], "an upgrade at that time fails", w);
		if (!world_all_open(w) || program_run(w, NULL, "bootseal reseal && bootseal status") != 0)
			bad(times[i], "not all is well with the right time again", w);
	}
	assert_int_equal(not_survived, before);
}

/* The kernel's own package does not bring an initrd, or update-initramfs could not make one. */
static void kernel_without_initrd(void **state)
{
	unsigned before = not_survived;
	enum announced said, asked[2];
	struct world *w = *state;

	system_enrolled(w);
	injected++;
	run(w, 0, "kernel install " WORLD_NEW " && rm /boot/initrd.img-" WORLD_NEW " && kernel grub");
	if (program_run(w, NULL, KERNEL_HOOK) != 0 || program_announced(w) != ANNOUNCED_ASKS ||
	    !strstr(w->output, "no initrd"))
		bad("no initrd", "the hook does not say so", w);
	said = program_announced(w);
	ask(w, "no initrd", asked);
	world_save(w, "after");
	if (!program_told_the_truth(w, said) || !program_told_the_truth(w, asked[0]) ||
	    !program_told_the_truth(w, asked[1]))
		bad("no initrd", "the next boot does something else", w);
	if (world_boot_only(w, world_entry(WORLD_OLD)) != WORLD_OPENED)
		bad("no initrd", "the old kernel does not open any more", w);
	world_restore(w, "after");
	run(w, 0, "kernel install " WORLD_NEW " && kernel grub && " KERNEL_HOOK);
	if (program_run(w, NULL, "bootseal check") != 0 || !world_all_open(w))
		bad("no initrd", "not all is well with one", w);
	assert_int_equal(not_survived, before);
}

/* The package is gone and its hooks are not, or the program crashes. */
static void program_is_gone(void **state)
{
	static const char *const hooks[] = { KERNEL_HOOK,
					     "/etc/initramfs/post-update.d/bootseal " WORLD_NEW
					     " /boot/initrd.img-" WORLD_NEW,
					     APT_HOOK };
	unsigned before = not_survived;
	struct world *w = *state;

	system_enrolled(w);
	world_shell(w, "cp usr/sbin/bootseal kept");
	for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		injected += 2;
		world_shell(w, "rm usr/sbin/bootseal");
		if (program_run(w, NULL, "%s", hooks[i]) != 0 || w->output[0])
			bad("no program", hooks[i], w);
		world_shell(w, "printf '#!/bin/sh\nkill -SEGV $$\n' >usr/sbin/bootseal && chmod 755 "
			       "usr/sbin/bootseal");
		if (program_run(w, NULL, "%s", hooks[i]) != 0 ||
		    !strstr(w->output, "Have the passphrase ready"))
			bad("crash", hooks[i], w);
	}
	world_shell(w, "mv kept usr/sbin/bootseal");
	if (program_run(w, NULL, KERNEL_HOOK) != 0 || !world_all_open(w))
		bad("no program", "not all is well with it back", w);
	assert_int_equal(not_survived, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		program_test(all_at_once),
		program_test(lock_is_held),
		program_test(clock_is_wrong),
		program_test(kernel_without_initrd),
		program_test(program_is_gone),
	};

	return survival_run(tests);
}
