#include "world.h"

#include <stdarg.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/file.h"
#include "machine/chain/calibration.h"
#include "machine/trust/initrd.h"
#include "machine/recovery.h"
#include "seal/volume.h"

#define ID "dd02a56b-75cc-4d1b-996c-f8b6226d50ac"

static char base_dir[64];

#define ROOM (1ull << 30) /* bytes */

/* In memory where there is room and programs may run: a world is copied for every test. */
static bool memory_is_fit(void)
{
	struct statvfs v;

	return access("/dev/shm", W_OK) == 0 && statvfs("/dev/shm", &v) == 0 && !(v.f_flag & ST_NOEXEC) &&
	       (unsigned long long)v.f_bavail * v.f_frsize > ROOM;
}

void world_host(const char *fmt, ...)
{
	char command[4 * PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	assert_true(vsnprintf(command, sizeof(command), fmt, ap) < (int)sizeof(command));
	va_end(ap);
	if (system(command) != 0)
		fail_msg("this failed: %s", command);
}

int world_make_base(void **state)
{
	strcpy(base_dir, memory_is_fit() ? "/dev/shm/bootseal-world-XXXXXX" : "/tmp/bootseal-world-XXXXXX");
	assert_non_null(mkdtemp(base_dir));
	world_host("tests/world/make-tree %s/root", base_dir);
	return 0;
}

int world_remove_base(void **state)
{
	world_host("rm -rf %s", base_dir);
	return 0;
}

void world_new(struct world *w)
{
	*w = (struct world){ .failed_options = -1, .disk = -1, .report = RESEAL_REPORT_NONE };
	/* within, so that what a failed test leaves goes with the base */
	snprintf(w->dir, sizeof(w->dir), "%.40s/XXXXXX", base_dir);
	assert_non_null(mkdtemp(w->dir));
	world_host("cp -a --sparse=always %s/root %s/", base_dir, w->dir);
	swtpm_start(&w->swtpm);
	assert_int_equal(world_boot(w, NULL), WORLD_NOT_ENROLLED);
}

void world_free(struct world *w)
{
	swtpm_stop(&w->swtpm);
	reseal_report_free(&w->report);
	free(w->output);
	world_host("rm -rf %s", w->dir);
}

const char *world_path(const struct world *w, const char *path)
{
	static char paths[5][PATH_MAX];
	static unsigned next;
	char *p = paths[next++ % 5];

	snprintf(p, PATH_MAX, "%s/root%s", w->dir, path);
	return p;
}

char *world_read(const struct world *w, const char *path, size_t *ret_len)
{
	struct error err = ERROR_NONE;
	struct buffer b = BUFFER_NONE;

	if (file_read(world_path(w, path), 64 << 20, &err, &b) < 0)
		fail_msg("%s", err.text);
	if (ret_len)
		*ret_len = b.len;
	return b.data ? buffer_steal(&b) : strdup("");
}

void world_write(const struct world *w, const char *path, const void *bytes, size_t len)
{
	struct error err = ERROR_NONE;

	if (file_replace(world_path(w, path), bytes, len, 0644, &err) < 0)
		fail_msg("%s", err.text);
}

void world_write_text(const struct world *w, const char *path, const char *text)
{
	world_write(w, path, text, strlen(text));
}

bool world_has(const struct world *w, const char *path)
{
	return file_exists(world_path(w, path));
}

void world_flip(const struct world *w, const char *path)
{
	size_t len;
	char *bytes = world_read(w, path, &len);

	assert_true(len > 0);
	bytes[len / 2] ^= 1;
	world_write(w, path, bytes, len);
	free(bytes);
}

void world_shell(const struct world *w, const char *fmt, ...)
{
	char command[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	assert_true(vsnprintf(command, sizeof(command), fmt, ap) < (int)sizeof(command));
	va_end(ap);
	world_host("cd %s/root && { %s; }", w->dir, command);
}

const char *world_entry(const char *release)
{
	static char entry[256];

	snprintf(entry, sizeof(entry), "gnulinux-advanced-" ID ">gnulinux-%s-advanced-" ID, release);
	return entry;
}

/* What the initramfs would have of us. */
struct initramfs {
	struct world *w;
	bool program, anchor;
};

static bool wants_nothing(void *context, const char *name)
{
	return false;
}

static int unpack(void *context, const struct cpio_entry *e)
{
	struct initramfs *i = context;

	if (strcmp(e->name, "sbin/bootseal-unlock") == 0)
		i->program = true;
	if (strcmp(e->name, "etc/bootseal/anchor") == 0 && e->data) {
		world_write(i->w, "/run/initramfs/anchor", e->data, e->size);
		i->anchor = true;
	}
	if (strcmp(e->name, "cryptroot/crypttab") == 0)
		world_write(i->w, "/run/initramfs/crypttab", e->data, e->size);
	return 0;
}

static bool unpack_initrd(struct world *w, const char *path)
{
	struct initramfs i = { .w = w };
	const struct cpio_sink sink = { .context = &i, .wants = wants_nothing, .entry = unpack };
	struct reader bytes;
	size_t len;
	char *initrd;

	if (path[0] == '\0')
		return false;
	initrd = world_read(w, path, &len);
	bytes = reader_new(initrd, len);
	if (initrd_unpack(&bytes, &sink, &w->err) < 0)
		fail_msg("%s: %s", path, w->err.text);
	free(initrd);
	return i.program && i.anchor;
}

/* bootseal-boot.service */
static void calibrate_boot(struct world *w)
{
	const struct calibrate_options o = { .record = true };
	struct calibration c = CALIBRATION_NONE;
	struct chain *chain = NULL;

	if (chain_load(&w->machine, &w->err, &chain) < 0 || chain_calibrate(chain, &o, &w->err, &c) < 0)
		fail_msg("%s", w->err.text);
	calibration_free(&c);
	chain_free(chain);
}

bool world_power_on(struct world *w, const char *entry)
{
	char initrd[PATH_MAX];

	world_shell(w, "rm -rf run/bootseal run/initramfs && mkdir -p run/bootseal run/initramfs");
	world_measure(w, entry, initrd);
	if (!unpack_initrd(w, initrd))
		return false;
	/* bootseal-unlock runs outside of the tree */
	world_shell(w, "sed -i \"s#UUID=#$PWD/dev/disk/by-uuid/#\" run/initramfs/crypttab");
	world_write_text(w, "/run/initramfs/cmdline", "root=/dev/mapper/cryptroot ro quiet\n");
	return true;
}

int world_boot_only(struct world *w, const char *entry)
{
	return world_power_on(w, entry) ? world_unlock(w) : WORLD_NOT_ENROLLED;
}

int world_boot(struct world *w, const char *entry)
{
	int code = world_boot_only(w, entry);

	calibrate_boot(w);
	return code;
}

void world_secret(const char *text, struct secret *ret)
{
	if (secret_new(strlen(text), ret) < 0)
		abort(); /* also called outside of a test */
	memcpy(ret->bytes, text, ret->len);
}

static int enroll(struct world *w, struct enroll_options o)
{
	struct secret passphrase = SECRET_NONE;
	int r;

	o.passphrase = &passphrase;
	o.tcti = w->swtpm.tcti;
	world_secret(WORLD_PASSPHRASE, &passphrase);
	reseal_report_free(&w->report);
	w->err = ERROR_NONE;
	r = enroll_run(&w->machine, &o, &w->err, &w->report);
	secret_free(&passphrase);
	return r;
}

int world_enroll(struct world *w)
{
	return enroll(w, (struct enroll_options){ .tcti = NULL });
}

int world_enroll_accepting(struct world *w)
{
	return enroll(w, (struct enroll_options){ .accept_current = true });
}

int world_enroll_without_log(struct world *w)
{
	return enroll(w, (struct enroll_options){ .without_log = true });
}

int world_enroll_pin(struct world *w, const char *pin, bool accept)
{
	struct secret s = SECRET_NONE;
	int r;

	world_secret(pin, &s);
	r = enroll(w, (struct enroll_options){ .with_pin = true,
					       .pin = &s,
					       .pin_iterations = 2000,
					       .accept_current = accept });
	secret_free(&s);
	return r;
}

int world_reseal_with(struct world *w, const struct reseal_options *o)
{
	struct reseal_options with_tpm = *o;

	with_tpm.tcti = w->swtpm.tcti;
	reseal_report_free(&w->report);
	w->err = ERROR_NONE;
	return reseal_run(&w->machine, &with_tpm, &w->err, &w->report);
}

int world_reseal(struct world *w)
{
	const struct reseal_options o = { .tcti = NULL };

	return world_reseal_with(w, &o);
}

int world_remove(struct world *w, struct remove_report *ret)
{
	w->err = ERROR_NONE;
	return enroll_remove(&w->machine, w->swtpm.tcti, &w->err, ret);
}

int world_set_recovery_key(struct world *w, const char *key)
{
	struct secret passphrase = SECRET_NONE, secret = SECRET_NONE;
	int slot, r;

	w->err = ERROR_NONE;
	world_secret(WORLD_PASSPHRASE, &passphrase);
	world_secret(key, &secret);
	r = recovery_set(&w->machine, &passphrase, &secret, &w->err, &slot);
	secret_free(&passphrase);
	secret_free(&secret);
	return r;
}

int world_run_post_update(struct world *w)
{
	char *calls = world_read(w, "/post-update-calls", NULL), *rest = calls, *line;
	char release[64], path[128], enrolling[8];
	int r = 0;

	unlink(world_path(w, "/post-update-calls"));
	while (r == 0 && (line = strsep(&rest, "\n")) && *line) {
		enrolling[0] = '\0';
		assert_true(sscanf(line, "%63s %127s %7s", release, path, enrolling) >= 2);
		if (enrolling[0])
			continue;
		r = reseal_vouch_initrd(&w->machine, release, path, &w->err);
		/* the same call of the hook goes on: bootseal reseal --hook --initrd */
		if (r == 0)
			r = world_reseal(w);
	}
	free(calls);
	return r;
}

static void kernel(const struct world *w, const char *what, const char *release)
{
	world_host("chroot %s/root /usr/sbin/kernel %s %s", w->dir, what, release);
}

void world_kernel_unseen(struct world *w, const char *what, const char *release)
{
	kernel(w, what, release);
	kernel(w, "grub", "");
}

int world_install_kernel(struct world *w, const char *release)
{
	int r;

	world_shell(w, "rm -f post-update-calls");
	kernel(w, "install", release);
	r = world_run_post_update(w);
	kernel(w, "grub", "");
	return r < 0 ? r : world_reseal(w);
}

int world_purge_kernel(struct world *w, const char *release)
{
	kernel(w, "remove", release);
	kernel(w, "grub", "");
	return world_reseal(w);
}

int world_update_initramfs(struct world *w, const char *release)
{
	world_shell(w, "rm -f post-update-calls");
	world_host("chroot %s/root /usr/sbin/update-initramfs -u -k %s", w->dir, release);
	return world_run_post_update(w);
}
