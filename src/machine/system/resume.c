#include "machine/system/resume.h"

#include <stdio.h>
#include <string.h>

#include "base/reader.h"
#include "machine/system/mounts.h"

#define FILE_MAX_LEN 65536
#define SPEC_MAX 512

static const char conf[] = "/etc/initramfs-tools/initramfs.conf";
/* mkinitramfs(8): the second one's files come last */
static const char *const conf_dirs[] = { "/usr/share/initramfs-tools/conf.d", "/etc/initramfs-tools/conf.d" };

/* A line of a shell script: RESUME=value, perhaps with quotes. */
static void take_setting(const struct reader *line, char ret[static SPEC_MAX])
{
	struct reader r = *line;
	struct reader name;
	size_t n = 0;
	uint8_t c;

	while (r.left > 0 && (*r.at == ' ' || *r.at == '\t'))
		reader_skip(&r, 1);
	if (!reader_take(&r, strlen("RESUME="), &name) || !reader_equals(&name, "RESUME="))
		return;
	while (n < SPEC_MAX - 1 && reader_u8(&r, &c) && c != ' ' && c != '\t' && c != '#')
		if (c != '"' && c != '\'')
			ret[n++] = (char)c;
	ret[n] = '\0';
}

static void read_setting(const struct machine *m, const char *path, char ret[static SPEC_MAX])
{
	struct buffer text = BUFFER_NONE;
	struct reader rest, line;

	if (machine_read(m, path, FILE_MAX_LEN, NULL, &text) == 0) {
		rest = reader_new(text.data, text.len);
		while (reader_line(&rest, &line))
			take_setting(&line, ret);
	}
	buffer_free(&text);
}

/* The name that follows `last` in the order in which the shell lists them; "" after the last one. */
static void next_name(const struct machine *m, const char *dir, char last[static NAME_MAX + 1])
{
	char next[NAME_MAX + 1] = "";
	const struct dirent *e;
	DIR *d = machine_opendir(m, dir);

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, last) > 0 &&
		    (!next[0] || strcmp(e->d_name, next) < 0))
			snprintf(next, sizeof(next), "%s", e->d_name);
	if (d)
		closedir(d);
	memcpy(last, next, sizeof(next));
}

static void read_settings(const struct machine *m, char ret[static SPEC_MAX])
{
	char name[NAME_MAX + 1], path[PATH_MAX];

	ret[0] = '\0';
	read_setting(m, conf, ret);
	for (size_t i = 0; i < sizeof(conf_dirs) / sizeof(conf_dirs[0]); i++)
		for (name[0] = '\0', next_name(m, conf_dirs[i], name); name[0];
		     next_name(m, conf_dirs[i], name)) {
			snprintf(path, sizeof(path), "%s/%s", conf_dirs[i], name);
			read_setting(m, path, ret);
		}
}

/* "/dev/dm-1                               partition	1048572	0	-2" */
static void largest_swap(const struct machine *m, char ret[static SPEC_MAX])
{
	struct buffer table = BUFFER_NONE;
	char text[1024], name[SPEC_MAX];
	struct reader rest, line;
	unsigned long long size, most = 0;

	if (machine_read(m, "/proc/swaps", FILE_MAX_LEN, NULL, &table) == 0) {
		rest = reader_new(table.data, table.len);
		while (reader_line(&rest, &line)) {
			snprintf(text, sizeof(text), "%.*s", (int)line.left, (const char *)line.at);
			if (strncmp(text, "/dev/", 5) != 0 ||
			    sscanf(text, "%511s %*s %llu", name, &size) != 2 || size <= most)
				continue;
			mounts_unescape(name);
			snprintf(ret, SPEC_MAX, "%s", name);
			most = size;
		}
	}
	buffer_free(&table);
}

/* The last one counts. */
static void read_cmdline(const struct machine *m, char ret[static SPEC_MAX])
{
	static const char name[] = "resume=";
	struct buffer text = BUFFER_NONE;
	const char *at;

	if (machine_read(m, "/proc/cmdline", FILE_MAX_LEN, NULL, &text) == 0)
		for (at = buffer_str(&text); (at = strstr(at, name)); at++)
			if (at == buffer_str(&text) || at[-1] == ' ')
				snprintf(ret, SPEC_MAX, "%.*s", (int)strcspn(at + strlen(name), " \n"),
					 at + strlen(name));
	buffer_free(&text);
}

int resume_each(const struct machine *m, int (*each)(void *context, const char *spec), void *context)
{
	char setting[SPEC_MAX] = "", cmdline[SPEC_MAX] = "";
	int r;

	read_settings(m, setting);
	if (!setting[0] || strcmp(setting, "auto") == 0) {
		setting[0] = '\0';
		largest_swap(m, setting);
	}
	read_cmdline(m, cmdline);
	r = cmdline[0] ? each(context, cmdline) : 0;
	return r == 0 && setting[0] && strcmp(setting, "none") != 0 ? each(context, setting) : r;
}
