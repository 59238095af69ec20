#include "forecast_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "machine/chain/calibration.h"

void run_start(struct run *r, const struct tree *t, enum trust_mode trust)
{
	const struct calibrate_options co = { .record = true };
	struct forecast_options o = { .trust = trust };
	struct error err = ERROR_NONE;

	*r = (struct run){ .f = FORECAST_NONE };
	if (chain_load(&t->machine, &err, &r->chain) < 0 ||
	    chain_calibrate(r->chain, &co, &err, &r->calibration) < 0)
		fail_msg("%s", err.text);
	o.calibration = &r->calibration;
	if (chain_forecast(r->chain, &o, &err, &r->f) < 0)
		fail_msg("%s", err.text);
}

void run_end(struct run *r)
{
	forecast_free(&r->f);
	forecast_free(&r->f);
	calibration_free(&r->calibration);
	chain_free(r->chain);
}

const char *note_of(const struct forecast_note *n, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(n[i].what, what) == 0)
			return n[i].why;
	return NULL;
}

bool run_has_default(const struct run *r)
{
	return r->f.path_count > 0 && r->f.path[0].is_default &&
	       strcmp(r->f.path[0].label, DEFAULT_PATH) == 0;
}

void run_accept(const struct tree *t, const struct run *r)
{
	struct error err = ERROR_NONE;

	if (forecast_accept(&t->machine, &r->f, &err) < 0)
		fail_msg("%s", err.text);
}

void make_enrolled(struct tree *t)
{
	struct run r;

	m_make(t);
	tree_write_text(t, "/var/lib/x", "");
	run_start(&r, t, TRUST_THIS_BOOT);
	assert_true(run_has_default(&r));
	assert_int_equal(r.f.refused_count, 0);
	run_accept(t, &r);
	run_end(&r);
}

void expect_refused(const struct tree *t, enum trust_mode how, const char *file, const char *says)
{
	const char *why;
	struct run r;

	run_start(&r, t, how);
	why = note_of(r.f.refused, r.f.refused_count, file);
	if (!why)
		fail_msg("%s was not refused", file);
	if (!strstr(why, says))
		fail_msg("`%s' does not say `%s'", why, says);
	assert_int_equal(r.f.path_count, 0);
	assert_non_null(strstr(note_of(r.f.left_out, r.f.left_out_count, DEFAULT_PATH), file));
	run_end(&r);
}

void expect_accepted(const struct tree *t, enum trust_mode how, const char *file, const char *word)
{
	const char *why;
	struct run r;

	run_start(&r, t, how);
	if (r.f.refused_count > 0)
		fail_msg("%s was refused: %s", r.f.refused[0].what, r.f.refused[0].why);
	assert_true(run_has_default(&r));
	why = note_of(r.f.accepted, r.f.accepted_count, file);
	if (!why)
		fail_msg("%s was not accepted again", file);
	if (!strstr(why, word))
		fail_msg("`%s' does not say `%s'", why, word);
	run_end(&r);
}

void make_mkconfig(const struct tree *t, const char *script)
{
	char full[PATH_MAX];

	tree_write_text(t, "/usr/sbin/grub-mkconfig", script);
	tree_path(t, "/usr/sbin/grub-mkconfig", full);
	if (chmod(full, 0755) < 0)
		abort();
}
