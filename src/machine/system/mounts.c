#include "machine/system/mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/reader.h"

#define TABLE_MAX_LEN (4u << 20)
#define LINE_MAX_LEN 16384

void mounts_unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && strspn(s + 1, "01234567") >= 3) {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /mount/point options [tags] - type source options" */
static bool parse(const struct reader *line, struct mount_line *ret)
{
	char text[LINE_MAX_LEN];
	const char *end;

	if (line->left >= sizeof(text))
		return false;
	if (line->left > 0)
		memcpy(text, line->at, line->left);
	text[line->left] = '\0';
	if (sscanf(text, "%*u %*u %u:%u %4095s %4095s %255s", &ret->major, &ret->minor, ret->root, ret->dir,
		   ret->options) != 5)
		return false;
	mounts_unescape(ret->dir);
	ret->fs[0] = ret->source[0] = '\0';
	end = strstr(text, " - ");
	if (end)
		sscanf(end, " - %31s %255s", ret->fs, ret->source);
	return true;
}

int mounts_each(const struct machine *m, struct error *err,
		int (*each)(void *context, const struct mount_line *line), void *context)
{
	struct buffer text = BUFFER_NONE;
	struct reader rest, line;
	struct mount_line parsed;
	int r;

	r = machine_read(m, MOUNTS_TABLE, TABLE_MAX_LEN, err, &text);
	if (r < 0)
		return r;
	rest = reader_new(text.data, text.len);
	while (r == 0 && reader_line(&rest, &line))
		if (parse(&line, &parsed))
			r = each(context, &parsed);
	buffer_free(&text);
	return r;
}

static bool covers(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	return strcmp(dir, "/") == 0 ||
	       (strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

struct search {
	const char *const *paths;
	size_t n;
	struct mount_line *found; /* dir is "" as long as there is none */
};

static int take_inner(void *context, const struct mount_line *line)
{
	struct search *s = context;

	for (size_t i = 0; i < s->n; i++)
		if (covers(line->dir, s->paths[i]) && strlen(line->dir) >= strlen(s->found[i].dir))
			s->found[i] = *line;
	return 0;
}

int mounts_find(const struct machine *m, const char *const *paths, size_t n, struct error *err,
		struct mount_line *ret)
{
	struct search s = { .paths = paths, .n = n, .found = ret };
	int r;

	for (size_t i = 0; i < n; i++)
		ret[i].dir[0] = '\0';
	r = mounts_each(m, err, take_inner, &s);
	for (size_t i = 0; i < n && r == 0; i++)
		if (ret[i].dir[0] == '\0')
			r = error_set(err, -ENOENT, MOUNTS_TABLE ": the root file system is not in it");
	return r;
}
