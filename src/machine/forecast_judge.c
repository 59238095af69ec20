#include "machine/forecast_judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "machine/chain/chain_files.h"
#include "machine/system/digests.h"
#include "machine/trust/vouch_cmdline.h"

/* A judgement that was made: each file is asked about once. */
struct judged {
	char *path;
	enum file_role role; /* what is fit for one may not be for another */
	enum trust_verdict verdict;
};

static bool has_image(enum file_role role)
{
	return role == ROLE_LOADER || role == ROLE_KERNEL;
}

/* An accepted file enters the new manifest; a proof that it had stays as long as it is the same file. */
static int enter(struct judge *j, const struct vouch_question *q)
{
	const struct file_facts *facts = input_facts(q->input);
	const struct manifest_file *old = manifest_find(j->vouch.manifest, facts->path);
	struct manifest_file m = { .path = facts->path, .size = facts->st.st_size };
	int r = 0;

	if (vouch_is_free(q->role))
		return 0;
	memcpy(m.sha256, facts->sha256, SHA256_LEN);
	m.has_authenticode = has_image(q->role);
	if (m.has_authenticode)
		r = input_authenticode(q->input, NULL, m.authenticode);
	if (old && old->has_proof && memcmp(old->sha256, m.sha256, SHA256_LEN) == 0) {
		m.has_proof = true;
		memcpy(m.proof, old->proof, SHA256_LEN);
	}
	return r < 0 ? r : manifest_set(j->forecast->manifest, &m);
}

static int note_refused(struct judge *j, const char *what, const char *why)
{
	struct forecast *f = j->forecast;

	return j->quiet ? 0 : forecast_note(&f->refused, &f->refused_count, what, why);
}

static int ask(struct judge *j, const struct vouch_question *q, enum trust_verdict *ret)
{
	const char *path = input_facts(q->input)->path, *word = "";
	struct error why = ERROR_NONE;
	int r;

	if (j->options->trust == TRUST_UNJUDGED) {
		*ret = TRUST_UNCHANGED;
		return 0;
	}
	if (!manifest_takes(path)) {
		*ret = TRUST_REFUSED;
		return note_refused(j, path,
				    "its name has control characters, which no program of the system writes");
	}
	r = vouch_file(&j->vouch, q, &why, &word, ret);
	if (r == 0)
		log_step("%s: %s%s", path, *ret == TRUST_REFUSED ? "refused" : "trusted: ",
			 *ret == TRUST_REFUSED ? "" : *ret == TRUST_UNCHANGED ? "unchanged" : word);
	if (r == 0 && *ret == TRUST_REFUSED)
		return note_refused(j, path, why.text);
	if (r == 0 && *ret == TRUST_ACCEPTED)
		r = forecast_note(&j->forecast->accepted, &j->forecast->accepted_count, path, word);
	return r < 0 ? r : enter(j, q);
}

/* A file that a boot path needs. */
struct needed {
	const char *base, *in_base; /* as files_input() takes them */
	const char *release;	    /* of the path's kernel, "" where none matters */
	enum file_role role;
};

