#include "player.h"

#include "witness.h"

#include "base/buffer.h"
#include "measure/grub/env.h"

#define GRUBENV "/boot/grub/grubenv"
#define ID "dd02a56b-75cc-4d1b-996c-f8b6226d50ac"
#define MAX_EXCHANGES 16

struct player {
	struct world *w;
	const struct story *story;
	size_t at;              /* the action's line */
	struct story_finding *finding;
	struct buffer said;     /* by it */
	int code;               /* its exit code; -1: not started */
};

static unsigned int playing;

unsigned int player_line(void)
{
	return playing;
}

static const char *rest_of(const struct player *p)
{
	return p->story->line[p->at].rest;
}

static void keep_output(struct player *p)
{
	if (p->w->output)
		buffer_add_str(&p->said, p->w->output);
	free(p->w->output);
	p->w->output = NULL;
}

static void run(struct player *p, const char *command)
{
	p->code = program_run(p->w, NULL, "%s", command);
	keep_output(p);
}

/* What a command on the host finds in its environment. */
static void host_environment(const struct world *w)
{
	char here[PATH_MAX], unlock[4 * PATH_MAX];

	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(unlock, sizeof(unlock),
		 "usr/lib/bootseal/bootseal-unlock --anchor run/initramfs/anchor --crypttab "
		 "run/initramfs/crypttab --cmdline run/initramfs/cmdline --run-dir run/bootseal --tcti %s "
		 "--wait 100 --test-open", w->swtpm.tcti);
	setenv("CHECKOUT", here, 1);
	setenv("TPM2TOOLS_TCTI", w->swtpm.tcti, 1);
	setenv("UNLOCK", unlock, 1);
}

static void host(struct player *p, const char *command)
{
	char *script, bytes[4096];
	FILE *out;
	int status;
	size_t n;

	host_environment(p->w);
	/* as in a script with set -e, so that no part of the line fails unseen */
	assert_true(asprintf(&script, "cd '%s' && set -e\n{ %s\n} </dev/null 2>&1", world_path(p->w, ""),
			     command) > 0);
	out = popen(script, "r");
	assert_non_null(out);
	while ((n = fread(bytes, 1, sizeof(bytes), out)) > 0)
		buffer_add(&p->said, bytes, n);
	status = pclose(out);
	p->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	free(script);
}

/* "^C" is the key. */
static char *keys(const char *rest)
{
	char *typed;

	if (strcmp(rest, "^C") == 0)
		return strdup("\x03");
	assert_true(asprintf(&typed, "%s\n", rest) > 0);
	return typed;
}

static void terminal(struct player *p)
{
	struct exchange talk[MAX_EXCHANGES + 1] = { { NULL } };
	char *typed[MAX_EXCHANGES], command[1024];
	size_t n = 0;

	for (size_t i = p->at + 1; i < story_end_of(p->story, p->at); i++) {
		if (p->story->line[i].word != STORY_ASKED)
			continue;
		assert_true(n < MAX_EXCHANGES);
		typed[n] = keys(p->story->line[i + 1].rest);
		talk[n] = (struct exchange){ p->story->line[i].rest, typed[n] };
		n++;
	}
	assert_true(snprintf(command, sizeof(command), "exec %s", rest_of(p)) < (int)sizeof(command));
	p->code = program_talk(p->w, talk, command, NULL);
	keep_output(p);
	while (n > 0)
		free(typed[--n]);
}

/* apt, with the hooks in dpkg's order */
static void package(struct player *p, const char *what, const char *hooks)
{
	char command[1024];

	assert_true(snprintf(command, sizeof(command),
			     "kernel %s %s && kernel grub && /etc/kernel/%s/zzz-bootseal %s /boot/vmlinuz-%s",
			     what, rest_of(p), hooks, rest_of(p), rest_of(p)) < (int)sizeof(command));
	run(p, command);
}

/* Which entry of GRUB's menu is chosen; NULL: none, the default one starts. */
static const char *entry_of(const char *rest)
{
	static char entry[256];

	if (!*rest)
		return NULL;
	if (strcmp(rest, "simple") == 0)
		return "gnulinux-simple-" ID;
	if (strncmp(rest, "kernel ", 7) == 0)
		return world_entry(rest + 7);
	if (strncmp(rest, "recovery ", 9) == 0) {
		snprintf(entry, sizeof(entry), "gnulinux-advanced-" ID ">gnulinux-%s-recovery-" ID, rest + 9);
		return entry;
	}
	return rest;
}

static void boot(struct player *p)
{
	int code;

	free(p->w->output);
	p->w->output = NULL;
	code = world_boot_only(p->w, entry_of(rest_of(p)));
	keep_output(p);
	/* bootseal-boot.service */
	run(p, "bootseal calibrate --boot");
	p->code = code;
}

