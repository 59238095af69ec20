/*
 * What goes wrong with a system while apt works on it: the real hook scripts run, in the order in which dpkg
 * and apt call them, and each meets every fault; so does enrolling. dpkg is stopped at every moment.
 */
#include "program_steps.h"
#include "survival.h"

/* A few of them, and of the tests, in the fast tests; all with FAULT_STEP set. */
static size_t step(void)
{
	return getenv("FAULT_STEP") || getenv("FAULT") ? 1 : 8;
}

/*
 * Faults that one hook, or one run of enroll, meets. Shell commands in the tree's root directory, mounts
 * included.
 */
static const struct fault {
	const char *name, *before, *after;
	const char *names; /* in what is said; NULL: it does no harm */
	enum announced said;
} faults[] = {
	{ "/boot not mounted",
	  "sed '/ \\/boot/d' proc/self/mountinfo >run/m && mount --bind run/m proc/self/mountinfo && mount "
	  "-t tmpfs none boot",
	  "rm run/m", "EFI partition", ANNOUNCED_UNKNOWN },
	{ "/boot not mounted, recorded nowhere", "mount -t tmpfs none boot", NULL, "/boot/efi",
	  ANNOUNCED_UNKNOWN },
	{ "ESP not mounted",
	  "sed '/efi/d' proc/self/mountinfo >run/m && mount --bind run/m proc/self/mountinfo && mount -t "
	  "tmpfs none boot/efi",
	  "rm run/m", "EFI partition", ANNOUNCED_UNKNOWN },
	{ "ESP empty", "mount -t tmpfs none boot/efi", NULL, "/boot/efi", ANNOUNCED_UNKNOWN },
	{ "/boot read-only", "mount --bind boot boot && mount -o remount,ro,bind boot", NULL, NULL,
	  ANNOUNCED_UNLOCKS },
	{ "ESP read-only", "mount --bind boot/efi boot/efi && mount -o remount,ro,bind boot/efi", NULL, NULL,
	  ANNOUNCED_UNLOCKS },
	{ "/etc read-only", "mount --bind etc etc && mount -o remount,ro,bind etc", NULL, NULL,
	  ANNOUNCED_UNLOCKS },
	{ "/var read-only", "mount --bind var var && mount -o remount,ro,bind var", NULL,
	  "/var/lib/bootseal/", ANNOUNCED_ASKS },
	{ "/var full",
	  "mkdir -p ../full && mount -t tmpfs -o size=64k none ../full && cp -a var/lib/bootseal/. ../full "
	  "&& { head -c 1M /dev/zero >../full/filler || :; } 2>/dev/null && mount --bind ../full "
	  "var/lib/bootseal",
	  "umount var/lib/bootseal && rm ../full/filler && rm -r var/lib/bootseal && cp -a ../full "
	  "var/lib/bootseal",
	  "No space left on device", ANNOUNCED_ASKS },
	{ "/run read-only", "mount --bind run run && mount -o remount,ro,bind run", NULL, "/run/",
	  ANNOUNCED_ASKS },
	{ "/run lost and full", "mount -t tmpfs -o size=4k,nr_inodes=1 none run/bootseal", NULL,
	  "/run/bootseal/", ANNOUNCED_UNKNOWN },
	{ "the volume read-only", "mount --bind dev/vda3 dev/vda3 && mount -o remount,ro,bind dev/vda3", NULL,
	  "/dev/vda3", ANNOUNCED_ASKS },
	{ "the event log missing", "mount -t tmpfs none sys/kernel/security/tpm0", NULL,
	  "binary_bios_measurements", ANNOUNCED_UNKNOWN },
	{ "the event log cut off",
	  "head -c 9000 sys/kernel/security/tpm0/binary_bios_measurements >run/l && mount --bind run/l "
	  "sys/kernel/security/tpm0/binary_bios_measurements",
	  "rm run/l", "event log", ANNOUNCED_UNKNOWN },
	{ "the event log longer than any",
	  "truncate -s 17M run/l && mount --bind run/l sys/kernel/security/tpm0/binary_bios_measurements",
	  "rm run/l", "longer than", ANNOUNCED_UNKNOWN },
	{ "the event log with something behind it",
	  "{ cat sys/kernel/security/tpm0/binary_bios_measurements; yes; } | head -c 100000 >run/l && "
	  "mount --bind run/l sys/kernel/security/tpm0/binary_bios_measurements",
	  "rm run/l", "event log", ANNOUNCED_UNKNOWN },
	{ "no TPM", "mount -t tmpfs none tpm", NULL, "tpm", ANNOUNCED_UNKNOWN },
	{ "grub-mkconfig broken",
	  "printf '#!/bin/sh\\nexit 1\\n' >run/g && chmod 755 run/g && mount --bind run/g "
	  "usr/sbin/grub-mkconfig",
	  "rm run/g", "/boot/grub/grub.cfg", ANNOUNCED_ASKS },
	{ "a package's list of checksums lost", "mount -t tmpfs none var/lib/dpkg/info", NULL,
	  "/boot/vmlinuz-" WORLD_NEW, ANNOUNCED_ASKS },
	{ "efivarfs not mounted", "mount -t tmpfs none sys/firmware/efi/efivars", NULL, "efivars",
	  ANNOUNCED_UNKNOWN },
	{ "udev's records lost", "mount -t tmpfs none run/udev", NULL, "udev", ANNOUNCED_UNKNOWN },
};

