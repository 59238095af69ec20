/*
 * The system fails under a command that lives on: each of the calls by which it changes the disk, or reads
 * it, fails in turn (fault.c), alone or with all that follow, as on a full, read-only or dying disk. The
 * commands are the installed ones (program.h).
 *
 * After each fault:
 *  - the command ended without a signal, with a documented exit code; a failure is told with the file it is
 * about;
 *  - what it says of the next boot is what the next boot does, and `bootseal status` says the same, and that
 * the reseal failed;
 *  - the passphrase opens the volume; all boots that worked before work with the files as they were, or all
 * with the files as they are;
 *  - the command run again without the fault finishes the job, and nothing is left over.
 *
 * FAULT_STEP=n tries every n-th call; without it, a few only. FAULT="one read error:217" tries that one. The
 * last line counts what was injected and what was not survived.
 */
#include "program.h"
#include "steps.h"

#include <limits.h>

#define CALLS_MAX 10000
#define LOG "/run/initramfs/fault.log" /* in the tree */

static struct {
	unsigned injected, bad, failed, unknown;
} total;

static const struct kind {
	const char *name, *env;
	unsigned step; /* every n-th in the long tests, too: each costs a second */
	/* it does not live on: what is written is as after a power cut, but nothing else is gone */
	bool killed;
} kinds[] = {
	{ "one write error", "FAULT_ERRNO=5", 1, false },
	{ "a dying disk", "FAULT_ERRNO=5 FAULT_STAY=1 FAULT_WHERE=/var:/etc:/dev:/boot", 2, false },
	{ "a full root", "FAULT_ERRNO=28 FAULT_STAY=1 FAULT_SHORT=1 FAULT_WHERE=/var:/etc", 1, false },
	{ "a read-only root", "FAULT_ERRNO=30 FAULT_STAY=1 FAULT_WHERE=/var:/etc", 2, false },
	{ "a volume that cannot be written", "FAULT_ERRNO=5 FAULT_STAY=1 FAULT_WHERE=/dev", 2, false },
	{ "a full /run", "FAULT_ERRNO=28 FAULT_STAY=1 FAULT_SHORT=1 FAULT_WHERE=/run", 1, false },
	{ "one read error", "FAULT_ERRNO=5 FAULT_READS=1", 9, false },
	{ "no more descriptors", "FAULT_ERRNO=24 FAULT_READS=1 FAULT_STAY=1", 31, false },
	{ "SIGTERM", "FAULT_SIGNAL=15", 7, true },
	{ "SIGHUP", "FAULT_SIGNAL=1", 11, true },
};

struct command {
	const char *line;
	void (*prepare)(struct world *w);
	size_t keyslots; /* afterwards */
	bool reseals;    /* status speaks of it */
	bool removes;
};

static bool worked_before;
static char old_key[64]; /* the recovery key's, "" when there is none */

static void run(struct world *w, const char *line)
{
	int code = program_run(w, NULL, "%s", line);

	if (code != 0)
		fail_msg("%s: %d: %s", line, code, w->output);
}

/* The recovery key that a command has shown. */
static void shown_key(const char *said, char ret[static 64])
{
	unsigned n[8];
	int len;

	ret[0] = '\0';
	for (const char *at = said; at && *at && !ret[0]; at = strpbrk(at + 1, "\n "))
		if (sscanf(at, " %6u %6u %6u %6u %6u %6u %6u %6u%n", n, n + 1, n + 2, n + 3, n + 4, n + 5,
			   n + 6, n + 7, &len) == 8)
			snprintf(ret, 64, "%06u %06u %06u %06u %06u %06u %06u %06u", n[0], n[1], n[2], n[3],
				 n[4], n[5], n[6], n[7]);
}

static void prepare_enroll(struct world *w)
{
	old_key[0] = '\0';
}

static void prepare_again(struct world *w)
{
	run(w, "bootseal enroll --key-file /key --recovery-key");
	shown_key(w->output, old_key);
	assert_int_not_equal(old_key[0], '\0');
	boots(w, NULL, WORLD_OPENED);
	worked_before = true;
	world_keep_boot(w);
}

static void prepare_pin(struct world *w)
{
	type_pin(w);
	world_write_text(w, "/pin", WORLD_PIN);
	prepare_again(w);
}

/* apt has come to where the kernel's hook is called. */
static void prepare_upgrade(struct world *w)
{
	prepare_again(w);
	run(w, "kernel install " WORLD_NEW " && kernel grub");
}

static void bad(const struct command *c, const struct kind *k, unsigned at, const char *what,
		const struct world *w)
{
	total.bad++;
	print_message("# NOT SURVIVED: %s, %s at %u: %s: %s\n", c->line, k->name, at, what,
		      w->output ? w->output : "");
}

