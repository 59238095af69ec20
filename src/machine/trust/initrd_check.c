#include "machine/trust/initrd_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "machine/chain/chain_files.h"
#include "seal/anchor.h"
#include "seal/crypttab_cmdline.h"
#include "seal/crypttab_use.h"

#define INITRDS_MAX 8

/* Does the manifest say that this very file was proven under this key? */
static bool was_proven(const struct initrd_check *p, const struct proof *proof,
		       const struct file_facts *initrd)
{
	const struct manifest *lists[] = { p->now, p->before };

	for (size_t i = 0; i < 2; i++) {
		const struct manifest_file *m = manifest_find(lists[i], initrd->path);

		if (m && m->has_proof && memcmp(m->proof, proof->key, SHA256_LEN) == 0 &&
		    memcmp(m->sha256, initrd->sha256, SHA256_LEN) == 0)
			return true;
	}
	return false;
}

static int remember_proof(struct initrd_check *p, const struct proof *proof, const struct file_facts *initrd)
{
	const struct manifest_file *m = manifest_find(p->now, initrd->path);
	struct manifest_file proven;

	if (!m)
		return 0;
	proven = *m;
	proven.path = initrd->path;
	proven.has_proof = true;
	memcpy(proven.proof, proof->key, SHA256_LEN);
	return manifest_set(p->now, &proven);
}

/* older: the anchor of proof_check_older(), or NULL. */
static int unpack(struct initrd_check *p, const struct proof *proof, const struct anchor *older,
		  const struct boot_trace *g, struct error *err)
{
	const struct file_facts *facts = NULL;
	struct reader bytes[INITRDS_MAX] = { { .at = NULL } };
	const size_t n = g->initrd_count;
	struct input *initrd[INITRDS_MAX];
	const char *base, *path;
	size_t in_memory = 0;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		r = chain_locate_path(p->chain, g->initrds[i], &base, &path);
		if (r == 0)
			r = files_input(p->chain->files, base, path, err, &initrd[i]);
		if (r == 0)
			facts = input_facts(initrd[i]);
		/* with several, one hides the files of another: no single file's proof says anything */
		if (r == 0 && !older && n == 1 && was_proven(p, proof, facts))
			return remember_proof(p, proof, facts);
		if (r == 0)
			r = input_bytes(initrd[i], err, &bytes[i]);
		in_memory += r == 0;
	}
	if (r == 0)
		r = older ? proof_check_older(proof, older, bytes, n, err) :
			    proof_check(proof, bytes, n, err);
	while (in_memory > 0)
		input_done(initrd[--in_memory]);
	if (r == 0 && !older && n == 1 && facts)
		r = remember_proof(p, proof, facts);
	if ((r == -EBADMSG || r == -EFBIG) && err) {
		struct error why = *err;

		error_set(err, r, "%.300s; 'update-initramfs -u -k %s' rebuilds it", why.text,
			  proof->release);
	}
	return r == -ENOENT || r == -EBADMSG || r == -EFBIG ? -EPERM : r;
}

/* "gpt2)/initrd.img-6.1.0-56-amd64\n...": the same files whatever number their disk has on this path. */
static char *name_initrds(const struct boot_trace *g)
{
	struct buffer b = BUFFER_NONE;

	for (size_t i = 0; i < g->initrd_count; i++) {
		const char *comma = strchr(g->initrds[i], ',');

		buffer_addf(&b, "%s\n", comma ? comma + 1 : g->initrds[i]);
	}
	return buffer_steal(&b);
}

static struct initrd_answer *find_answer(struct initrd_check *p, const char *initrds,
					 const struct proof *proof)
{
	for (size_t i = 0; i < p->answer_count; i++)
		if (strcmp(p->answer[i].initrds, initrds) == 0 &&
		    memcmp(p->answer[i].key, proof->key, SHA256_LEN) == 0)
			return &p->answer[i];
	return NULL;
}

