/*
 * Plays each story of tests/world/stories (README.md there) on a machine of its own.
 *
 *	STORY=NAME      only this one; a path names one that lies elsewhere
 *	SHOW=yes        prints what every line of it brings
 */
#include "player.h"
#include "steps.h"

#include <glob.h>

#include "base/file.h"

#define FOLDER "tests/world/stories"
#define MAX_STORIES 200

struct play {
	char *file;
	struct world w;
};

static bool show;

static char *read_text(const char *file)
{
	struct error err = ERROR_NONE;
	struct buffer b = BUFFER_NONE;

	if (file_read(file, 1 << 20, &err, &b) < 0)
		fail_msg("%s", err.text);
	return b.data ? buffer_steal(&b) : strdup("");
}

static int setup(void **state)
{
	struct play *p = *state;

	world_new(&p->w);
	program_install(&p->w);
	return 0;
}

static int teardown(void **state)
{
	struct play *p = *state;

	if (player_line())
		printf("# %s:%u: this could not be done at all\n", p->file, player_line());
	world_free(&p->w);
	return 0;
}

/* All of it as comments, and what is wrong where. */
static void report(const char *file, const struct story_finding *f)
{
	char *text = strdup(f->text), *next = text, *line;

	printf("# %s:%u:\n", file, f->line);
	while ((line = strsep(&next, "\n")))
		if (*line)
			printf("#   %s\n", line);
	fflush(stdout);
	free(text);
	fail_msg("%s:%u: %.*s", file, f->line, (int)strcspn(f->text, "\n"), f->text);
}

static void plays(void **state)
{
	struct play *p = *state;
	struct story_finding *f = calloc(1, sizeof(*f));
	struct story s = STORY_NONE;
	char *text = read_text(p->file);
	bool holds = story_parse(p->file, text, &s, f) && player_play(&p->w, &s, show, f);

	story_free(&s);
	free(text);
	if (!holds)
		report(p->file, f);
	free(f);
}

/* Stories whose reader must stumble, and in which line. */
static void what_is_not_understood_is_reported(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} wrong[] = {
		{ "", 1, "expects nothing" },
		{ "run true\n", 1, "expects nothing" },
		{ "# first\n\nrune bootseal\n\texit 0\n", 3, "no such word: \"rune bootseal\"" },
		{ "\tsays it\n", 1, "nothing happened yet" },
		{ "run true\nsays it\n", 2, "is indented" },
		{ "\trun true\n\texit 0\n", 1, "begins at the margin" },
		{ "run\n\texit 0\n", 1, "must follow \"run\"" },
		{ "run true\n\tsays \n", 2, "must follow \"says\"" },
		{ "run true\n\texit well\n", 2, "\"well\" is no exit code" },
		{ "run true \\\n; true\n\topens\n", 3, "nothing about line 1" },
		{ "boot\n\tsays PCR 8\n", 1, "a boot needs one line" },
		{ "boot\n\tasks\n\topens\n", 1, "a boot needs one line" },
		{ "boot\n\topens now\n", 2, "nothing behind it, but: now" },
		{ "boot\n\topens\n\texit 0\n", 3, "nothing about line 1" },
		{ "run true\n\texit 0\nfile /x\n\tsays it\n", 4, "nothing about line 3" },
		{ "terminal true\n\tasked Why\n\tsays it\n", 2, "in pairs" },
		{ "run true\n\t| text\n", 2, "nothing about line 1" },
	};
	struct story_finding f;
	struct story s;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		bool good = story_parse("wrong", wrong[i].text, &s, &f);

		story_free(&s);
		if (good || f.line != wrong[i].line || !strstr(f.text, wrong[i].says))
			fail_msg("story %zu: line %u: %s", i, f.line, f.text);
	}
}

/* Each is well up to the line that is not. */
static void what_does_not_hold_is_reported(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *says;
	} wrong[] = {
		{ "run echo well\n\tsays well\nrun echo good morning\n\tdoes not say evening\n"
		  "\tsays good night\n",
		  5, "\"good night\" is not said, but:\ngood morning" },
		{ "run echo good; echo morning\n\tsays good morning\n\tdoes not say good morning\n", 3,
		  "\"good morning\" is said" },
		{ "run exit 4\n\texit 4\nrun exit 5\n\texit 4\n", 4, "exit code 5 instead of 4" },
		{ "run echo why; exit 3\n\tsays why\n", 1, "exit code 3" },
		{ "host false; true\n\tdoes not say why\n", 1, "exit code 1" },
		{ "host test -n \"$UNLOCK\" -a -d boot/efi\n\texit 1\n", 2, "exit code 0 instead of 1" },
		{ "file /tmp/x\n\t| one\n\t|\n\t|   two\nappend /tmp/x\n\t| three\n"
		  "host printf 'one\\n\\n  two\\nthree\\n' | cmp - tmp/x\n\texit 0\n"
		  "run cat /tmp/x\n\tsays four\n",
		  10, "\"four\" is not said" },
		{ "terminal cat /etc/crypttab\n\tsays none luks\n\tsays keyscript\n", 3, "not said" },
		{ "boot\n\tis not enrolled\nboot\n\topens\n", 4, "this boot \"is not enrolled\"" },
		{ "hardware wings\nrun true\n\texit 0\n", 1, "no such hardware: wings" },
		{ "grubenv saved_entry\nrun true\n\texit 0\n", 1, "NAME=VALUE" },
	};
	struct play *p = *state;
	struct story_finding f;
	struct story s;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		bool good = story_parse("wrong", wrong[i].text, &s, &f) && player_play(&p->w, &s, false, &f);

		story_free(&s);
		if (good || f.line != wrong[i].line || !strstr(f.text, wrong[i].says))
			fail_msg("story %zu: line %u: %s", i, f.line, f.text);
	}
}

static struct CMUnitTest tests[MAX_STORIES + 2];

/* Named as its file is. */
static void add(size_t *n, const char *file)
{
	struct play *p = calloc(1, sizeof(*p));
	const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	char *name;

	if (!p || *n == MAX_STORIES + 2 || !(name = strdup(base)))
		abort();
	if (strrchr(name, '.'))
		*strrchr(name, '.') = '\0';
	p->file = strdup(file);
	tests[(*n)++] = (struct CMUnitTest){ name, plays, setup, teardown, p };
}

/* False: there is no such story. */
static bool add_chosen(size_t *n, const char *chosen)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), strchr(chosen, '/') ? "%s" : FOLDER "/%s.story", chosen);
	if (access(file, R_OK) < 0) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		return false;
	}
	add(n, file);
	return true;
}

static void add_all(size_t *n)
{
	static struct play own = { .file = "wrong" };
	glob_t found;

	tests[(*n)++] = (struct CMUnitTest)cmocka_unit_test(what_is_not_understood_is_reported);
	tests[(*n)++] = (struct CMUnitTest){ "what_does_not_hold_is_reported", what_does_not_hold_is_reported,
					     setup, teardown, &own };
	if (glob(FOLDER "/*.story", 0, NULL, &found) != 0) {
		fprintf(stderr, FOLDER ": no stories\n");
		exit(1);
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		add(n, found.gl_pathv[i]);
	globfree(&found);
}

int main(void)
{
	const char *chosen = getenv("STORY");
	size_t n = 0;

	show = getenv("SHOW");
	if (chosen && *chosen) {
		if (!add_chosen(&n, chosen))
			return 2;
	} else {
		add_all(&n);
	}
	program_private_mounts();
	return _cmocka_run_group_tests("stories", tests, n, world_make_base, world_remove_base);
}
