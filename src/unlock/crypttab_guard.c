#include "unlock/crypttab_guard.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/reader.h"
#include "seal/crypttab.h"
#include "unlock/result.h"
#include "unlock/run_file.h"
#include "unlock/target.h"

/* names on the disk, which a rescue shell shows */
#define GUARD_ASIDE ".held"
#define GUARD_REASON "held"

#define CONFIRMED_FILE_MAX (sizeof("confirmed.") + TARGET_NAME_MAX)

static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static int aside_path(const struct options *o, struct error *err, char ret[static PATH_MAX])
{
	if (snprintf(ret, PATH_MAX, "%s" GUARD_ASIDE, o->crypttab) >= PATH_MAX)
		return error_set(err, -ENAMETOOLONG, "%s: path too long", o->crypttab);
	return 0;
}

int guard_read_crypttab(const struct options *o, struct error *err, struct buffer *ret)
{
	char aside[PATH_MAX];
	int r;

	r = aside_path(o, err, aside);
	if (r < 0)
		return r;
	r = file_read(aside, CRYPTTAB_MAX_LEN, err, ret);
	return r == -ENOENT ? file_read(o->crypttab, CRYPTTAB_MAX_LEN, err, ret) : r;
}

bool guard_active(const struct options *o)
{
	return run_file_exists(o->run_dir, GUARD_REASON);
}

void guard_reason(const struct options *o, struct error *ret)
{
	run_file_read(o->run_dir, GUARD_REASON, ret);
}

/* First word of a crypttab line, not unescaped. */
static struct reader first_word(struct reader line)
{
	size_t n = 0;

	while (line.left > 0 && (*line.at == ' ' || *line.at == '\t'))
		reader_skip(&line, 1);
	while (n < line.left && line.at[n] != ' ' && line.at[n] != '\t')
		n++;
	line.left = n;
	return line;
}

static void confirmed_file(const char *name, char ret[static CONFIRMED_FILE_MAX])
{
	snprintf(ret, CONFIRMED_FILE_MAX, *name ? "confirmed.%s" : "confirmed", name);
}

/* Did a person confirm this volume's header, or the crash of this program? */
static bool is_confirmed(const struct options *o, const char *name)
{
	char file[CONFIRMED_FILE_MAX];

	confirmed_file(name, file);
	return run_file_exists(o->run_dir, file) || run_file_exists(o->run_dir, "confirmed");
}

static bool is_guarded(const struct options *o, const struct target *t)
{
	return t->outcome == TARGET_ABSENT ||
	       (t->outcome == TARGET_HEADER && !is_confirmed(o, t->pinned->name));
}

/*
 * Copies the crypttab without the guarded targets. False when one of them is spelled with escapes: then the
 * whole file is guarded.
 */
static bool filter(const struct options *o, const struct buffer *text, const struct targets *t,
		   struct buffer *ret)
{
	struct reader whole = reader_new(text->data, text->len), line, word;
	bool seen[TARGET_MAX] = { false };
	size_t i;

	while (reader_line(&whole, &line)) {
		word = first_word(line);
		for (i = 0; i < t->count; i++)
			if (is_guarded(o, &t->target[i]) && reader_equals(&word, t->target[i].pinned->name))
				break;
		if (i < t->count) {
			seen[i] = true;
			continue;
		}
		buffer_add(ret, line.at, line.left);
		buffer_add_u8(ret, '\n');
	}
	for (i = 0; i < t->count; i++)
		if (is_guarded(o, &t->target[i]) && !seen[i])
			return false;
	return buffer_ok(ret);
}

/* Replaces the crypttab by a link to /dev/null: touch, > and -s of cryptroot all see an empty file. */
static int guard_all(const struct options *o, struct error *err)
{
	if (is_link(o->crypttab))
		return 0;
	if (unlink(o->crypttab) < 0 && errno != ENOENT)
		return error_set(err, -errno, "%s: cannot replace: %s", o->crypttab, strerror(errno));
	if (symlink("/dev/null", o->crypttab) < 0)
		return error_set(err, -errno, "%s: cannot replace: %s", o->crypttab, strerror(errno));
	return 0;
}

static int set_aside(const struct options *o, struct error *err)
{
	char aside[PATH_MAX];
	int r;

	r = aside_path(o, err, aside);
	if (r < 0)
		return r;
	/* a link at this path is ours: cryptopts= and no crypttab in the initrd */
	if (!file_exists(aside) && !is_link(o->crypttab) && rename(o->crypttab, aside) < 0 && errno != ENOENT)
		return error_set(err, -errno, "%s: cannot set it aside: %s", o->crypttab, strerror(errno));
	return 0;
}

