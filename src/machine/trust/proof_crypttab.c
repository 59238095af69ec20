#include "machine/trust/proof_crypttab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "seal/anchor.h"
#include "seal/crypttab_use.h"

#define ITS_CRYPTTAB "its initrd's /" CRYPTTAB_IN_INITRD

static int keep(const struct cpio_entry *e, struct buffer *ret)
{
	buffer_free(ret);
	buffer_add(ret, e->data, e->size);
	return buffer_ok(ret) ? 0 : -ENOMEM;
}

int proof_crypttab_see(struct proof_crypttab *p, const struct cpio_entry *e)
{
	bool plain = S_ISREG(e->mode) && !e->linked && e->data;

	if (strcmp(e->name, &ANCHOR_PATH[1]) == 0 && plain)
		return keep(e, &p->anchor);
	if (strcmp(e->name, CRYPTTAB_IN_INITRD) != 0)
		return 0;
	p->found = true;
	p->odd = !plain;
	return plain ? keep(e, &p->text) : 0;
}

static int parse_and_check(const struct proof_crypttab *p, struct error *err)
{
	struct crypttab *tab = calloc(1, sizeof(*tab));
	struct anchor anchor;
	int r;

	if (!tab)
		return -ENOMEM;
	r = anchor_parse(p->anchor.data, p->anchor.len, ANCHOR_PATH, err, &anchor);
	if (r == 0)
		r = crypttab_parse(p->text.data, p->text.len, ITS_CRYPTTAB, err, tab);
	if (r == 0)
		r = crypttab_check_targets(tab, &anchor, ITS_CRYPTTAB, err);
	free(tab);
	return r;
}

int proof_crypttab_judge(const struct proof_crypttab *p, const char *release, struct error *err)
{
	struct error why = ERROR_NONE;
	int r;

	if (!p->found)
		return 0;
	if (p->odd)
		return error_set(err, -EPERM, ITS_CRYPTTAB " is not a plain file");
	r = parse_and_check(p, &why);
	if (r == 0 || r == -ENOMEM)
		return r;
	return error_set(err, -EPERM,
			 "%s; correct /etc/crypttab and run 'update-initramfs -u -k %s', or restart with the "
			 "passphrase and run 'bootseal enroll'",
			 why.text, release);
}

void proof_crypttab_free(struct proof_crypttab *p)
{
	buffer_free(&p->anchor);
	buffer_free(&p->text);
}