/* A new kernel that is not trusted costs its own boots only. */
static bool old_kernel_opens(struct world *w, enum announced said)
{
	return said == ANNOUNCED_ASKS && world_boot_only(w, world_entry(WORLD_OLD)) == WORLD_OPENED;
}

static void check_hook(struct world *w, const struct fault *f)
{
	enum announced said, asked[2];

	injected++;
	world_restore(w, "start");
	program_amid(f->before, f->after);
	if (program_run(w, NULL, KERNEL_HOOK) != 0)
		bad(f->name, "the hook fails", w);
	said = program_announced(w);
	if (said != f->said)
		bad(f->name, "another word on the next boot was expected", w);
	if (f->names && !strstr(w->output, f->names))
		bad(f->name, f->names, w);
	if (f->names && !strstr(w->output, "NOT MOVED") && !strstr(w->output, "REFUSED: "))
		bad(f->name, "it is not said that the policy was not moved", w);
	if (program_run(w, NULL, APT_HOOK) != 0)
		bad(f->name, "apt's hook fails", w);
	ask(w, f->name, asked);
	if (f->names && !strstr(w->output, "REFUSED OR FAILED") && !strstr(f->name, "/run"))
		bad(f->name, "status does not tell of the failure", w);
	program_amid(NULL, NULL);
	world_save(w, "after");
	if (!program_told_the_truth(w, said) || !program_told_the_truth(w, asked[0]) ||
	    !program_told_the_truth(w, asked[1]))
		bad(f->name, "the next boot does something else", w);
	if (!world_passphrase_works(w) ||
	    (!world_all_open(w) && !world_all_open_as_kept(w) && !old_kernel_opens(w, said)))
		bad(f->name, "it boots neither as before nor as now", w);
	world_restore(w, "after");
	if (program_run(w, NULL, APT_HOOK) != 0 || program_run(w, NULL, "bootseal check") != 0)
		bad(f->name, "fixed, the next hook does not finish the job", w);
	if (world_keyslots(w) != 2 || world_has_litter(w))
		bad(f->name, "something is left over", w);
	run(w, 0, "bootseal status");
	if (strstr(w->output, "REFUSED OR FAILED") || world_has(w, "/run/motd.d/bootseal"))
		bad(f->name, "it is still said to have failed", w);
	if (!world_all_open(w))
		bad(f->name, "it does not boot afterwards", w);
}

static void hooks_meet_faults(void **state)
{
	unsigned before = not_survived;
	struct world *w = *state;

	system_enrolled(w);
	run(w, 0, "kernel install " WORLD_NEW " && kernel grub");
	world_save(w, "start");
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i += step())
		if (!getenv("FAULT") || strcmp(getenv("FAULT"), faults[i].name) == 0)
			check_hook(w, &faults[i]);
	assert_int_equal(not_survived, before);
}

