#include "machine/system/boot_mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/process.h"
#include "base/reader.h"
#include "machine/system/foreign.h"
#include "machine/system/fstab.h"
#include "machine/system/mounts.h"

#define FSTAB_MAX_LEN (1u << 20)
#define MARK "x-bootseal"
#define MOUNTS_MAX 16
#define REMOUNT_TIMEOUT_MS 30000
#define BLANKS " \t"

enum { NOSUID, NODEV, NOEXEC, NOSYMFOLLOW, OPTIONS };

static const struct {
	const char *on, *off;
} options[OPTIONS] = {
	[NOSUID] = { "nosuid", "suid" },
	[NODEV] = { "nodev", "dev" },
	[NOEXEC] = { "noexec", "exec" },
	[NOSYMFOLLOW] = { "nosymfollow", "symfollow" },
};

#define ALL ((1u << OPTIONS) - 1)
#define ALWAYS (ALL & ~(1u << NOSYMFOLLOW))

struct mounted {
	char dir[128];
	unsigned has; /* bits of options */
};

static bool is_word(const char *word, size_t n, const char *text)
{
	return strlen(text) == n && memcmp(word, text, n) == 0;
}

static unsigned option_bit(const char *word, size_t n, bool off)
{
	for (unsigned i = 0; i < OPTIONS; i++)
		if (is_word(word, n, off ? options[i].off : options[i].on))
			return 1u << i;
	return 0;
}

/* Which of them a list has, "rw,nosuid,nodev"; off: which of their opposites. */
static unsigned options_in(const char *list, size_t n, bool off)
{
	unsigned found = 0;
	size_t word;

	for (size_t at = 0; at < n; at += word + 1) {
		for (word = 0; at + word < n && list[at + word] != ','; word++)
			;
		found |= option_bit(list + at, word, off);
	}
	return found;
}

static void write_options(unsigned which, char ret[static BOOT_MOUNT_OPTIONS_MAX])
{
	size_t n = 0;

	ret[0] = '\0';
	for (unsigned i = 0; i < OPTIONS; i++)
		if (which >> i & 1)
			n += snprintf(ret + n, BOOT_MOUNT_OPTIONS_MAX - n, "%s%s", n > 0 ? "," : "",
				      options[i].on);
}

struct mounted_list {
	struct mounted *at; /* MOUNTS_MAX */
	size_t n;
};

/* The one mounted last on a directory covers the others. */
static int take_mount(void *context, const struct mount_line *line)
{
	struct mounted_list *all = context;
	size_t i;

	if (line->major == 0 || strcmp(line->root, "/") != 0 || !foreign_is_boot(line->dir) ||
	    strlen(line->dir) >= sizeof(all->at->dir))
		return 0;
	for (i = 0; i < all->n && strcmp(all->at[i].dir, line->dir) != 0; i++)
		;
	if (i == MOUNTS_MAX)
		return 0;
	strcpy(all->at[i].dir, line->dir);
	all->at[i].has = options_in(line->options, strlen(line->options), false);
	all->n += i == all->n;
	return 0;
}

static int read_mounts(const struct machine *m, struct error *err, struct mounted ret[static MOUNTS_MAX],
		       size_t *ret_n)
{
	struct mounted_list all = { .at = ret };
	int r;

	r = mounts_each(m, err, take_mount, &all);
	*ret_n = all.n;
	return r;
}

/* A line of fstab: where its second and its fourth field are. */
struct line {
	const char *dir, *list;
	size_t dir_len, list_len;
};

static bool parse_line(const struct reader *line, struct line *ret)
{
	const char *field[4], *text = (const char *)line->at;
	size_t len[4], at = 0;

	for (size_t i = 0; i < 4; i++) {
		while (at < line->left && memchr(BLANKS, text[at], 2))
			at++;
		field[i] = text + at;
		for (len[i] = 0; at < line->left && !memchr(BLANKS, text[at], 2); at++)
			len[i]++;
		if (len[i] == 0 || field[0][0] == '#')
			return false;
	}
	*ret = (struct line){ .dir = field[1], .dir_len = len[1], .list = field[3], .list_len = len[3] };
	return true;
}

