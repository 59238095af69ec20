#include "machine/enroll_judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "machine/record/boot_report.h"
#include "machine/record/state.h"

static int is_there(const struct machine *m, const char *file, struct error *err, bool *ret)
{
	char path[PATH_MAX];
	struct stat st;
	int r = machine_path(m, file, path);

	if (r < 0)
		return error_set(err, r, "%s: the path is too long", file);
	if (lstat(path, &st) < 0 && errno != ENOENT && errno != ENOTDIR)
		return error_set(err, -errno, "%s: %s", file, strerror(errno));
	*ret = lstat(path, &st) == 0;
	return 0;
}

int enroll_was_enrolled(const struct machine *m, struct error *err, bool *ret)
{
	bool sealed, manifest;
	struct state *s;
	int r;

	r = is_there(m, SEALED_PATH, err, &sealed);
	if (r == 0)
		r = is_there(m, MANIFEST_PATH, err, &manifest);
	if (r < 0)
		return r;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	*ret = sealed || (manifest && (state_load(m, NULL, s) < 0 || s->generation > 0));
	free(s);
	return 0;
}

static int find_changes(struct chain *c, struct error *err, struct enroll_judgement *j)
{
	/* every boot path, also one whose initrd is to be rebuilt */
	const struct forecast_options o = { .trust = TRUST_ALL, .without_proof = true };
	int r;

	r = chain_forecast(c, &o, err, &j->accepted);
	return r < 0 ? r : changes_find(c->machine, &j->accepted, err, &j->changes);
}

int enroll_judge(struct chain *c, bool all, struct error *err, struct enroll_judgement *ret)
{
	struct enroll_judgement j = { .trust = TRUST_THIS_BOOT };
	bool enrolled;
	int r;

	r = enroll_was_enrolled(c->machine, err, &enrolled);
	if (r == 0 && enrolled)
		r = boot_ask_trusted(c->machine, err);
	if (r < 0)
		return r;
	if (enrolled && r > 0 && !all)
		j.trust = TRUST_VOUCHED;
	else if (enrolled) {
		j.trust = TRUST_NOTHING_NEW;
		r = find_changes(c, err, &j);
		if (r < 0) {
			enroll_judgement_free(&j);
			return r;
		}
	}
	*ret = j;
	return 0;
}

void enroll_judgement_free(struct enroll_judgement *j)
{
	changes_free(&j->changes);
	forecast_free(&j->accepted);
	*j = ENROLL_JUDGEMENT_NONE;
}
