/* The boots that may come: boot paths, judged file by file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "machine/system/manifest.h"
#include "machine/trust/initrd_check.h"
#include "machine/trust/vouch.h"
#include "measure/boot/bootpath.h"

/* A judgement that was made: each file is asked about once. */
struct judged {
	char *path;
	enum file_role role; /* what is fit for one may not be for another */
	enum vouched verdict;
};

struct work {
	struct chain *chain;
	const struct forecast_options *options;
	struct manifest before; /* as it was accepted */
	struct vouch vouch;
	struct initrd_check initrds;
	struct judged *judged;
	size_t judged_count;
	struct buffer words; /* see vouch_words() */
	struct forecast f;
};

static bool has_image(enum file_role role)
{
	return role == ROLE_LOADER || role == ROLE_KERNEL;
}

/* An accepted file enters the new manifest; a proof that it had stays as long as it is the same file. */
static int enter(struct work *w, const struct vouch_question *q)
{
	const struct manifest_file *old = manifest_find(&w->before, q->path);
	struct manifest_file m = { .path = (char *)q->path, .size = q->facts->st.st_size };
	int r = 0;

	if (q->role == ROLE_GRUB_ENV)
		return 0;
	memcpy(m.sha256, q->facts->sha256, SHA256_LEN);
	m.has_authenticode = has_image(q->role);
	if (m.has_authenticode)
		r = files_authenticode(w->chain->files, q->base, q->in_base, NULL, m.authenticode);
	if (old && old->has_proof && memcmp(old->sha256, m.sha256, SHA256_LEN) == 0) {
		m.has_proof = true;
		memcpy(m.proof, old->proof, SHA256_LEN);
	}
	return r < 0 ? r : manifest_set(w->f.manifest, &m);
}

static int ask(struct work *w, const struct vouch_question *q, enum vouched *ret)
{
	struct error why = ERROR_NONE;
	const char *word = "";
	int r;

	if (w->options->vouching == VOUCH_NOT) {
		*ret = VOUCHED_UNCHANGED;
		return 0;
	}
	if (!manifest_takes(q->path)) {
		*ret = VOUCHED_REFUSED;
		return forecast_note(&w->f.refused, &w->f.refused_count, q->path, "its name has control characters in it: no program of the "
				     "system makes such a file");
	}
	r = vouch_file(&w->vouch, q, &why, &word, ret);
	if (r == 0 && *ret == VOUCHED_REFUSED)
		return forecast_note(&w->f.refused, &w->f.refused_count, q->path, why.text);
	if (r == 0 && *ret == VOUCHED_NOW)
		r = forecast_note(&w->f.accepted, &w->f.accepted_count, q->path, word);
	return r < 0 ? r : enter(w, q);
}

/* 0; -EPERM with the reason when it is refused. */
static int judge_file(struct work *w, enum file_role role, const char *base, const char *in_base, const char *release,
		      struct error *err)
{
	struct vouch_question q = { .role = role, .base = base, .in_base = in_base, .release = release };
	struct judged *grown;
	enum vouched verdict;
	int r;