/* The only line of that directory; false also when there are several. */
static bool find_line(const struct buffer *fstab, const char *dir, struct line *ret)
{
	struct reader rest = reader_new(fstab->data, fstab->len), text;
	struct line l;
	size_t n = 0;

	while (reader_line(&rest, &text))
		if (parse_line(&text, &l) && is_word(l.dir, l.dir_len, dir)) {
			*ret = l;
			n++;
		}
	return n == 1;
}

/* Without the mark and what stands behind it and is ours; returns that. */
static unsigned copy_without_ours(const char *list, size_t n, struct buffer *b)
{
	size_t word, start = b->len;
	unsigned taken = 0;
	bool ours = false;

	for (size_t at = 0; at < n; at += word + 1) {
		for (word = 0; at + word < n && list[at + word] != ','; word++)
			;
		ours = is_word(list + at, word, MARK) || (ours && option_bit(list + at, word, false));
		if (ours) {
			taken |= option_bit(list + at, word, false);
			continue;
		}
		if (b->len > start)
			buffer_add_str(b, ",");
		buffer_add(b, list + at, word);
	}
	if (b->len == start)
		buffer_add_str(b, "defaults");
	return taken;
}

static int read_fstab(const struct machine *m, struct error *err, struct buffer *ret)
{
	return machine_read(m, FSTAB_PATH, FSTAB_MAX_LEN, err, ret);
}

/* With the owner's mode; one that is a link is not replaced. */
static int write_fstab(const struct machine *m, const struct buffer *text, struct error *err)
{
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (!buffer_ok(text))
		return error_set(err, -ENOMEM, "out of memory");
	r = machine_path(m, FSTAB_PATH, path);
	if (r < 0)
		return r;
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(err, -EOPNOTSUPP, "%s is not a regular file", FSTAB_PATH);
	return file_replace(path, text->data, text->len, st.st_mode & 07777, err);
}

/* The whole file with these options added to the line, beside what an earlier enrolment has added. */
static void copy_with(const struct buffer *fstab, const struct line *l, unsigned add, struct buffer *b)
{
	const char *start = (const char *)fstab->data, *behind = l->list + l->list_len;
	char words[BOOT_MOUNT_OPTIONS_MAX];

	buffer_add(b, start, l->list - start);
	add |= copy_without_ours(l->list, l->list_len, b);
	write_options(add, words);
	buffer_addf(b, ",%s,%s", MARK, words);
	buffer_add(b, behind, start + fstab->len - behind);
}

static int enter(const struct machine *m, const char *dir, unsigned add, struct error *err)
{
	struct buffer fstab = BUFFER_NONE, with = BUFFER_NONE;
	struct line l;
	int r;

	r = read_fstab(m, err, &fstab);
	if (r == 0 && find_line(&fstab, dir, &l)) {
		copy_with(&fstab, &l, add, &with);
		r = write_fstab(m, &with, err);
	}
	buffer_free(&fstab);
	buffer_free(&with);
	return r;
}

/* /boot/vmlinuz -> vmlinuz-VERSION */
static bool has_kernel_links(const struct machine *m, const char *dir)
{
	static const char *const names[] = { "vmlinuz", "vmlinuz.old", "initrd.img", "initrd.img.old" };
	char path[PATH_MAX], full[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (machine_path(m, path, full) == 0 && lstat(full, &st) == 0 && S_ISLNK(st.st_mode))
			return true;
	}
	return false;
}