static int guard(const struct options *o, const struct targets *t, struct error *err)
{
	struct buffer text = BUFFER_NONE, rest = BUFFER_NONE;
	bool filtered = false;
	int r;

	r = set_aside(o, err);
	if (r < 0)
		return r;
	if (!t->cryptopts) {
		r = guard_read_crypttab(o, err, &text);
		if (r < 0)
			goto out;
		filtered = filter(o, &text, t, &rest);
	}
	r = filtered ? file_replace(o->crypttab, buffer_str(&rest), rest.len, 0644, err) : guard_all(o, err);
out:
	buffer_free(&text);
	buffer_free(&rest);
	return r;
}

/*
 * Records why the guard is up, and the volume to ask a person about: "" when it is unknown, NULL for none.
 */
static int note(const struct options *o, const char *reason, const char *ask, struct error *err)
{
	int r;

	r = ask ? run_file_write(o->run_dir, "ask", ask, err) : run_file_remove(o->run_dir, "ask", err);
	return r < 0 ? r : run_file_write(o->run_dir, GUARD_REASON, reason, err);
}

static int set_all_aside(const struct options *o, struct error *err)
{
	int r = set_aside(o, err);

	return r == 0 ? guard_all(o, err) : r;
}

int guard_begin(const struct options *o, const struct targets *t, struct error *err)
{
	int r;

	if (t->by_hand || run_file_exists(o->run_dir, "confirmed"))
		return 0;
	r = set_all_aside(o, err);
	if (r == 0)
		r = note(o, "bootseal-unlock did not finish, possibly because of a damaged LUKS2 header", "",
			 err);
	return r;
}

int guard_release(const struct options *o, struct error *err)
{
	char aside[PATH_MAX];
	int r;

	r = aside_path(o, err, aside);
	if (r < 0)
		return r;
	if (rename(aside, o->crypttab) < 0 && errno != ENOENT)
		return error_set(err, -errno, "%s: cannot put it back: %s", o->crypttab, strerror(errno));
	if (is_link(o->crypttab))
		unlink(o->crypttab);
	r = run_file_remove(o->run_dir, "ask", err);
	return r < 0 ? r : run_file_remove(o->run_dir, GUARD_REASON, err);
}

bool guard_asks(const struct options *o)
{
	return run_file_exists(o->run_dir, "ask");
}

int guard_confirm(const struct options *o, struct error *err)
{
	char file[CONFIRMED_FILE_MAX];
	struct error name;
	int r;

	run_file_read(o->run_dir, "ask", &name);
	if (strlen(name.text) >= TARGET_NAME_MAX)
		return error_set(err, -EBADMSG, "%s/ask: not the name of a volume", o->run_dir);
	confirmed_file(name.text, file);
	r = run_file_write(o->run_dir, file, "", err);
	if (r < 0)
		return r;
	/* other volumes stay guarded until `open` has checked again */
	return name.text[0] ? run_file_remove(o->run_dir, "ask", err) : guard_release(o, err);
}

static const struct target *first_guarded(const struct options *o, const struct targets *t)
{
	const struct target *found = NULL;
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (!is_guarded(o, &t->target[i]))
			continue;
		/* a foreign header is more important to a person */
		if (!found || (found->outcome == TARGET_ABSENT && t->target[i].outcome == TARGET_HEADER))
			found = &t->target[i];
	}
	return found;
}

static int note_first(const struct options *o, const struct target *first, struct error *err)
{
	struct error reason = ERROR_NONE;

	error_set(&reason, 0, "%s: %s", first->pinned->name, first->why.text);
	return note(o, reason.text, first->outcome == TARGET_HEADER ? first->pinned->name : NULL, err);
}

int guard_update(const struct options *o, const struct targets *t, struct error *err, bool *ret_guarded)
{
	const struct target *first;
	int r;

	first = first_guarded(o, t);
	if (!first || t->by_hand) {
		*ret_guarded = false;
		return t->by_hand || !guard_active(o) ? 0 : guard_release(o, err);
	}
	r = guard(o, t, err);
	if (r < 0)
		return r;
	*ret_guarded = true;
	return note_first(o, first, err);
}

int guard_wait(const struct options *o, const struct targets *t, struct error *err)
{
	int r;

	if (t->others == 0)
		r = guard(o, t, err);
	else
		r = set_all_aside(o, err);
	return r < 0 ? r : note_first(o, first_guarded(o, t), err);
}

int guard_hold(const struct options *o, const char *reason, struct error *err)
{
	int r = set_all_aside(o, err);

	return r == 0 ? note(o, reason, NULL, err) : r;
}