/* Faults that `bootseal enroll` meets. */
static const struct enrol_fault {
	const char *name, *before, *after;
	const char *names, *advice;
} enrol_faults[] = {
	{ "/boot read-only", "mount --bind boot boot && mount -o remount,ro,bind boot", NULL, "initrds",
	  "ead-only" },
	{ "/boot full",
	  "mkdir -p ../full && mount -t tmpfs -o size=8M none ../full && cp -a boot/. ../full && "
	  "{ head -c 8M /dev/zero >../full/filler || :; } 2>/dev/null && mount --bind ../full boot",
	  "umount boot && rm ../full/filler && rm -r boot && cp -a ../full boot", "initrds", "" },
	{ "/var full",
	  "mkdir -p var/lib/bootseal && mount -t tmpfs -o size=4k,nr_inodes=2 none var/lib/bootseal", NULL,
	  "/var/lib/bootseal/", "No space left" },
	{ "/etc read-only", "mount --bind etc etc && mount -o remount,ro,bind etc", NULL, "/etc/bootseal",
	  "Read-only" },
	{ "update-initramfs broken",
	  "printf '#!/bin/sh\necho no room >&2; exit 1\n' >run/u && chmod 755 run/u && mount --bind run/u "
	  "usr/sbin/update-initramfs",
	  "rm run/u", "update-initramfs", "no room" },
	{ "the volume read-only", "mount --bind dev/vda3 dev/vda3 && mount -o remount,ro,bind dev/vda3", NULL,
	  "/dev/vda3", "" },
	{ "the owner password set", "TPM2TOOLS_TCTI=swtpm:path=tpm/tpm tpm2_changeauth -c owner secret",
	  "TPM2TOOLS_TCTI=swtpm:path=tpm/tpm tpm2_changeauth -c owner -p secret", "owner password",
	  "tpm2_changeauth -c owner" },
	{ "NV space full",
	  "export TPM2TOOLS_TCTI=swtpm:path=tpm/tpm; i=16; "
	  "while tpm2_nvdefine -Q -C o -s 1900 0x15000$i 2>/dev/null; do i=$((i + 1)); done; "
	  "while tpm2_nvdefine -Q -C o -s 64 0x15000$i 2>/dev/null; do i=$((i + 1)); done; "
	  "while tpm2_nvdefine -Q -C o -s 8 0x15000$i 2>/dev/null; do i=$((i + 1)); done; echo $i >run/i",
	  "i=$(cat run/i); rm run/i; while [ $i -gt 16 ]; do i=$((i - 1)); tpm2_nvundefine -C o 0x15000$i; "
	  "done",
	  "memory is full", "tpm2_nvundefine" },
	{ "all of our indices belong to another owner",
	  "export TPM2TOOLS_TCTI=swtpm:path=tpm/tpm; for i in 7 8 9 a b c d e f; do tpm2_nvdefine -Q -C o -s "
	  "8 0x180b00$i; done",
	  "for i in 7 8 9 a b c d e f; do tpm2_nvundefine -C o 0x180b00$i; done", "in use by others",
	  "tpm2_nvundefine" },
};

static void check_enrol(struct world *w, const struct enrol_fault *f)
{
	int code;

	injected++;
	world_restore(w, "start");
	program_amid(f->before, f->after);
	code = program_run(w, NULL, "bootseal enroll --key-file /key");
	program_amid(NULL, NULL);
	if (code != 1 && code != 5)
		bad(f->name, "enroll does not fail", w);
	if (!strstr(w->output, f->names) || !strstr(w->output, f->advice) ||
	    !strstr(w->output, "enrolment failed"))
		bad(f->name, "it does not say what to fix", w);
	world_save(w, "after");
	code = world_boot_only(w, NULL);
	if (code == WORLD_OPENED || !world_passphrase_works(w))
		bad(f->name, "the next boot does not just ask", w);
	world_restore(w, "after");
	if (program_run(w, NULL, "bootseal enroll --key-file /key") != 0)
		bad(f->name, "fixed, it does not enroll", w);
	if (world_keyslots(w) != 2 || world_has_litter(w) || !world_all_open(w))
		bad(f->name, "not all is well afterwards", w);
}

static void enrolling_meets_faults(void **state)
{
	unsigned before = not_survived;
	struct world *w = *state;

	world_save(w, "start");
	for (size_t i = 0; i < sizeof(enrol_faults) / sizeof(*enrol_faults); i += step())
		if (!getenv("FAULT") || strcmp(getenv("FAULT"), enrol_faults[i].name) == 0)
			check_enrol(w, &enrol_faults[i]);
	assert_int_equal(not_survived, before);
}

