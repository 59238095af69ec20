#include "machine/trust/proof.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "machine/system/layout.h"
#include "machine/trust/initrd.h"
#include "machine/trust/proof_crypttab.h"
#include "measure/initrd/unpacked.h"
#include "seal/crypttab_use.h"

#define VERSION "bootseal-proof 3"
#define DRIVER_LINK "/sys/class/tpm/tpm0/device/driver"
#define BUILTIN_MAX_LEN (1u << 20)
#define UNLOCK "sbin/bootseal-unlock"
#define SCRIPTS 5
#define ANCHOR_IN_INITRD "etc/bootseal/anchor"

/* Where each comes from on the system; in the initrd it has the same content. */
static const struct {
	const char *installed, *in_initrd;
} wanted[PROOF_WANTS] = {
	{ "/usr/lib/bootseal/bootseal-unlock", UNLOCK },
	{ ANCHOR_PATH, ANCHOR_IN_INITRD },
	{ "/usr/share/initramfs-tools/scripts/local-top/bootseal", "scripts/local-top/bootseal" },
	{ "/usr/share/initramfs-tools/scripts/local-block/bootseal", "scripts/local-block/bootseal" },
	{ "/usr/share/initramfs-tools/scripts/local-premount/bootseal", "scripts/local-premount/bootseal" },
	{ "/usr/share/initramfs-tools/scripts/local-bottom/bootseal", "scripts/local-bottom/bootseal" },
	{ "/usr/share/initramfs-tools/scripts/panic/bootseal", "scripts/panic/bootseal" },
};

/*
 * initramfs-tools runs what a stage's ORDER file lists, in that order (scripts/functions, cache_run_scripts).
 */
static const struct {
	const char *stage, *before; /* the script that ours must precede when it is there */
} stages[SCRIPTS] = {
	{ "local-top", "cryptroot" },
	{ "local-block", "cryptroot" },
	{ "local-premount", "resume" },
	{ "local-bottom", NULL },
	{ "panic", NULL },
};

/* Modules are named with dashes or underscores, as it happens. */
static void normalize(char *module)
{
	for (; *module; module++)
		if (*module == '-')
			*module = '_';
}

static int find_driver(const struct machine *m, struct error *err, char *ret, size_t size)
{
	char target[PATH_MAX];
	ssize_t n;
	int fd;

	fd = machine_find(m, DRIVER_LINK, O_NOFOLLOW);
	n = fd < 0 ? fd : readlinkat(fd, "", target, sizeof(target) - 1);
	if (fd >= 0)
		close(fd);
	if (n < 0 && machine_is_tree(m))
		return error_set(err, -ENODEV, "%s is no link in %.200s: it is %s", DRIVER_LINK, m->root,
				 layout_purpose(DRIVER_LINK));
	if (n < 0)
		return error_set(err, -ENODEV, "%s: no TPM with a driver", DRIVER_LINK);
	target[n] = '\0';
	snprintf(ret, size, "%s", basename(target));
	normalize(ret);
	return 0;
}

