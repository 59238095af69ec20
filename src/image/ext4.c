#include "image/ext4.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
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

/* "/inode/mode/user/group/name/size/" */
static bool name_of(struct reader line, char ret[static EXT4_NAME_MAX])
{
	const uint8_t *end;

	for (int fields = 0; fields < 5; fields++) {
		end = memchr(line.at, '/', line.left);
		if (!end)
			return false;
		reader_skip(&line, end - line.at + 1);
	}
	end = memchr(line.at, '/', line.left);
	if (!end || end == line.at || end - line.at >= EXT4_NAME_MAX)
		return false;
	memcpy(ret, line.at, end - line.at);
	ret[end - line.at] = '\0';
	return strcmp(ret, ".") != 0 && strcmp(ret, "..") != 0;
}

int ext4_list(const struct ext4 *fs, const char *folder, int (*each)(void *context, const char *name),
	      void *context, struct error *err)
{
	struct buffer said = BUFFER_NONE;
	struct reader text, line;
	char request[300], name[EXT4_NAME_MAX];
	bool any = false;
	int r;

	if (!is_plain(folder) ||
	    snprintf(request, sizeof(request), "ls -p %s", folder) >= (int)sizeof(request))
		return error_set(err, -EINVAL, "no folder to be listed: %s", folder);
	r = ask(fs, request, err, &said);
	text = reader_new(said.data, said.len);
	while (r == 0 && reader_line(&text, &line)) {
		any |= line.left > 0 && line.at[0] == '/';
		if (name_of(line, name))
			r = each(context, name);
	}
	buffer_free(&said);
	/* it ends well, and has said why not on standard error */
	return r == 0 && !any ? error_set(err, -ENOENT, "%s: no such folder in the image", folder) : r;
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

int ext4_copy_out(const struct ext4 *fs, const char *path, const char *target, struct error *err)
{
	struct buffer request = BUFFER_NONE, said = BUFFER_NONE;
	struct stat st;
	int r;

	if (!is_plain(path) || strchr(target, '"') || strchr(target, '\n'))
		return error_set(err, -EINVAL, "%s: a name that debugfs does not take",
				 is_plain(path) ? target : path);
	unlink(target);
	buffer_addf(&request, "dump %s \"%s\"", path, target);
	r = buffer_ok(&request) ? ask(fs, buffer_str(&request), err, &said) : -ENOMEM;
	buffer_free(&request);
	buffer_free(&said);
	if (r == 0 && (stat(target, &st) < 0 || st.st_size == 0))
		r = error_set(err, -ENOENT, "%s cannot be read from the image", path);
	return r;
}