	r = files_facts(w->chain->files, base, in_base, err, &q.facts);
	if (r < 0)
		return r;
	q.path = q.facts->path;
	for (size_t i = 0; i < w->judged_count; i++)
		if (w->judged[i].role == role && strcmp(w->judged[i].path, q.path) == 0) {
			verdict = w->judged[i].verdict;
			goto say;
		}
	r = ask(w, &q, &verdict);
	if (r < 0)
		return r;
	grown = reallocarray(w->judged, w->judged_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	w->judged = grown;
	grown[w->judged_count] = (struct judged){ .path = strdup(q.path), .role = role, .verdict = verdict };
	if (!grown[w->judged_count++].path)
		return -ENOMEM;
say:
	if (verdict == VOUCHED_REFUSED)
		return error_set(err, -EPERM, "it needs %s, which is not accepted", q.path);
	return 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static bool names(const char *grub_path, const struct boot_access *a)
{
	const char *close = strchr(grub_path, ')');

	return close && (size_t)(close - grub_path - 1) == strlen(a->device) &&
	       memcmp(grub_path + 1, a->device, strlen(a->device)) == 0 && strcmp(close + 1, a->path) == 0;
}

static enum file_role role_of(const struct work *w, const struct boot_trace *g, const struct boot_access *a,
			      const char *base)
{
	if (g->kernel && names(g->kernel, a))
		return ROLE_KERNEL;
	for (size_t i = 0; i < g->initrd_count; i++)
		if (names(g->initrds[i], a))
			return ROLE_INITRD;
	if (ends_with(a->path, "/grubenv"))
		return ROLE_GRUB_ENV;
	if (!ends_with(a->path, "/grub.cfg"))
		return ROLE_GRUB_FILE;
	return strcmp(base, w->chain->esp->mount) == 0 ? ROLE_STUB : ROLE_GRUB_CFG;
}

static int judge_access(struct work *w, const struct boot_trace *g, const struct boot_access *a, struct error *err)
{
	const char *base;

	if (!a->opened || !a->found)
		return 0;
	if (chain_locate(w->chain, a->device, strlen(a->device), &base) < 0)
		return error_set(err, -EPERM, "it needs (%s)%s, which is not on a mounted file system", a->device,
				 a->path);
	return judge_file(w, role_of(w, g, a, base), base, a->path, kernel_release(g->kernel), err);
}

/* All of them, so that everything that is refused is named at once; err says the first. */
static int judge_files(struct work *w, const struct boot_trace *g, struct error *err)
{
	const char *const loaders[] = { w->chain->loader.shim.file, w->chain->loader.grub_file };
	int verdict = 0, r;

	for (size_t i = 0; i < 2 + g->access_count; i++) {
		struct error *why = verdict < 0 ? NULL : err;

		r = i < 2 ? judge_file(w, ROLE_LOADER, w->chain->esp->mount, loaders[i], "", why) :
			    judge_access(w, g, &g->accesses[i - 2], why);
		if (r < 0 && r != -EPERM)
			return r;
		if (r < 0)
			verdict = r;
	}
	return verdict;
}

static bool is_noted(const struct forecast_note *list, size_t n, const char *why)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].why, why) == 0)
			return true;
	return false;
}

/* Only where something new may come in: otherwise the files are those that were accepted, or nothing is judged. */
static int judge_cmdline(struct work *w, const char *cmdline, struct error *err)
{
	static const char what[] = "the kernel's command line";
	enum vouching how = w->options->vouching;
	struct forecast *f = &w->f;
	struct error why = ERROR_NONE;
	int r;

	if (how == VOUCH_NOT || how == VOUCH_NOTHING)
		return 0;
	r = vouch_cmdline(&w->words, cmdline, &why);
	if (r != -EPERM)
		return r;
	if (how == VOUCH_ACCEPT_CURRENT)
		return is_noted(f->accepted, f->accepted_count, cmdline) ? 0 :
			       forecast_note(&f->accepted, &f->accepted_count, what, cmdline);
	if (!is_noted(f->refused, f->refused_count, why.text)) {
		r = forecast_note(&f->refused, &f->refused_count, what, why.text);
		if (r < 0)
			return r;
	}
	return error_set(err, -EPERM, "%s: %s", what, why.text);
}

static int admit(void *context, const struct prediction *p, struct error *err)
{
	struct work *w = context;
	int r;

	r = judge_files(w, &p->grub, err);
	if (r == 0)
		r = judge_cmdline(w, p->grub.cmdline, err);
	if (r == 0 && !w->options->without_proof)
		r = initrd_check_ask(&w->initrds, &p->grub, err);
	return r;
}

static int system_name(const struct chain *c, const char *grub_path, char **ret)
{
	const char *base, *path;
	int r;

	r = chain_locate_path(c, grub_path, &base, &path);
	if (r < 0)
		return r;
	return asprintf(ret, "%s%s", strcmp(base, "/") == 0 ? "" : base, path) < 0 ? -ENOMEM : 0;
}

static int name_initrds(const struct chain *c, const struct boot_trace *g, char **ret)
{
	struct buffer all = BUFFER_NONE;
	char *one;
	int r = 0;

	for (size_t i = 0; i < g->initrd_count && r == 0; i++) {
		r = system_name(c, g->initrds[i], &one);
		if (r == 0) {
			buffer_addf(&all, "%s%s", i > 0 ? " " : "", one);
			free(one);
		}
	}
	*ret = r == 0 ? buffer_steal(&all) : NULL;
	buffer_free(&all);
	return r == 0 && !*ret ? -ENOMEM : r;
}

/* Takes the strings and events over. */
static int take_path(struct work *w, struct bootpath *b)
{
	struct forecast_path *p = &w->f.path[w->f.path_count++];
	struct boot_trace *g = &b->prediction.grub;
	int r;

	*p = (struct forecast_path){ .key = b->key, .label = b->label, .release = b->release, .cmdline = g->cmdline,
				     .is_default = b->is_default, .events = b->prediction.events };
	memcpy(p->pcrs, b->prediction.pcrs, sizeof(p->pcrs));
	b->key = b->label = b->release = g->cmdline = NULL;
	b->prediction.events = EVENT_LIST_NONE;
	r = system_name(w->chain, g->kernel, &p->kernel);
	if (r == 0)
		r = name_initrds(w->chain, g, &p->initrd);
	if (r < 0)
		return r;
	/* for people from here on */
	text_make_printable(p->label);
	text_make_printable(p->release);
	text_make_printable(p->kernel);
	text_make_printable(p->initrd);
	text_make_printable(p->cmdline);
	return 0;
}