/* 0; -EPERM with the reason when it is refused. */
static int judge_file(struct judge *j, const struct needed *n, struct error *err)
{
	struct vouch_question q = { .role = n->role, .release = n->release };
	struct judged *grown;
	const char *path;
	enum trust_verdict verdict;
	int r;

	r = files_input(j->chain->files, n->base, n->in_base, err, &q.input);
	if (r < 0)
		return r == -EFBIG ? -EPERM : r; /* this path's fault, not the machine's */
	path = input_facts(q.input)->path;
	for (size_t i = 0; i < j->judged_count; i++)
		if (j->judged[i].role == n->role && strcmp(j->judged[i].path, path) == 0) {
			verdict = j->judged[i].verdict;
			goto say;
		}
	r = ask(j, &q, &verdict);
	if (r < 0)
		return r;
	grown = reallocarray(j->judged, j->judged_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	j->judged = grown;
	grown[j->judged_count] = (struct judged){ .path = strdup(path), .role = n->role, .verdict = verdict };
	if (!grown[j->judged_count++].path)
		return -ENOMEM;
say:
	if (verdict == TRUST_REFUSED)
		return error_set(err, -EPERM, "it needs %s, which is not trusted", path);
	return 0;
}

static int judge_access(struct judge *j, const struct boot_trace *g, const struct boot_access *a,
			struct error *err)
{
	struct needed n = { .in_base = a->path, .role = a->role };

	if (!a->opened || !a->found || a->built_in)
		return 0;
	if (chain_locate(j->chain, a->device, strlen(a->device), &n.base) < 0)
		return error_set(err, -EPERM, "it needs (%s)%s, which is not on a mounted file system",
				 a->device, a->path);
	n.release = boot_trace_release(g);
	return judge_file(j, &n, err);
}

static int judge_image(struct judge *j, const struct started_image *s, struct error *err)
{
	const struct needed n = {
		.base = j->chain->esp->mount, .in_base = s->file, .release = "", .role = ROLE_LOADER
	};

	return judge_file(j, &n, err);
}

/* All of them, so that everything that is refused is named at once; err says the first. */
static int judge_files(struct judge *j, const struct boot_trace *g, struct error *err)
{
	const struct started *s = &j->chain->started;
	int verdict = 0, r;

	for (size_t i = 0; i < s->n + g->access_count; i++) {
		struct error *why = verdict < 0 ? NULL : err;

		r = i < s->n ? judge_image(j, &s->image[i], why) :
			    judge_access(j, g, &g->accesses[i - s->n], why);
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

/*
 * Only where something new may come in: otherwise the files are those that were accepted, or nothing is
 * judged.
 */
static int judge_cmdline(struct judge *j, const char *cmdline, struct error *err)
{
	static const char what[] = "the kernel's command line";
	enum trust_mode how = j->options->trust;
	struct forecast *f = j->forecast;
	struct error why = ERROR_NONE;
	int r;

	if (how == TRUST_UNJUDGED || how == TRUST_NOTHING_NEW)
		return 0;
	r = vouch_cmdline(&j->words, cmdline, &why);
	if (r != -EPERM)
		return r;
	if (how == TRUST_ALL)
		return is_noted(f->accepted, f->accepted_count, cmdline) ? 0 :
			       forecast_note(&f->accepted, &f->accepted_count, what, cmdline);
	if (!is_noted(f->refused, f->refused_count, why.text)) {
		r = note_refused(j, what, why.text);
		if (r < 0)
			return r;
	}
	return error_set(err, -EPERM, "%s: %s", what, why.text);
}

/* Once for each kernel, before somebody boots it. */
static int warn_of_initrd(struct judge *j, const char *release, const char *text)
{
	struct forecast *f = j->forecast;
	char what[160];

	snprintf(what, sizeof(what), "Linux %.140s", release);
	text_make_printable(what); /* as the list has it */
	for (size_t i = 0; i < f->warning_count; i++)
		if (strcmp(f->warning[i].what, what) == 0)
			return 0;
	return forecast_note(&f->warning, &f->warning_count, what, text);
}

static bool unlocks_as_sealed(struct judge *j, const struct prediction *p)
{
	const struct forecast_options *o = j->options;

	return o->in_force && o->in_force(o->context, p->pcrs) &&
	       initrd_check_older(&j->initrds, &p->trace, o->pin) == 0;
}

/*
 * An installed kernel whose initrd is not proven asks for the passphrase, for one because the initrd holds
 * another version of our program; but until the next reseal what is in force unlocks.
 */
static int ask_for_proof(struct judge *j, const struct prediction *p, struct error *err)
{
	struct error why = ERROR_NONE;
	char text[sizeof(why.text)];
	bool sealed;
	int r = initrd_check_ask(&j->initrds, &p->trace, &why);

	if (r != -EPERM)
		return r < 0 ? error_set(err, r, "%s", why.text) : 0;
	sealed = unlocks_as_sealed(j, p);
	snprintf(text, sizeof(text), "this kernel will ask for the passphrase%s: %.400s",
		 sealed ? " after the next reseal" : "", why.text);
	if (!j->quiet && warn_of_initrd(j, boot_trace_release(&p->trace), text) < 0)
		return -ENOMEM;
	return sealed ? 0 : error_set(err, r, "%s", why.text);
}

int judge_admit(void *context, const struct prediction *p, bool expected, struct error *err)
{
	struct judge *j = context;
	int r;

	j->quiet = !expected;
	if (j->quiet && j->options->expected_only)
		return error_set(err, -EPERM, "it asks for the passphrase");
	r = judge_files(j, &p->trace, err);
	if (r == 0)
		r = judge_cmdline(j, p->trace.cmdline, err);
	if (r == 0 && !j->options->without_proof && !digests_only(j->chain->machine))
		r = ask_for_proof(j, p, err);
	return r;
}

int judge_new(struct chain *c, const struct forecast_options *o, const struct manifest *before,
	      struct forecast *f, struct judge *ret)
{
	struct judge j = {
		.chain = c,
		.options = o,
		.forecast = f,
		.vouch = { .chain = c, .mode = o->trust, .calibration = o->calibration, .manifest = before },
		.initrds = { .chain = c, .before = before, .now = f->manifest },
	};
	int r = vouch_words(c, &j.words);

	if (r == 0)
		*ret = j;
	return r;
}

void judge_free(struct judge *j)
{
	initrd_check_free(&j->initrds);
	buffer_free(&j->words);
	for (size_t i = 0; i < j->judged_count; i++)
		free(j->judged[i].path);
	free(j->judged);
	j->judged = NULL;
	j->judged_count = 0;
}
