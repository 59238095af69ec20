/* An upgrade of bootseal itself, with the package's own maintainer scripts. */
#include "program.h"
#include "steps.h"

#define KERNEL_HOOK "/etc/kernel/postinst.d/zzz-bootseal " WORLD_NEW " /boot/vmlinuz-" WORLD_NEW
#define CONFIGURE "sh /postinst configure 0.1 && sh /triggered"
#define UNLOCK "usr/lib/bootseal/bootseal-unlock"

/* Messages are wrapped. */
static void as_one_line(char *text)
{
	char *to = text;

	for (char *p = text; *p; p++)
		if (!strchr(" \n", *p))
			*to++ = *p;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
}

static void run(struct world *w, const char *line)
{
	int code = program_run(w, NULL, "%s", line);

	if (code != 0)
		fail_msg("%s: %d: %s", line, code, w->output);
}

/* Enrolled with two kernels, and then dpkg has unpacked a new version of the package. */
static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char here[PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	world_new(w);
	program_install(w);
	world_shell(w, "cp %s/debian/postinst postinst", here);
	/* what dpkg-trigger comes to: initramfs-tools rebuilds the newest kernel's initrd, at the end */
	world_shell(w, "printf '#!/bin/sh\\ncase \"$*\" in *update-initramfs) echo \"update-initramfs -u -k "
		       WORLD_NEW "\" >>/triggered ;; esac\\n' >usr/sbin/dpkg-trigger && "
		       "chmod 755 usr/sbin/dpkg-trigger && : >triggered");
	run(w, "bootseal enroll --key-file /key");
	boots(w, NULL, WORLD_OPENED);
	run(w, "kernel install " WORLD_NEW " && kernel grub && " KERNEL_HOOK);
	boots(w, NULL, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	world_shell(w, "cp " UNLOCK " new && printf x >>new && chmod 755 new && mv new " UNLOCK);
	*state = w;
	return 0;
}

/* What dpkg has unpacked but not configured changes no policy: a reboot now is as before. */
static void every_kernel_gets_the_new_program(void **state)
{
	struct world *w = *state;

	boots(w, NULL, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	run(w, CONFIGURE);
	boots(w, NULL, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	run(w, "bootseal check");
	assert_null(strstr(w->output, "will ask"));
}

/* No room on /boot, say. It is no failure of dpkg's, and the owner knows before the reboot. */
static void a_kernel_that_is_left_behind_is_named(void **state)
{
	static const char *const commands[] = { "bootseal check", "bootseal status",
						"bootseal reseal --dry-run" };
	struct world *w = *state;

	world_shell(w, "sed -i 's/^\tbuild/\t[ $version = " WORLD_OLD " ] \\&\\& exit 1; build/; "
		       "s/^\t\tbuild/\t\t[ $version = " WORLD_OLD " ] \\&\\& exit 1; build/; "
		       "s/ls .boot/ls -r \\/boot/' usr/sbin/update-initramfs");
	run(w, CONFIGURE);
	says(w, "CANNOT REBUILD ALL INITRDS");
	boots(w, NULL, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_ASKS);
	boots(w, NULL, WORLD_OPENED);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		run(w, commands[i]);
		as_one_line(w->output);
		says(w, "Linux " WORLD_OLD ": this kernel will ask for the passphrase");
		says(w, "'update-initramfs -u -k " WORLD_OLD "' rebuilds it");
	}
	world_shell(w, "sed -i 's/.*&& exit 1; build/build/' usr/sbin/update-initramfs");
	run(w, "update-initramfs -u -k " WORLD_OLD);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	run(w, "bootseal check");
	assert_null(strstr(w->output, "will ask"));
}

static void lock(const struct world *w, const char *path, int *ret_fd)
{
	struct flock held = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	*ret_fd = open(world_path(w, path), O_RDWR | O_CREAT, 0640);
	assert_true(*ret_fd >= 0);
	assert_int_equal(fcntl(*ret_fd, F_SETLK, &held), 0);
}

/* bootseal-reseal.service: while dpkg runs it leaves the work to the hooks; nobody else's lock stops it. */
static void path_unit_waits_for_dpkg_only(void **state)
{
	static const char unit[] = "sed -n 's/^ExecStart=-//p' /unit >/start && sh /start";
	struct world *w = *state;
	char here[PATH_MAX];
	int fd;

	run(w, CONFIGURE);
	assert_non_null(getcwd(here, sizeof(here)));
	world_shell(w, "cp %s/hooks/systemd/bootseal-reseal.service unit && "
		       "cp " UNLOCK " kept && printf x >>" UNLOCK " && ! grep ConditionPath unit", here);
	lock(w, "/var/lib/dpkg/lock-frontend", &fd);
	run(w, unit);
	assert_string_equal(w->output, "");
	close(fd);
	lock(w, "/tmp/another", &fd);
	run(w, unit);
	says(w, "THE POLICY WAS NOT MOVED"); /* it was tried: no initrd has this program */
	close(fd);
	world_shell(w, "mv kept " UNLOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_kernel_gets_the_new_program, setup, world_teardown),
		cmocka_unit_test_setup_teardown(a_kernel_that_is_left_behind_is_named, setup, world_teardown),
		cmocka_unit_test_setup_teardown(path_unit_waits_for_dpkg_only, setup, world_teardown),
	};

	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