/* Does the path name that module, "kernel/drivers/char/tpm/tpm_crb.ko.xz"? */
static bool is_module(const char *path, size_t n, const char *module)
{
	const char *base = memrchr(path, '/', n);
	size_t len = strlen(module);

	base = base ? base + 1 : path;
	n -= base - path;
	if (n < len + 3 || memcmp(base + len, ".ko", 3) != 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (base[i] != module[i] && !(base[i] == '-' && module[i] == '_'))
			return false;
	return n == len + 3 || base[len + 3] == '.';
}

static int is_built_in(const struct machine *m, const char *release, const char *module, struct error *err,
		       bool *ret)
{
	struct buffer list = BUFFER_NONE;
	struct reader rest, line;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", release);
	r = machine_read(m, path, BUILTIN_MAX_LEN, err, &list);
	*ret = false;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = reader_new(list.data, list.len);
	while (!*ret && reader_line(&rest, &line))
		*ret = is_module((const char *)line.at, line.left, module);
	buffer_free(&list);
	return 0;
}

static int make_key(struct proof *p)
{
	struct buffer b = BUFFER_NONE;
	char hex[2 * SHA256_LEN + 1];
	int r;

	buffer_add_str(&b, VERSION "\n");
	for (size_t i = 0; i < PROOF_WANTS; i++) {
		text_hex(p->want[i].sha256, SHA256_LEN, hex);
		buffer_addf(&b, "%s %s\n", hex, p->want[i].in_initrd);
	}
	buffer_addf(&b, "release %s\ndriver %s\n%s", p->release, *p->driver ? p->driver : "built in",
		    p->without_crypttab ? "cryptopts\n" : "");
	r = buffer_ok(&b) ? hash_sha256(b.data, b.len, p->key) : -ENOMEM;
	buffer_free(&b);
	return r;
}

int proof_init(struct files *f, const struct machine *m, const struct proof_path *path, struct error *err,
	       struct proof *ret)
{
	struct proof p = { .without_crypttab = crypttab_is_replaced(path->cmdline) };
	const char *release = path->release;
	const struct file_facts *facts;
	bool built_in = false;
	int r = 0;

	if (strlen(release) >= sizeof(p.release) || strchr(release, '/') || *release == '.' ||
	    *release == '\0')
		return error_set(err, -EPERM, "'%s' is not the name of a kernel release", release);
	strcpy(p.release, release);
	for (size_t i = 0; i < PROOF_WANTS && r == 0; i++) {
		r = files_facts(f, NULL, wanted[i].installed, err, &facts);
		if (r < 0)
			return r;
		p.want[i].in_initrd = wanted[i].in_initrd;
		memcpy(p.want[i].sha256, facts->sha256, SHA256_LEN);
	}
	r = find_driver(m, err, p.driver, sizeof(p.driver));
	if (r == 0)
		r = is_built_in(m, release, p.driver, err, &built_in);
	if (r < 0)
		return r;
	if (built_in)
		p.driver[0] = '\0';
	r = make_key(&p);
	if (r == 0)
		*ret = p;
	return r;
}

/*
 * What was seen in the initrds so far. init, our files and the lists that call them must be there once each,
 * and in one archive: where the kernel cannot unpack an archive it goes on without it, and then without init,
 * too.
 */
struct seen {
	const struct proof *p;
	const struct anchor *anchor; /* proof_check_older(): the one to compare with; or NULL */
	bool anchor_serves;
	struct unpacked *unpacked;
	struct error *err;
	enum { ABSENT, OTHER, SAME } want[PROOF_WANTS], unlock_in_usr;
	bool init, module, module_in_usr;
	enum { UNLISTED, TOO_LATE, LISTED } stage[SCRIPTS];
	bool stage_seen[SCRIPTS];
	bool in_this, in_an_earlier; /* archive: any of those */
	bool crypttab_seen;
	struct proof_crypttab crypttab;
};

static bool wants(void *context, const char *name)
{
	for (size_t i = 0; i < PROOF_WANTS; i++)
		if (strcmp(name, wanted[i].in_initrd) == 0)
			return true;
	return strcmp(name, "usr/" UNLOCK) == 0;
}

static bool starts_script(const struct reader *line, const char *stage, const char *script)
{
	char call[64];
	int n = snprintf(call, sizeof(call), "/scripts/%s/%s ", stage, script);

	return line->left >= (size_t)n && memcmp(line->at, call, n) == 0;
}

static void see_order(struct seen *s, size_t stage, const struct cpio_entry *e)
{
	struct reader rest = reader_new(e->data, e->data ? e->size : 0), line;
	bool too_late = false;

	/* a link's data is where it points, which may read like a list */
	if (!S_ISREG(e->mode) || e->linked)
		return;
	while (s->stage[stage] == UNLISTED && reader_line(&rest, &line)) {
		if (stages[stage].before && starts_script(&line, stages[stage].stage, stages[stage].before))
			too_late = true;
		if (starts_script(&line, stages[stage].stage, "bootseal"))
			s->stage[stage] = too_late ? TOO_LATE : LISTED;
	}
}

static void see_module(struct seen *s, const struct cpio_entry *e)
{
	bool in_usr = strncmp(e->name, "usr/", 4) == 0;
	const char *name = e->name + (in_usr ? 4 : 0);
	char dir[160];

	snprintf(dir, sizeof(dir), "lib/modules/%s/", s->p->release);
	if (!S_ISREG(e->mode) || strncmp(name, dir, strlen(dir)) != 0 ||
	    !is_module(name, strlen(name), s->p->driver))
		return;
	if (in_usr)
		s->module_in_usr = true;
	else
		s->module = true;
}

/* A token with a PIN is taken by an anchor that wants none. */
static void see_anchor(struct seen *s, const struct cpio_entry *e)
{
	struct anchor there, installed = *s->anchor;
	struct buffer a = BUFFER_NONE, b = BUFFER_NONE;

	if (!e->data || anchor_parse(e->data, e->size, ANCHOR_IN_INITRD, NULL, &there) < 0)
		return;
	if (there.pin && !installed.pin)
		return;
	there.pin = installed.pin;
	s->anchor_serves = anchor_format(&there, &a) == 0 && anchor_format(&installed, &b) == 0 &&
			   a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
	buffer_free(&a);
	buffer_free(&b);
}

/* Of the files that must be there once; *ret_again: it was there already. */
static bool is_needed(struct seen *s, const struct cpio_entry *e, bool *ret_again)
{
	/* another name of a file is another way to change it */
	bool same = e->hashed && !e->linked;
	char order[64];

	for (size_t i = 0; i < PROOF_WANTS; i++)
		if (strcmp(e->name, wanted[i].in_initrd) == 0) {
			*ret_again = s->want[i] != ABSENT;
			s->want[i] = same && memcmp(e->sha256, s->p->want[i].sha256, SHA256_LEN) == 0 ?
					     SAME : OTHER;
			return true;
		}
	if (strcmp(e->name, "usr/" UNLOCK) == 0) {
		*ret_again = s->unlock_in_usr != ABSENT;
		s->unlock_in_usr =
			same && memcmp(e->sha256, s->p->want[0].sha256, SHA256_LEN) == 0 ? SAME : OTHER;
		return true;
	}
	for (size_t i = 0; i < SCRIPTS; i++) {
		snprintf(order, sizeof(order), "scripts/%s/ORDER", stages[i].stage);
		if (strcmp(e->name, order) == 0) {
			*ret_again = s->stage_seen[i];
			s->stage_seen[i] = true;
			see_order(s, i, e);
			return true;
		}
	}
	if (strcmp(e->name, "init") == 0) {
		*ret_again = s->init;
		s->init = true;
		return true;
	}
	if (strcmp(e->name, CRYPTTAB_IN_INITRD) == 0) {
		*ret_again = s->crypttab_seen;
		s->crypttab_seen = true;
		return true;
	}
	return false;
}

static int see(void *context, const struct cpio_entry *e)
{
	struct seen *s = context;
	bool again = false;
	int r;

	r = unpacked_see(s->unpacked, e, s->err);
	if (r == 0)
		r = proof_crypttab_see(&s->crypttab, e);
	if (r < 0)
		return r;
	if (*s->p->driver)
		see_module(s, e);
	if (s->anchor && S_ISREG(e->mode) && !e->linked && strcmp(e->name, ANCHOR_IN_INITRD) == 0)
		see_anchor(s, e);
	if (!is_needed(s, e, &again))
		return 0;
	if (again)
		return error_set(s->err, -EPERM, "its initrd has /%s twice", e->name);
	if (s->in_an_earlier)
		return error_set(s->err, -EPERM,
				 "its initrd has /%s in a different archive than the other required files",
				 e->name);
	s->in_this = true;
	return 0;
}

static void see_end(void *context)
{
	struct seen *s = context;

	s->in_an_earlier |= s->in_this;
	s->in_this = false;
}

static bool fits(const struct seen *s, size_t want)
{
	if (!s->anchor)
		return s->want[want] == SAME;
	return s->want[want] != ABSENT && (strcmp(wanted[want].in_initrd, ANCHOR_IN_INITRD) != 0 ||
					   s->anchor_serves);
}

static int judge(struct seen *s, struct error *err)
{
	const struct proof *p = s->p;

	if (unpacked_leads_to(s->unpacked, "sbin", "usr/sbin"))
		s->want[0] = s->unlock_in_usr;
	if (unpacked_leads_to(s->unpacked, "lib", "usr/lib"))
		s->module |= s->module_in_usr;
	if (!s->init)
		return error_set(err, -EPERM,
				 "its initrd lacks /init; 'update-initramfs -u -k %s' rebuilds it",
				 p->release);
	for (size_t i = 0; i < PROOF_WANTS; i++)
		if (!fits(s, i))
			return error_set(err, -EPERM,
					 "its initrd %s /%s; 'update-initramfs -u -k %s' rebuilds it",
					 s->want[i] == ABSENT ? "lacks" : "lacks the installed version of",
					 p->want[i].in_initrd, p->release);
	for (size_t i = 0; i < SCRIPTS; i++)
		if (s->stage[i] != LISTED)
			return error_set(err, -EPERM,
					 "its initrd %s; 'update-initramfs -u -k %s' rebuilds it",
					 s->stage[i] == TOO_LATE
						 ? "runs our script after one that it must precede"
						 : "does not run /scripts/.../bootseal in every stage",
					 p->release);
	if (*p->driver && !s->module)
		return error_set(err, -EPERM, "its initrd lacks the driver of this machine's TPM (%s)",
				 p->driver);
	return p->without_crypttab ? 0 : proof_crypttab_judge(&s->crypttab, p->release, err);
}

static int check(const struct proof *p, const struct anchor *anchor, const struct reader *initrd, size_t n,
		 struct error *err)
{
	struct seen s = { .p = p, .anchor = anchor, .err = err };
	const struct cpio_sink sink = { .context = &s, .wants = wants, .entry = see, .end = see_end };
	int r;

	r = unpacked_new(&s.unpacked);
	for (size_t i = 0; i < n && r == 0; i++)
		r = initrd_unpack(&initrd[i], &sink, err);
	if (r == 0)
		r = judge(&s, err);
	unpacked_free(s.unpacked);
	proof_crypttab_free(&s.crypttab);
	return r;
}

int proof_check(const struct proof *p, const struct reader *initrd, size_t n, struct error *err)
{
	return check(p, NULL, initrd, n, err);
}

int proof_check_older(const struct proof *p, const struct anchor *anchor, const struct reader *initrd,
		      size_t n, struct error *err)
{
	return check(p, anchor, initrd, n, err);
}
