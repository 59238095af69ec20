#include "image/ext4.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "base/reader.h"

#define TIMEOUT_MS  (5 * 60 * 1000)
#define LISTING_MAX (4u << 20)

/* debugfs takes a request as one string, in which it would see quotes and blanks. */
static bool is_plain(const char *path)
{
	return path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+._~@%/-")] ==
	       '\0';
}

static int ask(const struct ext4 *fs, const char *request, struct error *err, struct buffer *ret)
{
	struct buffer place = BUFFER_NONE;
	const char *argv[] = { "debugfs", "-c", "-R", request, NULL, NULL };
	int r;

	buffer_addf(&place, "%s?offset=%" PRIu64, fs->image, fs->at);
	argv[4] = buffer_str(&place);
	r = buffer_ok(&place) ? process_capture(&(struct process){ .argv = argv, .timeout_ms = TIMEOUT_MS },
						LISTING_MAX, err, ret) :
				-ENOMEM;
	buffer_free(&place);
	return r;
}

/* The field that ends at the next slash; its length without that. */
static bool take_field(struct reader *line, struct reader *ret)
{
	const uint8_t *end = memchr(line->at, '/', line->left);

	return end && reader_take(line, end - line->at, ret) && reader_skip(line, 1);
}

/* Digits only, as debugfs has written them. */
static bool take_number(struct reader *line, int base, uint64_t *ret)
{
	struct reader field;
	char digits[24], *end;

	if (!take_field(line, &field) || field.left >= sizeof(digits))
		return false;
	memcpy(digits, field.at, field.left);
	digits[field.left] = '\0';
	*ret = strtoull(digits, &end, base);
	return *end == '\0';
}

/* "/inode/mode/user/group/name/size/", of a folder without a size */
static bool take_entry(struct reader line, struct ext4_entry *ret)
{
	struct reader skipped, name;
	uint64_t mode;

	if (!take_field(&line, &skipped) || !take_field(&line, &skipped) || !take_number(&line, 8, &mode) ||
	    !take_field(&line, &skipped) || !take_field(&line, &skipped) || !take_field(&line, &name) ||
	    name.left == 0 || name.left >= EXT4_NAME_MAX || !take_number(&line, 10, &ret->size))
		return false;
	ret->mode = mode;
	memcpy(ret->name, name.at, name.left);
	ret->name[name.left] = '\0';
	return strcmp(ret->name, ".") != 0 && strcmp(ret->name, "..") != 0;
}

int ext4_entries(const struct ext4 *fs, const char *folder,
		 int (*each)(void *context, const struct ext4_entry *e), void *context, struct error *err)
{
	struct buffer said = BUFFER_NONE;
	struct reader text, line;
	struct ext4_entry entry;
	char request[PATH_MAX];
	bool any = false;
	int r;

	if (!is_plain(folder) ||
	    snprintf(request, sizeof(request), "ls -p %s", folder) >= (int)sizeof(request))
		return error_set(err, -EINVAL, "no folder to be listed: %s", folder);
	r = ask(fs, request, err, &said);
	text = reader_new(said.data, said.len);
	while (r == 0 && reader_line(&text, &line)) {
		any |= line.left > 0 && line.at[0] == '/';
		if (take_entry(line, &entry))
			r = each(context, &entry);
	}
	buffer_free(&said);
	/* it ends well, and has said why not on standard error */
	return r == 0 && !any ? error_set(err, -ENOENT, "%s: no such folder in the image", folder) : r;
}

struct names {
	int (*each)(void *context, const char *name);
	void *context;
};

static int give_name(void *context, const struct ext4_entry *e)
{
	const struct names *n = context;

	return n->each(n->context, e->name);
}

int ext4_list(const struct ext4 *fs, const char *folder, int (*each)(void *context, const char *name),
	      void *context, struct error *err)
{
	struct names n = { each, context };

	return ext4_entries(fs, folder, give_name, &n, err);
}

struct wanted {
	const char *name;
	bool found;
};

static int compare(void *context, const char *name)
{
	struct wanted *w = context;

	w->found |= strcmp(w->name, name) == 0;
	return 0;
}

bool ext4_has(const struct ext4 *fs, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct wanted w = { .name = slash + 1 };
	char folder[300];

	snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return ext4_list(fs, folder, compare, &w, NULL) == 0 && w.found;
}

/* ret_st: of what was written. */
static int dump(const struct ext4 *fs, const char *option, const char *path, const char *target,
		struct error *err, struct stat *ret_st)
{
	struct buffer request = BUFFER_NONE, said = BUFFER_NONE;
	int r;

	if (!is_plain(path) || strchr(target, '"') || strchr(target, '\n'))
		return error_set(err, -EINVAL, "%s: a name that debugfs does not take",
				 is_plain(path) ? target : path);
	unlink(target);
	buffer_addf(&request, "dump %s%s \"%s\"", option, path, target);
	r = buffer_ok(&request) ? ask(fs, buffer_str(&request), err, &said) : -ENOMEM;
	buffer_free(&request);
	buffer_free(&said);
	return r == 0 && stat(target, ret_st) < 0 ?
		       error_set(err, -ENOENT, "%s cannot be read from the image", path) :
		       r;
}

int ext4_copy_out(const struct ext4 *fs, const char *path, const char *target, struct error *err)
{
	struct stat st;
	int r = dump(fs, "", path, target, err, &st);

	if (r == 0 && st.st_size == 0)
		r = error_set(err, -ENOENT, "%s cannot be read from the image", path);
	return r;
}

int ext4_copy_with_time(const struct ext4 *fs, const char *path, uint64_t size, const char *target,
			struct error *err)
{
	struct stat st;
	int r = dump(fs, "-p ", path, target, err, &st);

	if (r == 0 && ((uint64_t)st.st_size != size || chmod(target, 0600) < 0))
		r = error_set(err, -EIO, "%s cannot be read from the image as a whole", path);
	return r;
}

int ext4_copy_link(const struct ext4 *fs, const char *path, const char *target, struct error *err)
{
	static const char before[] = "Fast link dest: \"";
	struct buffer request = BUFFER_NONE, said = BUFFER_NONE;
	char *to, *end;
	int r;

	if (!is_plain(path))
		return error_set(err, -EINVAL, "%s: a name that debugfs does not take", path);
	buffer_addf(&request, "stat %s", path);
	r = buffer_ok(&request) ? ask(fs, buffer_str(&request), err, &said) : -ENOMEM;
	to = r == 0 ? strstr((char *)buffer_str(&said), before) : NULL;
	end = to ? strrchr(to, '"') : NULL;
	if (r == 0 && (!to || end < to + sizeof(before) - 1))
		r = error_set(err, -EOPNOTSUPP, "%s: a link that leads further than 60 characters", path);
	else if (r == 0) {
		*end = '\0';
		if (symlink(to + sizeof(before) - 1, target) < 0)
			r = error_set(err, -errno, "%s: %s", target, strerror(errno));
	}
	buffer_free(&request);
	buffer_free(&said);
	return r;
}
