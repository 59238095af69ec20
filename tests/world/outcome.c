#include "outcome.h"

#include "seal/tpm.h"
#include "seal/tpm_index.h"
#include "steps.h"

bool notes_have(const struct forecast_note *list, size_t n, const char *what, const char *why)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(list[i].what, what) && strstr(list[i].why, why))
			return true;
	return false;
}

void refused(const struct world *w, const char *what, const char *why)
{
	const struct forecast *f = &w->report.forecast;

	if (!notes_have(f->refused, f->refused_count, what, why))
		fail_msg("%s is not refused for \"%s\"", what, why);
}

void left_out(const struct world *w, const char *what, const char *why)
{
	const struct forecast *f = &w->report.forecast;

	if (notes_have(f->left_out, f->left_out_count, what, why))
		return;
	for (size_t i = 0; i < f->left_out_count; i++)
		print_message("left out: %s: %s\n", f->left_out[i].what, f->left_out[i].why);
	fail_msg("%s is not left out because of \"%s\"", what, why);
}

bool has_path(const struct world *w, const char *release)
{
	for (size_t i = 0; i < w->report.forecast.path_count; i++)
		if (strcmp(w->report.forecast.path[i].release, release) == 0)
			return true;
	return false;
}

const char *initrd_of(const char *release)
{
	static char path[128];

	snprintf(path, sizeof(path), "/boot/initrd.img-%s", release);
	return path;
}

struct state state_of(struct world *w)
{
	struct state s;

	ok(state_load(&w->machine, &w->err, &s));
	return s;
}

void enrolled(struct world *w)
{
	ok(world_enroll(w));
	boots(w, NULL, WORLD_OPENED);
}

void upgraded(struct world *w)
{
	enrolled(w);
	ok(world_install_kernel(w, WORLD_NEW));
	boots(w, NULL, WORLD_OPENED);
}

size_t indices(struct world *w)
{
	struct tpm *t = NULL;
	struct tpm_name name;
	size_t n = 0;

	ok(tpm_open(w->swtpm.tcti, &w->err, &t));
	for (uint32_t h = INDEX_HANDLE_FIRST; h <= INDEX_HANDLE_LAST; h++)
		n += index_found(t, h, NULL, &name) == 0;
	tpm_close(t);
	return n;
}
