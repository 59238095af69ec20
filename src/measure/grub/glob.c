/*
 * Models GRUB's commands/wildcard.c; the signed images have the regexp module. "*" and "?" match names of
 * files, and of devices in the first component.
 */
#include "measure/grub/glob.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/grub/arena.h"
#include "measure/grub/dev.h"
#include "measure/grub/grub.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/text.h"

#define GLOB_MAX 4096u

struct names {
	const char *pattern, *end;
	struct grub_argv *out;
	bool no_parts;
	unsigned count;
	bool short_name;	/* one of them may be spelt in another way by GRUB */
	struct buffer found;	/* what matched, each with its NUL */
};

/* The whole name against p..end; a backslash makes the next character literal. */
static bool matches(const char *p, const char *end, const char *s)
{
	const char *star = NULL, *again = NULL;

	while (*s) {
		if (p < end && *p == '*') {
			star = ++p;
			again = s;
			continue;
		}
		if (p < end && *p == '?') {
			p++;
			s++;
			continue;
		}
		if (p < end && *p == '\\' && p + 1 < end && p[1] == *s) {
			p += 2;
			s++;
			continue;
		}
		if (p < end && *p != '\\' && *p == *s) {
			p++;
			s++;
			continue;
		}
		if (!star)
			return false;
		p = star;
		s = ++again;
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

static void add_found(struct grub *g, struct grub_argv *out, const char *dir, const char *name)
{
	if (out->count >= GLOB_MAX)
		grub_stop(g, -E2BIG, "a wildcard matches more than %u names", GLOB_MAX);
	grub_argv_next(g, out);
	grub_argv_append(g, out, dir, strlen(dir));
	grub_argv_append(g, out, name, strlen(name));
}

static bool match_device(struct grub *g, const char *name, void *context)
{
	struct names *n = context;
	const char *shown;

	if (n->no_parts && strchr(name, ','))
		return false;
	shown = grub_format(g, "(%s)", name);
	if (matches(n->pattern, n->end, shown))
		add_found(g, n->out, "", shown);
	return false;
}

/* fs/fat.c: a name without a long one is shown in lower case; Linux leaves it as it is on the disk. */
static bool may_be_short(const char *name)
{
	for (; *name; name++)
		if (*name >= 'a' && *name <= 'z')
			return false;
	return true;
}

static bool matches_lowered(const struct names *n, const char *name)
{
	char low[16];
	size_t i;

	for (i = 0; name[i] && i + 1 < sizeof(low); i++)
		low[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	low[i] = '\0';
	return !name[i] && matches(n->pattern, n->end, low);
}

/* Called by the file provider: only collects. */
static int note_name(void *context, const char *name)
{
	struct names *n = context;

	if (may_be_short(name) && matches_lowered(n, name) && strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		n->short_name = true;
	if (!strcmp(name, ".") || !strcmp(name, "..") || !matches(n->pattern, n->end, name))
		return 0;
	if (++n->count > GLOB_MAX)
		return -E2BIG;
	buffer_add(&n->found, name, strlen(name) + 1);
	return buffer_ok(&n->found) ? 0 : -ENOMEM;
}

/*
 * The order and spelling of names is measured with the command. What a provider cannot tell as GRUB would is
 * refused, unless no more than one name is left in the end.
 */
static void check_order(struct grub *g, const struct grub_path *path, const struct names *n)
{
	bool fat = path->device->fs && !strcmp(path->device->fs, "fat");

	if (g->machine->files->list_as_on_disk)
		return;
	if (fat && n->short_name)
		grub_unmodelled(g,
				"a wildcard matches a name in (%s)%s that GRUB may spell in lower case: "
				"write the name out",
				path->device->name, path->path);
	g->glob_unordered = g->glob_unordered || n->count > 1;
}

static void match_files(struct grub *g, const char *dir, const char *pattern, const char *end,
			struct grub_argv *out)
{
	struct names n = { .pattern = pattern, .end = end, .found = BUFFER_NONE };
	const struct grub_files *f = g->machine->files;
	enum grub_err saved = g->grub_errno;
	struct grub_path path;
	const char *name;
	size_t len;
	int r;

	if (!grub_dev_resolve(g, dir, &path) || !path.device || !grub_dev_fs(g, path.device) ||
		path.path[0] != '/') {
		g->grub_errno = saved;
		return;
	}
	if (!f->list)
		grub_unmodelled(g, "wildcards (%s...) are not modelled here", dir);
	len = strlen(path.path);
	while (len > 1 && path.path[len - 1] == '/')
		len--;
	r = f->list(f->context, path.device, grub_dup_n(g, path.path, len), note_name, &n);
	len = n.found.len;
	name = grub_adopt(g, buffer_steal(&n.found), len);
	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		grub_stop(g, r, "%s: cannot be listed: %s", dir, strerror(-r));
	check_order(g, &path, &n);
	for (end = name + len; name < end; name += strlen(name) + 1)
		add_found(g, out, dir, name);
	g->grub_errno = saved;
}

static bool exists(struct grub *g, const char *name)
{
	enum grub_err saved = g->grub_errno;
	struct grub_path path;
	struct grub_stat st;
	bool found;
	size_t len;

	found = grub_dev_resolve(g, name, &path) && (!path.device || grub_dev_fs(g, path.device));
	if (found) {
		len = strlen(path.path);
		while (len > 1 && path.path[len - 1] == '/')
			len--;
		path.path = grub_dup_n(g, path.path, len);
		found = grub_dev_stat(g, &path, &st);
	}
	g->grub_errno = saved;
	return found;
}

static char *unescape(struct grub *g, const char *s, const char *end)
{
	struct grub_text t = { 0 };

	for (; s < end; s++) {
		if (*s == '\\' && ++s == end)
			break;
		grub_text_char(g, &t, *s);
	}
	return grub_text_str(g, &t);
}

/*
 * split_path: the text up to *ret_plain has no wildcard, the component from there to *ret_end has one;
 * without wildcards both are the end of the string.
 */
static void split(const char *s, const char **ret_plain, const char **ret_end)
{
	const char *plain = s;
	bool wild = false;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == '*' || *s == '?')
			wild = true;
		else if (*s == '/' && wild)
			break;
		else if (*s == '/')
			plain = s + 1;
	}
	*ret_end = s;
	*ret_plain = wild ? plain : s;
}

static struct grub_argv *first_component(struct grub *g, const char *s, const char *plain, const char *end)
{
	struct grub_argv *out = grub_alloc(g, sizeof(*out));
	struct names n = { .pattern = plain, .end = end, .out = out, .no_parts = s[0] != '(' };

	if (s == plain)
		grub_dev_each(g, match_device, &n);
	else
		match_files(g, unescape(g, s, plain), plain, end, out);
	return out;
}

/* Appends the next part of the pattern to every path that was found so far. */
static struct grub_argv *next_component(struct grub *g, const struct grub_argv *paths, const char *s,
					const char *plain, const char *end)
{
	struct grub_argv *out = grub_alloc(g, sizeof(*out));
	const char *name;
	size_t i;

	for (i = 0; i < paths->count; i++) {
		name = grub_format(g, "%s%s", paths->args[i], unescape(g, s, plain));
		if (plain != end)
			match_files(g, name, plain, end, out);
		else if (exists(g, name))
			add_found(g, out, "", name);
	}
	return out;
}

struct grub_argv *grub_glob(struct grub *g, const char *pattern)
{
	const char *s = pattern, *plain, *end;
	struct grub_argv *paths;

	if (s[0] != '/' && s[0] != '(' && s[0] != '*')
		return NULL;
	split(s, &plain, &end);
	if (plain == end)
		return NULL;
	g->glob_unordered = false;
	paths = first_component(g, s, plain, end);
	for (s = end; *s && paths->count; s = end) {
		split(s, &plain, &end);
		paths = next_component(g, paths, s, plain, end);
	}
	if (paths->count > 1 && g->glob_unordered)
		grub_unmodelled(g,
				"'%s' matches %zu names, in an order that is not known: write the names out",
				pattern, paths->count);
	return paths->count ? paths : NULL;
}
