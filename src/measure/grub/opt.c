/* Options of commands (lib/arg.c). */
#include "measure/grub/opt.h"

#include <string.h>

#include "measure/grub/state.h"

/* --help and --usage, which every such command has, print a text and end the command. */
static const struct grub_opt help = { .name = "help" };

static bool is_end(const struct grub_opt *o)
{
	return !o->name && !o->letter;
}

static const struct grub_opt *find_letter(const struct grub_opt *o, char c)
{
	for (; !is_end(o); o++)
		if (o->letter == c)
			return o;
	return c == 'h' || c == 'u' ? &help : NULL;
}

static const struct grub_opt *find_name(const struct grub_opt *o, const char *s, size_t len)
{
	for (; !is_end(o); o++)
		if (o->name && strlen(o->name) == len && !strncmp(o->name, s, len))
			return o;
	if ((len == 4 && !strncmp(s, "help", 4)) || (len == 5 && !strncmp(s, "usage", 5)))
		return &help;
	return NULL;
}

static void add_rest(struct grub *g, struct grub_opts *ret, const char *arg)
{
	grub_argv_next(g, &ret->rest);
	grub_argv_append(g, &ret->rest, arg, strlen(arg));
}

static bool give(struct grub *g, const struct grub_opt *options, const struct grub_opt *o, const char *value,
		 struct grub_opts *ret)
{
	size_t i = (size_t)(o - options);

	if (o == &help)
		return false;
	ret->set[i] = true;
	ret->value[i] = value;
	if ((o->flags & OPT_REPEAT) && value) {
		grub_argv_next(g, &ret->values[i]);
		grub_argv_append(g, &ret->values[i], value, strlen(value));
	}
	return true;
}

static bool give_checked(struct grub *g, const struct grub_opt *options, const struct grub_opt *o,
			 const char *value, struct grub_opts *ret)
{
	if (o->takes_value ? !value && !(o->flags & OPT_OPTIONAL) : value != NULL) {
		grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
		return false;
	}
	return give(g, options, o, value, ret);
}

/* -abc; *i moves past a value that was taken from the next argument */
static bool parse_letters(struct grub *g, const struct grub_opt *options, unsigned flags,
			  const struct grub_argv *args, size_t *i, struct grub_opts *ret)
{
	const char *arg = args->args[*i], *p, *next, *value = NULL;
	const struct grub_opt *o;

	for (p = arg + 1; (flags & OPTS_ACCEPT_DASH) && *p; p++)
		if (!find_letter(options, *p)) {
			add_rest(g, ret, arg);
			return true;
		}
	for (p = arg + 1; ; p++) {
		o = find_letter(options, *p);
		if (!o) {
			grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
			return false;
		}
		if (!p[1])
			break;
		if (o->takes_value && !(o->flags & OPT_OPTIONAL)) {
			grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
			return false;
		}
		if (!give(g, options, o, NULL, ret))
			return false;
	}
	if (o->takes_value && *i + 1 < args->count) {
		next = args->args[*i + 1];
		if (!(o->flags & OPT_OPTIONAL) || strlen(next) < 2 || next[0] != '-') {
			value = next;
			(*i)++;
		}
	}
	return give_checked(g, options, o, value, ret);
}

static bool parse_long(struct grub *g, const struct grub_opt *options, unsigned flags,
		       const struct grub_argv *args, size_t *i, struct grub_opts *ret)
{
	const char *arg = args->args[*i], *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value++ - arg) - 2 : strlen(arg) - 2;
	const struct grub_opt *o = find_name(options, arg + 2, len);

	if (!o && (flags & OPTS_ACCEPT_DASH)) {
		add_rest(g, ret, arg);
		return true;
	}
	if (!o) {
		grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
		return false;
	}
	if (!value && *i + 1 < args->count && args->args[*i + 1][0] != '-' && o->takes_value)
		value = args->args[++*i];
	return give_checked(g, options, o, value, ret);
}

bool grub_opt_parse(struct grub *g, const struct grub_opt *options, unsigned flags,
		    const struct grub_argv *args, struct grub_opts *ret)
{
	const char *arg;
	size_t i;
	bool ok = true;

	*ret = (struct grub_opts){ 0 };
	for (i = 0; ok && i < args->count; i++) {
		arg = args->args[i];
		if (arg[0] != '-' || !arg[1]) {
			add_rest(g, ret, arg);
		} else if (arg[1] != '-') {
			ok = parse_letters(g, options, flags, args, &i, ret);
		} else if (!arg[2]) {
			while (++i < args->count)
				add_rest(g, ret, args->args[i]);
		} else {
			ok = parse_long(g, options, flags, args, &i, ret);
		}
	}
	return ok;
}