static int remount(const struct machine *m, const char *dir, unsigned with)
{
	char words[BOOT_MOUNT_OPTIONS_MAX], option[BOOT_MOUNT_OPTIONS_MAX + 16];
	const char *const argv[] = { "mount", "-o", option, dir, NULL };
	const struct process p = { .argv = argv, .chroot = m->root[0] ? m->root : NULL,
				   .timeout_ms = REMOUNT_TIMEOUT_MS };

	write_options(with, words);
	snprintf(option, sizeof(option), "remount,%s", words);
	return process_run(&p, NULL);
}

/* What of `with` is in force there afterwards. */
static unsigned try_options(const struct machine *m, const char *dir, unsigned with)
{
	struct mounted now[MOUNTS_MAX];
	size_t n = 0;

	/* one that mount(8) does not know spoils the others */
	if (remount(m, dir, with) < 0 && (!(with & ALWAYS) || remount(m, dir, with & ALWAYS) < 0))
		return 0;
	if (read_mounts(m, NULL, now, &n) < 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (strcmp(now[i].dir, dir) == 0)
			return with & now[i].has;
	return 0;
}

static int harden(const struct machine *m, const struct mounted *b, struct error *err)
{
	struct buffer fstab = BUFFER_NONE;
	unsigned with = ALL & ~b->has;
	struct line l;
	bool ours;
	int r;

	r = read_fstab(m, err, &fstab);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	/* the owner's own word stays */
	ours = find_line(&fstab, b->dir, &l) && !options_in(l.list, l.list_len, true);
	buffer_free(&fstab);
	if (has_kernel_links(m, b->dir))
		with &= ALWAYS;
	if (!ours || with == 0)
		return 0;
	with = try_options(m, b->dir, with);
	return with ? enter(m, b->dir, with, err) : 0;
}

int boot_mounts_harden(const struct machine *m, struct error *err)
{
	struct mounted at[MOUNTS_MAX];
	size_t n = 0;
	int r;

	r = read_mounts(m, err, at, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = harden(m, &at[i], err);
	return r;
}

int boot_mounts_restore(const struct machine *m, struct error *err)
{
	struct buffer fstab = BUFFER_NONE, without = BUFFER_NONE;
	struct reader rest, text;
	const char *from;
	struct line l;
	int r;

	r = read_fstab(m, err, &fstab);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	from = (const char *)fstab.data;
	rest = reader_new(fstab.data, fstab.len);
	while (reader_line(&rest, &text)) {
		if (!parse_line(&text, &l) || !memmem(l.list, l.list_len, MARK, strlen(MARK)))
			continue;
		buffer_add(&without, from, l.list - from);
		copy_without_ours(l.list, l.list_len, &without);
		from = l.list + l.list_len;
	}
	if (from != (const char *)fstab.data) {
		buffer_add(&without, from, (const char *)fstab.data + fstab.len - from);
		r = write_fstab(m, &without, err);
	}
	buffer_free(&fstab);
	buffer_free(&without);
	return r;
}

int boot_mounts_each_gap(const struct machine *m, int (*each)(void *context, const struct boot_mount *b),
			 void *context, struct error *err)
{
	struct buffer fstab = BUFFER_NONE;
	struct mounted at[MOUNTS_MAX];
	struct boot_mount gap;
	unsigned wanted;
	struct line l;
	size_t n = 0;
	int r;

	r = read_mounts(m, err, at, &n);
	if (r < 0)
		return r;
	/* without it there is nothing to miss but what is always wanted */
	read_fstab(m, NULL, &fstab);
	for (size_t i = 0; i < n && r == 0; i++) {
		wanted = ALWAYS;
		if (fstab.data && find_line(&fstab, at[i].dir, &l))
			wanted |= options_in(l.list, l.list_len, false);
		write_options(wanted & ~at[i].has, gap.missing);
		memcpy(gap.dir, at[i].dir, sizeof(gap.dir));
		if (gap.missing[0])
			r = each(context, &gap);
	}
	buffer_free(&fstab);
	return r;
}
