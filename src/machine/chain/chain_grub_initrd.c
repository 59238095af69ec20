#include "machine/chain/chain_grub_initrd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/reader.h"

#define SETTINGS "/etc/default/grub"
#define SETTINGS_DIR "/etc/default/grub.d"
#define OURS_NAME "zz-bootseal.cfg"
#define OURS SETTINGS_DIR "/" OURS_NAME
#define SETTINGS_MAX_LEN (1u << 20)
#define SETTINGS_FILES_MAX 256
#define MENU_TIMEOUT_MS (10 * 60 * 1000) /* os-prober looks at every disk */

const char chain_grub_initrd_setting[] =
	"# Written by 'bootseal enroll --boot-with-initrd'; 'bootseal remove' takes it away.\n"
	"# An encrypted root is opened by the initrd: no boot may be tried without one.\n"
	"GRUB_FORCE_PARTUUID=\n";

static bool take_word(struct reader *line, const char *word)
{
	struct reader part = *line, start;

	if (!reader_take(&part, strlen(word), &start) || !reader_equals(&start, word))
		return false;
	*line = part;
	return true;
}

static void skip_blanks(struct reader *line)
{
	while (line->left > 0 && (line->at[0] == ' ' || line->at[0] == '\t'))
		reader_skip(line, 1);
}

/* 1: the line sets it, 0: to nothing, -1: is about something else. As the shell reads an assignment. */
static int setting_of(struct reader line)
{
	skip_blanks(&line);
	if (take_word(&line, "export "))
		skip_blanks(&line);
	if (!take_word(&line, "GRUB_FORCE_PARTUUID="))
		return -1;
	while (take_word(&line, "\"") || take_word(&line, "'"))
		;
	return line.left > 0 && !memchr(" \t;#\r", line.at[0], 5);
}

/* Keeps its path when it sets it, and forgets the earlier one's when it takes it back. */
static void read_settings(const struct machine *m, const char *path, char found[static PATH_MAX])
{
	struct buffer b = BUFFER_NONE;
	struct reader text, line;
	int set;

	if (machine_read(m, path, SETTINGS_MAX_LEN, NULL, &b) < 0)
		return;
	text = reader_new(b.data, b.len);
	while (reader_line(&text, &line)) {
		set = setting_of(line);
		if (set >= 0)
			snprintf(found, PATH_MAX, "%s", set ? path : "");
	}
	buffer_free(&b);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names that grub-mkconfig reads, in its order: the shell's *.cfg. */
static size_t list_settings(const struct machine *m, char *names[static SETTINGS_FILES_MAX])
{
	DIR *d = machine_opendir(m, SETTINGS_DIR);
	struct dirent *e;
	size_t n = 0, len;

	while (d && n < SETTINGS_FILES_MAX && (e = readdir(d))) {
		len = strlen(e->d_name);
		if (e->d_name[0] == '.' || len < 4 || strcmp(e->d_name + len - 4, ".cfg") != 0)
			continue;
		names[n] = strdup(e->d_name);
		n += names[n] != NULL;
	}
	if (d)
		closedir(d);
	qsort(names, n, sizeof(*names), by_name);
	return n;
}

static bool find(const struct machine *m, char ret[static PATH_MAX])
{
	char *names[SETTINGS_FILES_MAX], path[PATH_MAX];
	size_t n = list_settings(m, names);

	ret[0] = '\0';
	read_settings(m, SETTINGS, ret);
	for (size_t i = 0; i < n; i++) {
		if (snprintf(path, sizeof(path), SETTINGS_DIR "/%s", names[i]) < (int)sizeof(path))
			read_settings(m, path, ret);
		free(names[i]);
	}
	return ret[0] != '\0';
}

static int write_menu(const struct machine *m, struct error *err)
{
	static const char *const argv[] = { "update-grub", NULL };
	const struct process p = { .argv = argv, .chroot = machine_is_tree(m) ? m->root : NULL,
				   .timeout_ms = MENU_TIMEOUT_MS };
	int r = process_run(&p, err);

	return r < 0 ? error_prefix(err, -EIO, "cannot write GRUB's menu") : 0;
}

/* 1: it was there. */
static int take_away(const struct machine *m, struct error *err)
{
	char path[PATH_MAX];
	int r = machine_path(m, OURS, path);

	if (r < 0)
		return error_set(err, r, OURS ": the path is too long");
	if (unlink(path) == 0)
		return 1;
	return errno == ENOENT ? 0 : error_set(err, -errno, OURS ": cannot remove: %s", strerror(errno));
}

static int switch_off(const struct machine *m, struct error *err)
{
	char path[PATH_MAX], still[PATH_MAX];
	int r = machine_path(m, OURS, path);

	if (r == 0)
		r = file_replace(path, chain_grub_initrd_setting, strlen(chain_grub_initrd_setting),
				 0644, err);
	if (r == 0 && find(m, still))
		r = error_set(err, -ECANCELED,
			      "%s sets GRUB_FORCE_PARTUUID after " OURS_NAME ": remove that line, and run "
			      "'update-grub'", still);
	if (r == 0)
		r = write_menu(m, err);
	if (r < 0)
		take_away(m, NULL);
	return r;
}

static int restore(const struct machine *m, struct error *err)
{
	int r = take_away(m, err);

	return r > 0 && write_menu(m, err) < 0 ? -EIO : r;
}

const struct chain_initrd_switch chain_grub_initrd = {
	.name = "GRUB_FORCE_PARTUUID",
	.file = OURS,
	.find = find,
	.switch_off = switch_off,
	.restore = restore,
};
