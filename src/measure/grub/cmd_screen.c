/* Terminals, fonts and pictures: only what they open is measured. */
#include "measure/grub/cmd_screen.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "hash/hash.h"
#include "measure/grub/arena.h"
#include "measure/grub/argv.h"
#include "measure/grub/dev.h"
#include "measure/grub/grub.h"
#include "measure/grub/module.h"
#include "measure/grub/names.h"
#include "measure/grub/opt.h"
#include "measure/grub/picture.h"
#include "measure/grub/state.h"
#include "measure/grub/stop.h"
#include "measure/grub/vars.h"

static bool terminal_exists(struct grub *g, const char *name, bool output)
{
	return !strcmp(name, "console") || !strcmp(name, "ofconsole") ||
	       (output && !strcmp(name, "gfxterm")) ||
	       (!strncmp(name, "serial", 6) && grub_module_builtin(g, "serial"));
}

/* commands/terminal.c: an unknown terminal is looked up in terminal.lst, and its module is loaded */
static bool find_terminal(struct grub *g, const char *name, bool output)
{
	struct grub_name *t;
	size_t n;

	if (terminal_exists(g, name, output))
		return true;
	for (t = g->terminals; t; t = t->next) {
		if (t->name[0] != (output ? 'o' : 'i'))
			continue;
		n = strlen(t->name);
		if (!strcmp(t->name + 1, name) ||
		    (t->name[n - 1] == '*' && !strncmp(t->name + 1, name, n - 2)))
			break;
	}
	if (t && grub_module_load(g, t->value))
		grub_unmodelled(g, "terminal '%s' is not modelled", name);
	grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	return false;
}

enum grub_err grub_cmd_terminal(struct grub *g, const struct grub_call *call)
{
	bool output = !strcmp(call->name, "terminal_output"), gfxterm = false, append, remove;
	const struct grub_argv *v = &call->argv;
	size_t i;

	if (!v->count)
		return GRUB_OK;
	append = !strcmp(v->args[0], "--append");
	remove = !strcmp(v->args[0], "--remove");
	i = append || remove;
	if (i == v->count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	for (; i < v->count; i++) {
		if (!find_terminal(g, v->args[i], output))
			return g->grub_errno;
		gfxterm = gfxterm || !strcmp(v->args[i], "gfxterm");
	}
	if (!output)
		return GRUB_OK;
	if (gfxterm && !remove && g->machine->no_graphics)
		return grub_fail(g, GRUB_ERR_BAD_DEVICE);
	if (remove)
		g->gfxterm = g->gfxterm && !gfxterm;
	else
		g->gfxterm = gfxterm || (append && g->gfxterm);
	return GRUB_OK;
}

static bool open_font(struct grub *g, const char *file)
{
	struct grub_path path;
	struct grub_stat st;
	const uint8_t *bytes;
	size_t len;

	if (!grub_dev_open(g, file, USE_DENIED, &path, &st))
		return false;
	if (!path.device)
		return true;
	grub_dev_read(g, &path, &bytes, &len);
	if (!grub_font_is_good(bytes, len)) {
		grub_fail(g, GRUB_ERR_BAD_FONT);
		return false;
	}
	return true;
}

/*
 * font/font.c: a font given by name comes from the image if it is there; files are refused under Secure Boot
 */
static bool load_font(struct grub *g, const char *name)
{
	const char *prefix;

	if (name[0] == '(' || name[0] == '/' || name[0] == '+')
		return open_font(g, name);
	if (open_font(g, grub_format(g, "(memdisk)/fonts/%s.pf2", name)))
		return true;
	prefix = grub_vars_get(g, "prefix");
	if (!prefix || (grub_does(g->machine, BUILD_FONTS_BUILT_IN) && g->machine->secure_boot)) {
		grub_fail(g, GRUB_ERR_FILE_NOT_FOUND);
		return false;
	}
	return open_font(g, grub_format(g, "%s/fonts/%s.pf2", prefix, name));
}

enum grub_err grub_cmd_loadfont(struct grub *g, const struct grub_call *call)
{
	size_t i;

	if (!call->argv.count)
		return grub_fail(g, GRUB_ERR_BAD_ARGUMENT);
	for (i = 0; i < call->argv.count; i++)
		if (!load_font(g, call->argv.args[i]))
			return g->grub_errno;
	return GRUB_OK;
}

static bool ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), len = strlen(ending);

	return n >= len && !strcasecmp(name + n - len, ending);
}

/* video/bitmap.c: the suffix selects the reader; PNG and JPEG are built in */
static bool is_picture(const char *name)
{
	return ends_with(name, ".png") || ends_with(name, ".jpg") || ends_with(name, ".jpeg");
}

/* A quarter of a second for a large one, and a forecast asks a hundred times: the last answer is kept. */
static int read_picture(struct grub *g, const struct grub_path *path, bool png)
{
	static struct {
		uint8_t digest[SHA256_LEN];
		bool known, png;
		int answer;
	} last;
	const struct grub_files *f = g->machine->files;
	uint8_t digest[SHA256_LEN];
	const uint8_t *bytes;
	size_t len;

	grub_dev_read(g, path, &bytes, &len);
	if (f->digest(f->context, path->device, path->path, digest) < 0)
		return grub_picture_read(bytes, len, png);
	if (!last.known || last.png != png || memcmp(last.digest, digest, sizeof(digest)) != 0) {
		last.answer = grub_picture_read(bytes, len, png);
		last.png = png;
		memcpy(last.digest, digest, sizeof(digest));
		last.known = last.answer != -ENOMEM;
	}
	return last.answer;
}

static enum grub_err load_picture(struct grub *g, const struct grub_path *path, bool png)
{
	int r = read_picture(g, path, png);

	if (r == -ENOMEM)
		grub_stop(g, r, "out of memory");
	if (r < 0)
		grub_unmodelled(g, "the picture %s is damaged, or larger than %u MiB: replace or remove it",
				grub_dev_name(g, path), PICTURE_MAX_MIB);
	return r > 0 ? grub_fail(g, (enum grub_err)r) : GRUB_OK;
}

enum grub_err grub_cmd_background_image(struct grub *g, const struct grub_call *call)
{
	static const struct grub_opt options[] = {
		{ .name = "mode", .letter = 'm', .takes_value = true }, { 0 },
	};
	struct grub_opts o;
	struct grub_path path;
	struct grub_stat st;

	if (!grub_opt_parse(g, options, 0, &call->argv, &o))
		return g->grub_errno;
	if (!g->gfxterm)
		return grub_fail(g, GRUB_ERR_BAD_DEVICE);
	if (!o.rest.count)
		return GRUB_OK;
	if (!is_picture(o.rest.args[0]))
		return grub_fail(g, GRUB_ERR_BAD_FILE_TYPE);
	if (!grub_dev_open(g, o.rest.args[0], USE_PLAIN, &path, &st))
		return g->grub_errno;
	return load_picture(g, &path, ends_with(o.rest.args[0], ".png"));
}
