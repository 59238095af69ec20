#include "machine/record/late_volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define KEY_LEN 32

int late_volumes_read(const struct machine *m, struct error *err, struct anchor *ret)
{
	struct buffer text = BUFFER_NONE;
	struct error why = ERROR_NONE;
	int r;

	*ret = (struct anchor){ .target_count = 0 };
	r = machine_read(m, LATE_VOLUMES_PATH, ANCHOR_MAX_LEN, &why, &text);
	if (r == 0)
		r = anchor_parse_volumes(text.data, text.len, LATE_VOLUMES_PATH, &why, ret);
	buffer_free(&text);
	if (r == 0 || r == -ENOENT)
		return 0;
	if (r != -EFBIG && r != -EBADMSG)
		return error_set(err, r, "%s", why.text);
	return error_set(err, -EBADMSG, "%s; 'bootseal enroll' with these volumes open writes a new list",
			 why.text);
}

/* The path, its directory made. */
static int prepare(const struct machine *m, const char *file, struct error *err, char ret[static PATH_MAX])
{
	int r;

	r = machine_path(m, "/etc/bootseal", ret);
	if (r == 0)
		r = file_mkdir(ret, 0755, err);
	return r == 0 ? machine_path(m, file, ret) : r;
}

/* The list goes before the key, so that no list is without one. */
static int clear(const struct machine *m, struct error *err)
{
	int r = machine_forget(m, LATE_VOLUMES_PATH, err);

	return r < 0 ? r : machine_forget(m, LATE_KEY_PATH, err);
}

static int write_list(const struct machine *m, const struct anchor *a, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	if (a->target_count == 0)
		return clear(m, err);
	r = anchor_format_volumes(a, &text);
	if (r == 0)
		r = prepare(m, LATE_VOLUMES_PATH, err, path);
	if (r == 0)
		r = file_replace(path, text.data, text.len, 0644, err);
	buffer_free(&text);
	return r;
}

static void take_off(struct anchor *a, const char *name, const char *uuid)
{
	size_t n = 0;

	for (size_t i = 0; i < a->target_count; i++)
		if (strcmp(a->target[i].name, name) != 0 && strcmp(a->target[i].uuid, uuid) != 0)
			a->target[n++] = a->target[i];
	a->target_count = n;
}

int late_volumes_put(const struct machine *m, const struct anchor_target *t, struct error *err)
{
	struct anchor a;
	int r;

	r = late_volumes_read(m, err, &a);
	if (r < 0 && r != -EBADMSG)
		return r;
	take_off(&a, t->name, t->uuid);
	if (a.target_count == TARGET_MAX)
		return error_set(err, -E2BIG,
				 LATE_VOLUMES_PATH
				 ": has %d volumes, which is as many as fit; 'bootseal remove "
				 "--volume %s' removes one, for example",
				 TARGET_MAX, a.target[0].name);
	a.target[a.target_count++] = *t;
	return write_list(m, &a, err);
}

int late_volumes_drop(const struct machine *m, const char *name, struct error *err)
{
	struct anchor a;
	int r;

	r = late_volumes_read(m, err, &a);
	if (r < 0)
		return r;
	take_off(&a, name, "");
	return write_list(m, &a, err);
}

int late_key_load(const struct machine *m, struct error *err, struct secret *ret)
{
	char path[PATH_MAX];
	int fd, r;

	r = machine_path(m, LATE_KEY_PATH, path);
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? -ENOENT
				       : error_set(err, -errno, "%s: %s", LATE_KEY_PATH, strerror(errno));
	r = secret_read_fd(fd, KEY_LEN, ret);
	close(fd);
	if (r == 0 && ret->len != KEY_LEN) {
		secret_free(ret);
		r = -EBADMSG;
	}
	if (r == -EBADMSG || r == -EFBIG)
		return error_set(err, -EBADMSG, LATE_KEY_PATH ": damaged: it has not %d bytes", KEY_LEN);
	return r < 0 ? error_set(err, r, LATE_KEY_PATH ": cannot read: %s", strerror(-r)) : 0;
}

int late_key_ensure(const struct machine *m, struct error *err, struct secret *ret)
{
	char path[PATH_MAX];
	int r;

	r = late_key_load(m, err, ret);
	if (r != -ENOENT && r != -EBADMSG)
		return r;
	r = secret_random(KEY_LEN, ret);
	if (r < 0)
		return error_set(err, r, "cannot make a key: %s", strerror(-r));
	r = prepare(m, LATE_KEY_PATH, err, path);
	if (r == 0)
		r = file_replace(path, ret->bytes, ret->len, 0400, err);
	if (r < 0)
		secret_free(ret);
	return r;
}