/*
 * Where dpkg can be stopped while it configures a kernel, by a person, a full disk or a crash; each is done
 * after those above it.
 */
static const struct stop {
	const char *name, *command;
} stops[] = {
	{ "unpacked",
	  "cp /usr/share/world/vmlinuz-" WORLD_NEW " /boot/ && mkdir -p /lib/modules/" WORLD_NEW },
	{ "half of the initrd is written",
	  "head -c 9000 /boot/initrd.img-" WORLD_OLD " >/boot/initrd.img-" WORLD_NEW ".new" },
	{ "the initrd is in place, its hook did not run",
	  "chmod -x /etc/initramfs/post-update.d/bootseal; kernel install " WORLD_NEW
	  "; chmod +x /etc/initramfs/post-update.d/bootseal" },
	{ "the initrd's hook was killed",
	  "LD_PRELOAD=/fault.so FAULT_AT=9 FAULT_SIGNAL=9 bootseal reseal --hook --initrd " WORLD_NEW
	  " /boot/initrd.img-" WORLD_NEW "; :" },
	{ "the initrd's hook ran",
	  "/etc/initramfs/post-update.d/bootseal " WORLD_NEW " /boot/initrd.img-" WORLD_NEW },
	{ "half of grub.cfg is written", "head -c 900 /boot/grub/grub.cfg >/boot/grub/grub.cfg.new" },
	{ "grub.cfg is in place", "kernel grub" },
	{ "the kernel's hook was killed before the policy",
	  "LD_PRELOAD=/fault.so FAULT_AT=16 FAULT_SIGNAL=9 bootseal reseal --hook; :" },
	{ "the kernel's hook was killed after it",
	  "LD_PRELOAD=/fault.so FAULT_AT=34 FAULT_SIGNAL=15 bootseal reseal --hook; :" },
};

/* `dpkg --configure -a`, and apt at its end. */
static void go_on(struct world *w, const char *name, bool trusted)
{
	if (program_run(w, NULL,
			"kernel install " WORLD_NEW " && kernel grub && " KERNEL_HOOK " && " APT_HOOK) != 0)
		bad(name, "going on fails", w);
	if (!trusted) {
		if (!strstr(w->output, "--accept-current"))
			bad(name, "after a boot with the passphrase it does not say what to do", w);
		if (program_run(w, NULL, "bootseal reseal --accept-current") != 0)
			bad(name, "the administrator's word does not settle it", w);
	}
	if (program_run(w, NULL, "bootseal check") != 0 || !world_all_open(w) || world_has_litter(w))
		bad(name, "not all is well after going on", w);
}

static void check_stop(struct world *w, size_t last)
{
	enum announced asked[2];
	int code;

	injected++;
	world_restore(w, "start");
	for (size_t i = 0; i <= last; i++)
		run(w, 0, stops[i].command);
	if (program_run(w, NULL, "bootseal reseal --hook --dry-run") != 0)
		bad(stops[last].name, "a dry run fails", w);
	ask(w, stops[last].name, asked);
	world_save(w, "after");
	if (!program_told_the_truth(w, asked[0]) || !program_told_the_truth(w, asked[1]))
		bad(stops[last].name, "the next boot does something else", w);
	if (!world_passphrase_works(w) || (!world_all_open(w) && !world_all_open_as_kept(w)))
		bad(stops[last].name, "it boots neither as before nor as now", w);
	world_restore(w, "after");
	go_on(w, stops[last].name, true);
	world_restore(w, "after");
	code = world_boot(w, NULL);
	go_on(w, stops[last].name, code == WORLD_OPENED);
}

static void dpkg_is_interrupted(void **state)
{
	unsigned before = not_survived;
	struct world *w = *state;

	system_enrolled(w);
	world_save(w, "start");
	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i += step())
		check_stop(w, i);
	assert_int_equal(not_survived, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		program_test(hooks_meet_faults),
		program_test(enrolling_meets_faults),
		program_test(dpkg_is_interrupted),
	};

	return survival_run(tests);
}
