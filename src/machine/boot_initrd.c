#include "machine/boot_initrd.h"

#include <errno.h>

#include "machine/chain/chain_loader.h"

#define WHY                                                                                  \
	"the default menu entry starts Linux without an initrd, and nothing else can open an " \
	"encrypted root"

static bool default_has_initrd(struct chain *c)
{
	const struct boot_choice untouched = { .path = NULL };
	struct prediction p = PREDICTION_NONE;
	bool has = true;

	/* what cannot be predicted is refused elsewhere, and says why */
	if (predict(&c->model, &untouched, NULL, &p) == 0)
		has = p.trace.outcome != BOOT_LINUX || p.trace.initrd_count > 0;
	prediction_free(&p);
	return has;
}

int boot_initrd_require(struct chain *c, struct error *err)
{
	const struct chain_initrd_switch *s = c->loader->initrd_switch;
	char file[PATH_MAX];

	if (default_has_initrd(c))
		return 0;
	if (s && s->find(c->machine, file))
		return error_set(err, -ECANCELED,
				 WHY ": %s is set in %.200s; 'bootseal enroll --boot-with-initrd' switches "
				 "that off in %s and writes the menu again",
				 s->name, file, s->file);
	return error_set(err, -ECANCELED,
			 WHY "; 'update-initramfs -c -k all' and 'update-grub' add one, then restart this "
			 "machine and run 'bootseal enroll' again");
}

int boot_initrd_enforce(const struct machine *m, struct error *err, const char **ret_file)
{
	const struct chain_initrd_switch *s;
	char file[PATH_MAX];
	int r;

	for (size_t i = 0; chain_loader_at(i); i++) {
		s = chain_loader_at(i)->initrd_switch;
		if (!s || !s->find(m, file))
			continue;
		r = s->switch_off(m, err);
		*ret_file = s->file;
		return r < 0 ? r : 1;
	}
	return 0;
}

int boot_initrd_restore(const struct machine *m, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && chain_loader_at(i); i++)
		if (chain_loader_at(i)->initrd_switch)
			r = chain_loader_at(i)->initrd_switch->restore(m, err);
	return r;
}