/* Takes initrds over. */
static struct initrd_answer *new_answer(struct initrd_check *p, char *initrds, const struct proof *proof)
{
	struct initrd_answer *grown = reallocarray(p->answer, p->answer_count + 1, sizeof(*grown));

	if (!grown) {
		free(initrds);
		return NULL;
	}
	p->answer = grown;
	grown += p->answer_count++;
	*grown = (struct initrd_answer){ .initrds = initrds };
	memcpy(grown->key, proof->key, SHA256_LEN);
	return grown;
}

static int read_anchor(const struct initrd_check *p, struct error *err, struct anchor *ret)
{
	char name[PATH_MAX];
	int r = machine_path(p->chain->machine, ANCHOR_PATH, name);

	return r == 0 ? anchor_read(name, err, ret) : r;
}

/* The targets of cryptopts=, which this boot has in place of the initrd's crypttab. */
static int check_cryptopts(const struct initrd_check *p, const char *cmdline, struct error *err)
{
	static const char path[] = "cryptopts= on its command line";
	struct crypttab *tab = calloc(1, sizeof(*tab));
	struct anchor anchor;
	int r;

	if (!tab)
		return -ENOMEM;
	r = read_anchor(p, err, &anchor);
	if (r == 0)
		r = crypttab_add_cmdline(cmdline, strlen(cmdline), err, tab);
	if (r == 0)
		r = crypttab_check_targets(tab, &anchor, path, err);
	free(tab);
	return r < 0 && r != -ENOMEM ? -EPERM : r;
}

/* What is asked of the initrds of this boot path. */
static int begin(const struct initrd_check *p, const struct boot_trace *g, struct error *err,
		 struct proof *ret)
{
	const struct proof_path path = { boot_trace_release(g), g->cmdline ? g->cmdline : "" };
	int r;

	if (g->initrd_count > INITRDS_MAX)
		return error_set(err, -EPERM, "it has more than %d initrds", INITRDS_MAX);
	r = proof_init(p->chain->files, p->chain->machine, &path, err, ret);
	if (r < 0)
		return r == -ENOENT || r == -ENODEV ? -EPERM : r;
	return ret->without_crypttab ? check_cryptopts(p, path.cmdline, err) : 0;
}

/* What is known of these initrds under proof; asked now if nobody did before. */
static struct initrd_answer *answer_for(struct initrd_check *p, const struct boot_trace *g,
					const struct proof *proof)
{
	char *initrds = name_initrds(g);
	struct initrd_answer *a;

	if (!initrds)
		return NULL;
	a = find_answer(p, initrds, proof);
	if (a) {
		free(initrds);
		return a;
	}
	a = new_answer(p, initrds, proof);
	if (a)
		a->verdict = unpack(p, proof, NULL, g, &a->why);
	return a;
}

int initrd_check_ask(struct initrd_check *p, const struct boot_trace *g, struct error *err)
{
	const struct initrd_answer *a;
	struct proof proof;
	int r;

	r = begin(p, g, err, &proof);
	if (r < 0)
		return r;
	a = answer_for(p, g, &proof);
	if (!a)
		return -ENOMEM;
	return a->verdict < 0 ? error_set(err, a->verdict, "%s", a->why.text) : 0;
}

int initrd_check_older(struct initrd_check *p, const struct boot_trace *g, bool pin)
{
	struct initrd_answer *a;
	struct anchor anchor;
	struct proof proof;
	int r;

	r = begin(p, g, NULL, &proof);
	if (r < 0)
		return r;
	a = answer_for(p, g, &proof);
	if (!a)
		return -ENOMEM;
	if (a->older_asked)
		return a->older;
	a->older_asked = true;
	a->older = read_anchor(p, NULL, &anchor);
	anchor.pin = pin;
	if (a->older == 0)
		a->older = unpack(p, &proof, &anchor, g, NULL);
	return a->older;
}

void initrd_check_free(struct initrd_check *p)
{
	for (size_t i = 0; i < p->answer_count; i++)
		free(p->answer[i].initrds);
	free(p->answer);
	p->answer = NULL;
	p->answer_count = 0;
}