/* The file by its name, without what mkostemp() added, or by its directory's. */
static bool names(const char *said, const char *file)
{
	char path[PATH_MAX], *dot, *slash;

	snprintf(path, sizeof(path), "%s", file);
	dot = strrchr(path, '.');
	if (dot && strlen(dot) == 7)
		*dot = '\0';
	if (strstr(said, path))
		return true;
	slash = strrchr(path, '/');
	if (slash && slash > path && strchr(path + 1, '/') != slash)
		*slash = '\0';
	return strstr(said, path) != NULL;
}

/* How many calls failed; whether what was said names one of the files that they were about. */
static unsigned faulted(struct world *w, bool *ret_named)
{
	char *log = world_has(w, LOG) ? world_read(w, LOG, NULL) : strdup("");
	char *at = log, *path;
	unsigned n = 0;

	*ret_named = false;
	while ((at = strstr(at, "FAULT "))) {
		n++;
		path = at + strcspn(at, "/\n");
		at += strcspn(at, "\n");
		if (*at)
			*at++ = '\0';
		*ret_named |= *path && names(w->output, path);
	}
	free(log);
	return n;
}

static void check_boots(struct world *w, const struct command *c, const struct kind *k, unsigned at)
{
	if (!world_passphrase_works(w))
		bad(c, k, at, "the passphrase does not open the volume", w);
	if (worked_before && !c->removes && !world_all_open(w) && !world_all_open_as_kept(w))
		bad(c, k, at, "it boots neither as before nor as now", w);
}

/* The old recovery key opens until the new one does. */
static void check_keys(struct world *w, const struct command *c, const struct kind *k, unsigned at)
{
	char key[64] = "";
	bool opens;

	if (!old_key[0])
		return;
	shown_key(w->output, key);
	opens = key[0] && world_opens_with(w, key);
	if (!opens && !world_opens_with(w, old_key))
		bad(c, k, at, "no recovery key opens any more", w);
	if (key[0] && !k->killed &&
	    (strstr(w->output, "DOES NOT WORK") ? opens : !opens && !strstr(w->output, "DO NOT RELY")))
		bad(c, k, at, "that is not so of the new recovery key", w);
}

/* Returns what was said of the next boot. */
static enum announced check_words(struct world *w, const struct command *c, const struct kind *k, unsigned at,
				  int code, bool named)
{
	enum announced a = program_announced(w);

	if (k->killed) {
		if (code <= 128)
			bad(c, k, at, "it was not killed", w);
		return ANNOUNCED_NOTHING;
	}
	if (code != 0 && code != 1 && code != 4 && code != 5)
		bad(c, k, at, "the exit code is none of those that are documented", w);
	if (code != 0 && !named)
		bad(c, k, at, "the file is not named", w);
	if (a == ANNOUNCED_NOTHING && c->reseals)
		bad(c, k, at, "nothing is said of the next boot", w);
	if (a == ANNOUNCED_UNKNOWN)
		total.unknown++;
	return a;
}

static enum announced check_status(struct world *w, const struct command *c, const struct kind *k,
				   unsigned at, int code)
{
	enum announced a;
	int said = program_run(w, NULL, "bootseal status");
	/* with a PIN somebody is waited for */
	int unlocks = strstr(w->output, "unlocks after the PIN") ? 5 : 0;

	a = program_announced(w);
	if (code != 0 && !k->killed && c->reseals && !strstr(w->output, "REFUSED OR FAILED"))
		bad(c, k, at, "status does not say that it failed", w);
	if (worked_before && !c->removes && (a == ANNOUNCED_NOTHING || a == ANNOUNCED_UNKNOWN))
		bad(c, k, at, "status does not know the next boot", w);
	if (said != (a == ANNOUNCED_UNLOCKS ? unlocks
		     : a == ANNOUNCED_ASKS  ? 5
					    : said) ||
	    (a == ANNOUNCED_UNKNOWN && said == 0))
		bad(c, k, at, "the exit code of status is not what it says", w);
	return a;
}

static void finish(struct world *w, const struct command *c, const struct kind *k, unsigned at)
{
	int code = program_run(w, NULL, "%s", c->line);

	/* done by the first already, as far as remove can tell */
	if (code != 0 && !(c->removes && code == 3))
		bad(c, k, at, "the command does not finish when it is run again", w);
	if (world_keyslots(w) != c->keyslots || world_has_litter(w))
		bad(c, k, at, "something is left over", w);
	if (c->removes ? world_boot_only(w, NULL) != WORLD_NOT_ENROLLED : !world_all_open(w))
		bad(c, k, at, "it does not boot after the second try", w);
}

static bool is_wanted(const struct kind *k, unsigned at)
{
	const char *only = getenv("FAULT");
	char name[64];

	snprintf(name, sizeof(name), "%s:%u", k->name, at);
	return !only || strcmp(only, name) == 0;
}

