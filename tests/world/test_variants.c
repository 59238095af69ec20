/* The boots of ordinary life in which what is started is as before: the TPM opens them, or is excused. */
#include "program.h"
#include "steps.h"

#include "base/file.h"
#include "measure/efi/pe.h"
#include "measure/grub/env.h"

#define ID "dd02a56b-75cc-4d1b-996c-f8b6226d50ac"
#define SIMPLE "gnulinux-simple-" ID

static void boots_after(struct world *w, int failed, int disk, int expected)
{
	w->failed_options = failed;
	w->disk = disk;
	boots(w, NULL, expected);
}

static void enroll_by_program(struct world *w)
{
	program_install(w);
	if (program_run(w, NULL, "bootseal enroll --key-file /key") != 0)
		fail_msg("%s", w->output);
}

static void silent_of(const struct world *w, const char *text)
{
	if (strstr(w->output, text))
		fail_msg("\"%s\" is said: %s", text, w->output);
}

static void explains(struct world *w, const char *text)
{
	assert_int_equal(program_run(w, NULL, "/usr/lib/bootseal/bootseal explain"), 0);
	says(w, "started exactly what is sealed");
	says(w, text);
	silent_of(w, "do not type");
	silent_of(w, "edited");
}

/* The recorded boot has one failed option: a dock, a stick, or neither are as good. */
static void boot_options_that_fail(void **state)
{
	struct world *w = *state;

	enroll_by_program(w);
	boots_after(w, 1, -1, WORLD_OPENED);
	boots_after(w, 0, -1, WORLD_OPENED);
	boots_after(w, 2, -1, WORLD_OPENED);
	/* that was seen now: one more is the next */
	ok(world_reseal(w));
	boots_after(w, 3, -1, WORLD_OPENED);
	boots_after(w, 1, -1, WORLD_OPENED);
	/* too many: said, without a word on an attack, and nothing moves */
	boots_after(w, 7, -1, WORLD_ASKS);
	explains(w, "7 boot option(s) failed first");
	ok(world_reseal(w));
	assert_false(w->report.changed || w->report.partly);
	assert_int_equal(program_run(w, NULL, "bootseal check"), 0);
	says(w, "7 in this boot, which is not covered");
	boots_after(w, 7, -1, WORLD_ASKS);
	boots_after(w, 1, -1, WORLD_OPENED);
	/* accepted: that and the others */
	boots_after(w, 7, -1, WORLD_ASKS);
	assert_int_equal(program_run(w, NULL, "bootseal reseal --accept-current"), 0);
	boots_after(w, 7, -1, WORLD_OPENED);
	boots_after(w, 1, -1, WORLD_OPENED);
	boots_after(w, 0, -1, WORLD_OPENED);
}

static void disks_that_come_and_go(void **state)
{
	struct world *w = *state;

	w->disk = 1;
	assert_int_equal(world_boot(w, NULL), WORLD_NOT_ENROLLED);
	enroll_by_program(w);
	boots_after(w, -1, 1, WORLD_OPENED);
	boots_after(w, -1, 2, WORLD_OPENED);
	boots_after(w, -1, 0, WORLD_OPENED);
	boots_after(w, -1, 6, WORLD_ASKS);
	explains(w, "hd6");
	boots_after(w, -1, 1, WORLD_OPENED);
}

static void save_entry(const struct world *w, const char *name)
{
	char block[1024];
	size_t len;
	char *env = world_read(w, "/boot/grub/grubenv", &len);

	assert_int_equal(len, sizeof(block));
	memcpy(block, env, len);
	free(env);
	assert_int_equal(grub_env_set((uint8_t *)block, len, "saved_entry", name), 0);
	world_write(w, "/boot/grub/grubenv", block, len);
}

static const char saving[] =
	"sed -i 's#   set default=\"0\"#   set default=\"${saved_entry}\"#; "
	"s#^function load_video {#function savedefault {\\n  if [ -z \"${boot_once}\" ]; then\\n"
	"    saved_entry=\"${chosen}\"\\n    save_env saved_entry\\n  fi\\n}\\nfunction load_video {#; "
	"s#^\\tload_video#\\tsavedefault\\n\\tload_video#' usr/sbin/grub-mkconfig; "
	"printf \"%s\\n\" \"cat <<'END'\" \"menuentry 'Windows' --id windows {\" savedefault "
	"'chainloader /EFI/Microsoft/Boot/bootmgfw.efi' '}' END >>usr/sbin/grub-mkconfig";

