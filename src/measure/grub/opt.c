/* Models GRUB's lib/arg.c. */
#include "measure/grub/opt.h"

#include <string.h>

#include "measure/grub/state.h"

/* Every such command has --help and --usage, which print a text and end the command. */
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

/* One command's arguments being parsed. */
struct parse {
	struct grub *g;
	const struct grub_opt *options;
	unsigned flags;
	const struct grub_argv *args;
	size_t at;			/* the argument being looked at */
	struct grub_opts *ret;
};

static bool bad_argument(const struct parse *p)
{
	grub_fail(p->g, GRUB_ERR_BAD_ARGUMENT);
	return false;
}

static void add_rest(struct parse *p, const char *arg)
{
	grub_argv_next(p->g, &p->ret->rest);
	grub_argv_append(p->g, &p->ret->rest, arg, strlen(arg));
}

static bool give(struct parse *p, const struct grub_opt *o, const char *value)
{
	size_t i = (size_t)(o - p->options);

	if (o == &help)
		return false;
	p->ret->set[i] = true;
	p->ret->value[i] = value;
	if ((o->flags & OPT_REPEAT) && value) {
		grub_argv_next(p->g, &p->ret->values[i]);
		grub_argv_append(p->g, &p->ret->values[i], value, strlen(value));
	}
	return true;
}

static bool give_checked(struct parse *p, const struct grub_opt *o, const char *value)
{
	if (o->takes_value ? !value && !(o->flags & OPT_OPTIONAL) : value != NULL)
		return bad_argument(p);
	return give(p, o, value);
}

/* -abc; p->at moves past a value that was taken from the next argument */
static bool parse_letters(struct parse *p)
{
	const char *arg = p->args->args[p->at], *c, *next, *value = NULL;
	const struct grub_opt *o;

	for (c = arg + 1; (p->flags & OPTS_ACCEPT_DASH) && *c; c++)
		if (!find_letter(p->options, *c)) {
			add_rest(p, arg);
			return true;
		}
	for (c = arg + 1; ; c++) {
		o = find_letter(p->options, *c);
		if (!o)
			return bad_argument(p);
		if (!c[1])
			break;
		if (o->takes_value && !(o->flags & OPT_OPTIONAL))
			return bad_argument(p);
		if (!give(p, o, NULL))
			return false;
	}
	if (o->takes_value && p->at + 1 < p->args->count) {
		next = p->args->args[p->at + 1];
		if (!(o->flags & OPT_OPTIONAL) || strlen(next) < 2 || next[0] != '-') {
			value = next;
			p->at++;
		}
	}
	return give_checked(p, o, value);
}

static bool parse_long(struct parse *p)
{
	const char *arg = p->args->args[p->at], *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value++ - arg) - 2 : strlen(arg) - 2;
	const struct grub_opt *o = find_name(p->options, arg + 2, len);

	if (!o && (p->flags & OPTS_ACCEPT_DASH)) {
		add_rest(p, arg);
		return true;
	}
	if (!o)
		return bad_argument(p);
	if (!value && p->at + 1 < p->args->count && p->args->args[p->at + 1][0] != '-' && o->takes_value)
		value = p->args->args[++p->at];
	return give_checked(p, o, value);
}

bool grub_opt_parse(struct grub *g, const struct grub_opt *options, unsigned flags,
		    const struct grub_argv *args, struct grub_opts *ret)
{
	struct parse p = { .g = g, .options = options, .flags = flags, .args = args, .ret = ret };
	const char *arg;
	bool ok = true;

	*ret = (struct grub_opts){ 0 };
	for (; ok && p.at < args->count; p.at++) {
		arg = args->args[p.at];
		if (arg[0] != '-' || !arg[1]) {
			add_rest(&p, arg);
		} else if (arg[1] != '-') {
			ok = parse_letters(&p);
		} else if (!arg[2]) {
			while (++p.at < args->count)
				add_rest(&p, args->args[p.at]);
		} else {
			ok = parse_long(&p);
		}
	}
	return ok;
}