/* A reason that begins or goes on with a file as GRUB names it, "(hd0,gpt2)/grub/grub.cfg": people know it by another name. */
static void add_reason(const struct chain *c, const char *rest, struct buffer *b)
{
	const char *open, *close, *base;

	while ((open = strstr(rest, "(hd")) && (close = strstr(open, ")/"))) {
		buffer_add(b, rest, open - rest);
		if (chain_locate(c, open + 1, close - open - 1, &base) < 0)
			buffer_add(b, open, close + 1 - open);
		else if (strcmp(base, "/") != 0)
			buffer_add_str(b, base);
		rest = close + 1;
	}
	buffer_add_str(b, rest);
}

static int note_left_out(struct work *w, const struct bootpath_out *out)
{
	struct buffer why = BUFFER_NONE;
	int r = -ENOMEM;

	add_reason(w->chain, out->why, &why);
	if (buffer_ok(&why))
		r = forecast_note(&w->f.left_out, &w->f.left_out_count, out->label, buffer_str(&why));
	buffer_free(&why);
	return r;
}

static int find_paths(struct work *w, struct error *err, struct bootpaths *ret)
{
	const struct bootpath_options o = { .max = BRANCH_MAX, .root_shells = w->options->root_shells, .admit = admit, .context = w };
	struct buffer why = BUFFER_NONE;
	int r = bootpaths_find(&w->chain->model, &o, err, ret);

	if (r < 0) {
		add_reason(w->chain, err->text, &why);
		if (buffer_ok(&why))
			error_set(err, r, "%s", buffer_str(&why));
		buffer_free(&why);
	}
	return r;
}

static int take_paths(struct work *w, struct bootpaths *b)
{
	int r = 0;

	w->f.default_lacks_initrd = b->default_lacks_initrd;
	w->f.path = calloc(b->n + 1, sizeof(*w->f.path));
	if (!w->f.path)
		return -ENOMEM;
	for (size_t i = 0; i < b->n && r == 0; i++)
		r = take_path(w, &b->path[i]);
	for (size_t i = 0; i < b->out_count && r == 0; i++)
		r = note_left_out(w, &b->out[i]);
	return r;
}

/* What was accepted and still exists stays accepted, whether a path needs it today or not. */
static int start_manifest(struct work *w)
{
	struct stat st;
	int r = 0;

	w->f.manifest = calloc(1, sizeof(*w->f.manifest));
	if (!w->f.manifest)
		return -ENOMEM;
	for (size_t i = 0; i < w->before.n && r == 0; i++)
		if (files_stat(w->chain->files, NULL, w->before.file[i].path, &st) == 0)
			r = manifest_set(w->f.manifest, &w->before.file[i]);
	return r;
}

int chain_forecast(struct chain *c, const struct forecast_options *o, struct error *err, struct forecast *ret)
{
	struct work w = { .chain = c, .options = o };
	struct bootpaths paths = BOOTPATHS_NONE;
	int r;

	r = manifest_read(c->machine, err, &w.before);
	if (r < 0)
		return r;
	w.vouch = (struct vouch){ .chain = c, .options = o, .manifest = &w.before };
	r = start_manifest(&w);
	if (r == 0)
		r = vouch_words(c, &w.words);
	w.initrds = (struct initrd_check){ .chain = c, .before = &w.before, .now = w.f.manifest };
	if (r == 0)
		r = find_paths(&w, err, &paths);
	if (r == 0)
		r = take_paths(&w, &paths);
	if (r == 0)
		r = forecast_warn(c, &w.f);
	if (r == -ENOMEM)
		error_set(err, r, "out of memory");
	if (r == 0) {
		*ret = w.f;
		w.f = FORECAST_NONE;
	}
	initrd_check_free(&w.initrds);
	buffer_free(&w.words);
	forecast_free(&w.f);
	bootpaths_free(&paths);
	manifest_free(&w.before);
	for (size_t i = 0; i < w.judged_count; i++)
		free(w.judged[i].path);
	free(w.judged);
	return r;
}

int forecast_accept(const struct machine *m, const struct forecast *f, struct error *err)
{
	return manifest_write(m, f->manifest, err);
}
