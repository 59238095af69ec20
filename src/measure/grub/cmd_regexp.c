/* regexp (commands/regexp.c). GRUB's regular expressions are the C library's (gnulib). */
#include "measure/grub/cmd_regexp.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#include "measure/grub/arena.h"
#include "measure/grub/number.h"
#include "measure/grub/opt.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/vars.h"

#define REGEXP_MAX_LEN 256u
#define REGEXP_MAX_PLUS 8u
#define REGEXP_GROUPS 10u

struct match {
	bool matched;
	regmatch_t groups[REGEXP_GROUPS];
};

/* "VARIABLE" is the first group, "N:VARIABLE" the Nth */
static enum grub_err set_group(struct grub *g, const char *spec, const char *text, const struct match *m)
{
	const char *colon = strchr(spec, ':'), *end, *name = colon ? colon + 1 : spec;
	unsigned long n = 1;
	const regmatch_t *group;

	if (colon) {
		n = grub_number(g, spec, &end, 10);
		if (end != colon)
			return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	}
	group = n < REGEXP_GROUPS ? &m->groups[n] : NULL;
	if (!group || group->rm_so < 0)
		grub_vars_unset(g, name);
	else
		grub_vars_set(g, name,
			      grub_dup_n(g, text + group->rm_so, (size_t)(group->rm_eo - group->rm_so)));
	return GRUB_OK;
}

static int run_regexp(const char *pattern, const char *text, struct match *ret)
{
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED))
		return -EINVAL;
	ret->matched = !regexec(&re, text, REGEXP_GROUPS, ret->groups, 0);
	regfree(&re);
	return 0;
}

/*
 * Without these limits regcomp() and regexec() have no bound in memory or time: "{n}" and "+" copy what they
 * repeat (glibc, posix/regcomp.c, duplicate_tree), so each nested one doubles it; "\1" is matched by trial.
 */
static bool costs_little(const char *pattern)
{
	size_t plus = 0, len = strlen(pattern);

	for (size_t i = 0; i < len; i++) {
		plus += pattern[i] == '+';
		if (pattern[i] == '{' ||
		    (pattern[i] == '\\' && pattern[i + 1] >= '1' && pattern[i + 1] <= '9'))
			return false;
	}
	return len <= REGEXP_MAX_LEN && plus <= REGEXP_MAX_PLUS;
}

enum grub_err grub_cmd_regexp(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = {
		{ .name = "set", .letter = 's', .flags = OPT_REPEAT, .takes_value = true }, { 0 },
	};
	struct match m = { .matched = false };
	struct grub_opts o;
	enum grub_err r;
	size_t i;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (o.rest.count != 2)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	if (!costs_little(o.rest.args[0]))
		grub_unmodelled(g,
				"a regular expression with {, a back-reference, more than %u + or %u bytes "
				"is not modelled",
				REGEXP_MAX_PLUS, REGEXP_MAX_LEN);
	if (run_regexp(o.rest.args[0], o.rest.args[1], &m) < 0 || !m.matched)
		return grub_fail(g, GRUB_ERR_TEST_FAILURE);
	for (i = 0; i < o.values[0].count; i++) {
		r = set_group(g, o.values[0].args[i], o.rest.args[1], &m);
		if (r != GRUB_OK)
			return r;
	}
	return GRUB_OK;
}