/* GRUB_SAVEDEFAULT: what was chosen last is in grubenv, which is measured, also a different system. */
static void back_from_another_system(void **state)
{
	struct world *w = *state;

	world_shell(w, "%s", saving);
	ok(world_enroll(w));
	kernel_installed(w);
	ok(world_reseal(w));
	boots(w, SIMPLE, WORLD_OPENED);
	ok(world_reseal(w));
	boots(w, NULL, WORLD_OPENED);
	save_entry(w, "windows");
	boots(w, SIMPLE, WORLD_OPENED);
	save_entry(w, "gnulinux-advanced-" ID ">gnulinux-" WORLD_OLD "-recovery-" ID);
	boots(w, SIMPLE, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	boots(w, NULL, WORLD_OPENED);
}

/* As grub-btrfs makes them, from a file that nobody vouches for. */
static void snapshots(void **state)
{
	struct world *w = *state;

	enroll_by_program(w);
	world_shell(w, "for i in $(seq 40); do printf \"submenu 'snapshot %%s' {\\n"
		    "menuentry 'kernel %%s' {\\n"
		    "search --no-floppy --fs-uuid --set=root d83bebd6-a56a-4dd2-9eb0-e514bcb77191\\n"
		    "linux /vmlinuz-" WORLD_OLD " root=/dev/mapper/cryptroot ro quiet "
		    "rootflags=subvol=@%%s\\n"
		    "initrd /initrd.img-" WORLD_OLD "\\n}\\n}\\n\" $i $i $i; done >boot/grub/grub-btrfs.cfg");
	world_shell(w, "printf \"%%s\\n\" \"cat <<'END'\" \"submenu 'Snapshots' {\" "
		    "'configfile ${prefix}/grub-btrfs.cfg' '}' END >>usr/sbin/grub-mkconfig");
	boots(w, NULL, WORLD_OPENED);
	assert_int_equal(program_run(w, NULL, "kernel install " WORLD_NEW " && kernel grub"), 0);
	assert_int_equal(program_run(w, NULL, "bootseal reseal --strict"), 0);
	says(w, "40 other menu entries");
	silent_of(w, "Refused");
	silent_of(w, "snapshot 2");
	assert_int_equal(program_run(w, NULL, "bootseal check"), 0);
	says(w, "40 other menu entries");
	boots(w, NULL, WORLD_OPENED);
	boots(w, world_entry(WORLD_OLD), WORLD_OPENED);
	boots_after(w, 2, 1, WORLD_OPENED);
}

/* Such as proxmox-kernel-*-signed. */
static void kernel_of_another_package(void **state)
{
	struct world *w = *state;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	kernel_installed(w);
	world_shell(w, "mv var/lib/dpkg/info/linux-image-" WORLD_NEW ".md5sums "
		    "var/lib/dpkg/info/proxmox-kernel-" WORLD_NEW "-signed.md5sums");
	ok(world_reseal(w));
	assert_true(w->report.default_covered && !w->report.partly);
	boots(w, NULL, WORLD_OPENED);
}

/* A second signature behind the first, with which it runs under Secure Boot: its own once more. */
static void sign_again(const struct world *w, const char *path)
{
	struct buffer image = BUFFER_NONE;
	struct reader file;
	struct pe pe;
	uint32_t len;

	assert_int_equal(file_read(world_path(w, path), 1 << 26, NULL, &image), 0);
	file = reader_new(image.data, image.len);
	assert_int_equal(pe_parse(&file, NULL, &pe), 0);
	assert_int_equal(pe.n_signatures, 1);
	len = 2 * pe.certs.left;
	for (size_t i = 0; i < 4; i++)
		image.data[pe.cert_dir_at + 4 + i] = len >> (8 * i);
	len = pe.certs.left;
	for (size_t from = image.len - len, i = 0; i < len; i++)
		buffer_add_u8(&image, image.data[from + i]);
	assert_true(buffer_ok(&image));
	world_write(w, path, image.data, image.len);
	buffer_free(&image);
}

/* A hook of the owner's signs each kernel that comes. */
static void kernel_that_the_owner_signs(void **state)
{
	struct world *w = *state;

	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
	kernel_installed(w);
	sign_again(w, "/boot/vmlinuz-" WORLD_NEW);
	ok(world_reseal(w));
	assert_true(w->report.default_covered && !w->report.partly);
	boots(w, NULL, WORLD_OPENED);
	assert_true(world_all_open(w));
}

/* update-grub by an administrator whose shell speaks another language, then the path unit's reseal. */
static void update_grub_in_another_language(void **state)
{
	struct world *w = *state;

	world_shell(w, "sed -i \"s#^echo \\\"submenu 'Advanced options for Debian GNU/Linux'#"
		    "case \\\"\\${LANG:-}\\\" in fr*) adv=avancees ;; *) adv='Advanced options' ;; esac; "
		    "echo \\\"submenu '\\$adv'#\" "
		    "usr/sbin/grub-mkconfig");
	world_write_text(w, "/etc/default/locale", "LANG=\"en_US.UTF-8\"\n");
	world_write_text(w, "/etc/locale.gen", "fr_FR.UTF-8 UTF-8\n");
	world_shell(w, "d=usr/share/locale/fr/LC_MESSAGES; mkdir -p $d; : >$d/grub.mo");
	enroll_by_program(w);
	boots(w, NULL, WORLD_OPENED);
	assert_int_equal(program_run(w, "LANG=fr_FR.UTF-8", "kernel grub"), 0);
	world_shell(w, "grep -q avancees boot/grub/grub.cfg");
	assert_int_equal(program_run(w, "LANG=en_US.UTF-8", "bootseal reseal --hook --strict"), 0);
	boots(w, NULL, WORLD_OPENED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(boot_options_that_fail),
		world_test(disks_that_come_and_go),
		world_test(back_from_another_system),
		world_test(snapshots),
		world_test(kernel_of_another_package),
		world_test(kernel_that_the_owner_signs),
		world_test(update_grub_in_another_language),
	};

	program_private_mounts();
	return cmocka_run_group_tests(tests, world_make_base, world_remove_base);
}