/* The lines below it. A file that is added to stays the same one. */
static void write_file(struct player *p, bool append)
{
	struct buffer b = BUFFER_NONE;
	const struct story *s = p->story;
	FILE *f;

	for (size_t i = p->at + 1; i < story_end_of(s, p->at); i++)
		buffer_addf(&b, "%s\n", s->line[i].rest);
	if (append) {
		f = fopen(world_path(p->w, rest_of(p)), "a");
		assert_non_null(f);
		assert_int_equal(fwrite(buffer_str(&b), 1, b.len, f), b.len);
		assert_int_equal(fclose(f), 0);
	} else {
		world_write(p->w, rest_of(p), buffer_str(&b), b.len);
	}
	buffer_free(&b);
}

/* grub-editenv set, or GRUB's save_env */
static void set_grubenv(struct player *p)
{
	char *name = strdup(rest_of(p)), *value = strchr(name, '='), *block;
	size_t len;

	if (!value) {
		story_fault(p->finding, playing, "grubenv takes NAME=VALUE");
	} else {
		*value++ = '\0';
		block = world_read(p->w, GRUBENV, &len);
		assert_int_equal(grub_env_set((uint8_t *)block, len, name, value), 0);
		world_write(p->w, GRUBENV, block, len);
		free(block);
	}
	free(name);
}

static void edit_log(struct player *p)
{
	char *command;

	assert_true(asprintf(&command,
			     "\"$CHECKOUT/tests/world/edit-log\" "
			     "sys/kernel/security/tpm0/binary_bios_measurements %s", rest_of(p)) > 0);
	host(p, command);
	free(command);
}

static void change_hardware(struct player *p)
{
	struct world *w = p->w;
	const char *rest = rest_of(p);

	if (sscanf(rest, "disk %d", &w->disk) == 1 ||
	    sscanf(rest, "failed options %d", &w->failed_options) == 1)
		return;
	if (strcmp(rest, "tpm new") == 0) {
		swtpm_stop(&w->swtpm);
		swtpm_start(&w->swtpm);
	} else if (strcmp(rest, "tpm 1.2") == 0) {
		swtpm_stop(&w->swtpm);
		swtpm_start_12(&w->swtpm);
	} else {
		story_fault(p->finding, playing, "no such hardware: %s", rest);
	}
}

static void act(struct player *p)
{
	switch (p->story->line[p->at].word) {
	case STORY_RUN:
		return run(p, rest_of(p));
	case STORY_HOST:
		return host(p, rest_of(p));
	case STORY_TERMINAL:
		return terminal(p);
	case STORY_INSTALL:
		return package(p, "install", "postinst.d");
	case STORY_PURGE:
		return package(p, "remove", "postrm.d");
	case STORY_BOOT:
		return boot(p);
	case STORY_POWER_ON:
		world_power_on(p->w, entry_of(rest_of(p)));
		return;
	case STORY_MEASURE:
		swtpm_reboot(&p->w->swtpm);
		return world_measure_again(p->w);
	case STORY_FILE:
		return write_file(p, false);
	case STORY_APPEND:
		return write_file(p, true);
	case STORY_GRUBENV:
		return set_grubenv(p);
	case STORY_LOG:
		return edit_log(p);
	case STORY_HARDWARE:
		return change_hardware(p);
	default:
		fail_msg("not an action");
	}
}

/* An action that ends with something else than 0 must have been expected to. */
static void look_at_all(struct player *p)
{
	const struct story_line *a = &p->story->line[p->at];

	if (p->code > 0 && a->word != STORY_BOOT && !story_find(p->story, p->at, STORY_EXIT))
		story_fault(p->finding, a->number, "exit code %d:\n%s", p->code, buffer_str(&p->said));
	for (size_t i = p->at + 1; i < story_end_of(p->story, p->at); i++)
		witness_look(&p->story->line[i], buffer_str(&p->said), p->code, p->finding);
}

static void show_action(const struct player *p)
{
	const struct story_line *l = &p->story->line[p->at];
	char *said = strdup(buffer_str(&p->said)), *next = said, *line;

	printf("# %s:%u: %s %s\n", p->story->file, l->number, story_name(l->word), l->rest);
	while ((line = strsep(&next, "\n")))
		if (*line)
			printf("#     %s\n", line);
	free(said);
	if (l->word == STORY_BOOT)
		printf("#   %s (exit code %d)\n", witness_ending(p->code), p->code);
	else if (p->code > 0)
		printf("#   exit code %d\n", p->code);
	fflush(stdout);
}

bool player_play(struct world *w, const struct story *s, bool show, struct story_finding *ret)
{
	struct story_finding here;

	*ret = (struct story_finding){ .line = 0 };
	for (size_t at = 0; at < s->n && (show || !ret->line); at = story_end_of(s, at)) {
		struct player p = { .w = w, .story = s, .at = at, .finding = &here, .code = -1 };

		here = (struct story_finding){ .line = 0 };
		playing = s->line[at].number;
		act(&p);
		if (show)
			show_action(&p);
		look_at_all(&p);
		if (here.line && show)
			printf("#   line %u does not hold\n", here.line);
		if (here.line)
			story_fault(ret, here.line, "%s", here.text);
		buffer_free(&p.said);
	}
	playing = 0;
	return !ret->line;
}
