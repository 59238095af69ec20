#include "image/encrypt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/process.h"
#include "seal/anchor.h"
#include "seal/token_named.h"

#define CONVERT_TIMEOUT_MS (2 * 60 * 60 * 1000)
#define DONE_MAX	   64

static int new_disk(const char *path, uint64_t size, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), r = 0;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		r = error_set(err, -errno, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

/* Lines for scripts/image/encrypt. */
static int settings(const struct image_encrypt *o, struct secret *ret)
{
	static const char format[] = "name %s\nfirst-boot %s\nrecovery %s\nkey ";
	char head[sizeof(format) + TARGET_NAME_MAX + 8];
	static const char go[] = "\ngo\n", digits[] = "0123456789abcdef";
	size_t n = snprintf(head, sizeof(head), format, o->mapping, o->first_boot ? "yes" : "no",
			    o->is_recovery ? "yes" : "no");
	uint8_t *at;
	int r;

	r = secret_new(n + 2 * o->key->len + sizeof(go) - 1, ret);
	if (r < 0)
		return r;
	at = ret->bytes;
	memcpy(at, head, n);
	at += n;
	for (size_t i = 0; i < o->key->len; i++) {
		*at++ = digits[o->key->bytes[i] >> 4];
		*at++ = digits[o->key->bytes[i] & 15];
	}
	memcpy(at, go, sizeof(go) - 1);
	return 0;
}

static int run_helper(const struct image_source *s, const struct image_encrypt *o, const char *target,
		      struct error *err)
{
	const struct helper_file setting = { .name = "zz-bootseal.cfg", .text = o->grub_setting };
	char vmlinuz[PATH_MAX + 16], initrd[PATH_MAX + 16], cmdline[128], uuid[DONE_MAX];
	struct secret lines = SECRET_NONE;
	struct helper h = {
		.work = s->work,
		.source = s->raw,
		.target = target,
		.vmlinuz = vmlinuz,
		.initrd = initrd,
		.cmdline = cmdline,
		.script = helper_script_encrypt(),
		.file = &setting,
		.file_count = 1,
		.settings = &lines,
		.said = o->said,
		.context = o->context,
	};
	int n, r;

	snprintf(vmlinuz, sizeof(vmlinuz), "%s/vmlinuz", s->work);
	snprintf(initrd, sizeof(initrd), "%s/initrd.img", s->work);
	n = snprintf(cmdline, sizeof(cmdline), "root_part=%u esp_part=%u", s->root->number, s->esp->number);
	if (s->boot)
		snprintf(cmdline + n, sizeof(cmdline) - n, " boot_part=%u", s->boot->number);
	r = settings(o, &lines);
	if (r < 0)
		return error_set(err, r, "no memory for the key: %s", strerror(-r));
	r = image_source_kernel(s, err);
	if (r == 0)
		r = helper_run(&h, err, uuid, sizeof(uuid));
	secret_free(&lines);
	return r;
}

/* In the format of the old one. ret: its path. */
static int convert(const struct image_source *s, const char *target, char ret[static PATH_MAX],
		   struct error *err)
{
	static const char fixed[] = "subformat=fixed,force_size=on";
	static const char dynamic[] = "subformat=dynamic,force_size=on";
	const bool vpc = strcmp(s->format, "vpc") == 0;
	const char *how = !vpc ? "compat=1.1" : s->is_fixed ? fixed : dynamic;
	const char *const argv[] = {
		"qemu-img", "convert", "-f", "raw", "-O", s->format, "-o", how, "--", target, ret, NULL,
	};

	if (strcmp(s->format, "raw") == 0) {
		snprintf(ret, PATH_MAX, "%s", target);
		return 0;
	}
	if (snprintf(ret, PATH_MAX, "%s/converted", s->work) >= PATH_MAX)
		return error_set(err, -ENAMETOOLONG, "%s: too long", s->work);
	return process_run(&(struct process){ .argv = argv, .timeout_ms = CONVERT_TIMEOUT_MS }, err);
}

static int sync_path(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), r = 0;

	if (fd < 0 || fsync(fd) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

/* Complete on the disk before it has the name. Who may read the old one may read this one. */
static int put_in_place(const struct image_source *s, const char *from, const char *to, struct error *err)
{
	char folder[PATH_MAX];
	struct stat st;
	const char *slash;
	int r = 0;

	if (stat(s->path, &st) < 0 || chmod(from, st.st_mode & 0777) < 0)
		r = -errno;
	if (r == 0 && geteuid() == 0 && chown(from, st.st_uid, st.st_gid) < 0)
		r = -errno;
	if (r == 0)
		r = sync_path(from, 0);
	if (r == 0 && rename(from, to) < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, r, "%s: cannot be put in place: %s", to, strerror(-r));
	slash = strrchr(to, '/');
	snprintf(folder, sizeof(folder), "%.*s",
		 slash == to ? 1 :
		 slash	     ? (int)(slash - to) :
			       1,
		 slash ? to : ".");
	r = sync_path(folder, O_DIRECTORY);
	return r < 0 ? error_set(err, r, "%s: %s", folder, strerror(-r)) : 0;
}

int image_encrypt(const struct image_source *s, const struct image_encrypt *o, struct error *err)
{
	char target[PATH_MAX], made[PATH_MAX];
	int r;

	if (s->encrypted)
		return error_set(err, -ECANCELED, "%s: its root is encrypted already", s->path);
	if (!s->kernel[0])
		return error_set(err, -ECANCELED, "%s: there is no kernel with an initrd in its /boot",
				 s->path);
	if (!anchor_takes_name(o->mapping))
		return error_set(err, -EINVAL, "%s: no name for a volume", o->mapping);
	if (snprintf(target, sizeof(target), "%s/new", s->work) >= (int)sizeof(target))
		return error_set(err, -ENAMETOOLONG, "%s: too long", s->work);
	r = new_disk(target, s->size, err);
	if (r == 0)
		r = run_helper(s, o, target, err);
	if (r == 0)
		r = convert(s, target, made, err);
	if (r == 0)
		r = o->ready(o->context, err);
	return r == 0 ? put_in_place(s, made, o->output ? o->output : s->path, err) : r;
}