/* False when the command has fewer such calls. */
static bool try_one(struct world *w, const struct command *c, const struct kind *k, unsigned at)
{
	char env[512];
	bool named;
	enum announced said, status;
	int code;

	if (!is_wanted(k, at))
		return at < CALLS_MAX;
	snprintf(env, sizeof(env), "LD_PRELOAD=/fault.so FAULT_AT=%u FAULT_LOG=" LOG " FAULT_HURRY=1 %s", at,
		 k->env);
	world_restore(w, "start");
	code = program_run(w, env, "%s", c->line);
	if (faulted(w, &named) == 0)
		return false;
	total.injected++;
	total.failed += code != 0;
	if (getenv("FAULT_SHOW"))
		print_message("# %s at %u: %d\n%s", k->name, at, code, w->output);
	check_keys(w, c, k, at);
	said = check_words(w, c, k, at, code, named);
	status = check_status(w, c, k, at, code);
	world_save(w, "after");
	if (said != ANNOUNCED_NOTHING && !program_told_the_truth(w, said))
		bad(c, k, at, "the next boot does something else", w);
	if (status != ANNOUNCED_NOTHING && !program_told_the_truth(w, status))
		bad(c, k, at, "the next boot does something else than status says", w);
	check_boots(w, c, k, at);
	world_restore(w, "after");
	finish(w, c, k, at);
	return true;
}

static unsigned step(const struct kind *k)
{
	const char *value = getenv("FAULT_STEP");

	return value ? k->step * strtoul(value, NULL, 10) : 0;
}

static void check(const struct command *c)
{
	unsigned before = total.bad, injected = total.injected;
	struct world world, *w = &world;

	worked_before = false;
	world_new(w);
	program_install(w);
	c->prepare(w);
	world_save(w, "start");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		/* of a sample every third, not all at the same place */
		if (step(&kinds[i]) == 0 && i % 3 == 0)
			try_one(w, c, &kinds[i], 1 + 7 * i % 11);
		for (unsigned at = 1; step(&kinds[i]) > 0 && try_one(w, c, &kinds[i], at);)
			at += step(&kinds[i]);
	}
	print_message("# %s: %u faults, %u not survived\n", c->line, total.injected - injected,
		      total.bad - before);
	world_free(w);
	assert_int_equal(total.bad, before);
}

static void upgrade(void **state)
{
	check(&(struct command){
		.line = "bootseal reseal", .prepare = prepare_upgrade, .keyslots = 3, .reseals = true });
}

static void enroll(void **state)
{
	check(&(struct command){
		.line = "bootseal enroll --key-file /key", .prepare = prepare_enroll, .keyslots = 2 });
}

static void enroll_again(void **state)
{
	check(&(struct command){
		.line = "bootseal enroll --key-file /key", .prepare = prepare_again, .keyslots = 3 });
}

static void pin(void **state)
{
	check(&(struct command){ .line = "bootseal enroll --key-file /key --pin-file /pin",
				 .prepare = prepare_pin,
				 .keyslots = 3 });
}

static void prepare_pin_already(struct world *w)
{
	prepare_pin(w);
	run(w, "bootseal enroll --key-file /key --pin-file /pin");
	boots(w, NULL, WORLD_OPENED);
	world_keep_boot(w);
}

/* It goes. */
static void pin_away(void **state)
{
	check(&(struct command){
		.line = "bootseal enroll --key-file /key", .prepare = prepare_pin_already, .keyslots = 3 });
}

static void recovery_key(void **state)
{
	check(&(struct command){ .line = "bootseal recovery-key --replace --key-file /key",
				 .prepare = prepare_again,
				 .keyslots = 3 });
}

static void take_away(void **state)
{
	check(&(struct command){
		.line = "bootseal remove", .prepare = prepare_again, .keyslots = 2, .removes = true });
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(upgrade),
		cmocka_unit_test(recovery_key),
		cmocka_unit_test(enroll),
		cmocka_unit_test(enroll_again),
		cmocka_unit_test(pin),
		cmocka_unit_test(pin_away),
		cmocka_unit_test(take_away),
	}, sample[] = { all[0], all[1] };
	int r;

	program_private_mounts();
	cmocka_set_test_filter(getenv("TEST")); /* one of them alone, by name */
	r = getenv("FAULT_STEP")
		    ? cmocka_run_group_tests_name("all", all, world_make_base, world_remove_base)
		    : cmocka_run_group_tests_name("sample", sample, world_make_base, world_remove_base);
	printf("# %u of the commands said that they failed, %u times the next boot was not known\n",
	       total.failed, total.unknown);
	printf("# tally faults %u %u\n", total.injected, total.bad);
	return r;
}
