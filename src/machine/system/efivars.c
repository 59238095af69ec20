#include "machine/system/efivars.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/system/layout.h"

#define ATTRIBUTES_LEN 4
#define VARIABLE_MAX_LEN (1u << 20) /* bytes; db and dbx have some tens of KB */
#define PIECES_MAX 8                /* MokListRT, MokListRT1, ... */

#define SHIM "605dab50-e046-4300-abb6-3dd810dd8b23"

struct wanted {
	const char *name, *guid;
	bool in_pieces;
	struct reader *to;
};

int efivars_add(const struct machine *m, const char *file, struct error *err, struct buffer *b)
{
	struct buffer raw = BUFFER_NONE;
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), EFIVARS_DIR "/%s", file);
	r = machine_read(m, path, VARIABLE_MAX_LEN, err, &raw);
	if (r == -ENOENT)
		return 0;
	if (r == 0 && raw.len < ATTRIBUTES_LEN)
		r = error_set(err, -EBADMSG, "%s: shorter than its attributes", path);
	if (r == 0) {
		buffer_add(b, raw.data + ATTRIBUTES_LEN, raw.len - ATTRIBUTES_LEN);
		r = buffer_ok(b) ? 1 : -ENOMEM;
	}
	buffer_free(&raw);
	return r;
}

/* shim splits a mirror that firmware would find too long (its mok.c): the pieces are numbered from 1. */
static int read_variable(const struct machine *m, const struct wanted *w, struct error *err,
			 struct efivars *v, struct reader *ret)
{
	struct buffer *b = &v->content[v->n];
	char file[128];
	int r;

	snprintf(file, sizeof(file), "%s-%s", w->name, w->guid);
	r = efivars_add(m, file, err, b);
	if (r == 0) {
		*ret = sb_absent();
		return 0;
	}
	for (unsigned i = 1; i < PIECES_MAX && r == 1 && w->in_pieces; i++) {
		snprintf(file, sizeof(file), "%s%u-%s", w->name, i, w->guid);
		r = efivars_add(m, file, err, b);
	}
	if (r < 0)
		return r;
	v->n++;
	*ret = reader_new(buffer_str(b), b->len);
	return 0;
}

int efivars_read(const struct machine *m, struct error *err, struct efivars *ret)
{
	struct efivars v = { .n = 0 };
	struct reader indications = { .left = 0 };
	const struct wanted wanted[] = {
		{ "SecureBoot", EFIVARS_GLOBAL, false, &ret->vars.secure_boot },
		{ "PK", EFIVARS_GLOBAL, false, &ret->vars.pk },
		{ "KEK", EFIVARS_GLOBAL, false, &ret->vars.kek },
		{ "db", EFIVARS_SECURITY, false, &ret->vars.db },
		{ "dbx", EFIVARS_SECURITY, false, &ret->vars.dbx },
		{ "SbatLevelRT", SHIM, false, &ret->vars.sbat_level_rt },
		{ "SbatPolicy", SHIM, false, &ret->vars.sbat_policy },
		{ "MokListRT", SHIM, true, &ret->vars.mok_list_rt },
		{ "MokListXRT", SHIM, true, &ret->vars.mok_list_x_rt },
		{ "MokListTrustedRT", SHIM, false, &ret->vars.mok_list_trusted_rt },
		{ "MokSBStateRT", SHIM, false, &ret->vars.mok_sb_state_rt },
		{ "MokPolicyRT", SHIM, false, &ret->vars.mok_policy_rt },
		{ "MokIgnoreDB", SHIM, false, &ret->vars.mok_ignore_db },
		{ "OsIndicationsSupported", EFIVARS_GLOBAL, false, &indications },
	};
	struct reader value[sizeof(wanted) / sizeof(wanted[0])] = { { .left = 0 } };
	int r = 0;

	if (!machine_exists(m, EFIVARS_DIR) && machine_is_tree(m))
		r = layout_explain(m, EFIVARS_DIR, -ENOENT, err);
	else if (!machine_exists(m, EFIVARS_DIR))
		r = error_set(err, -ENOENT,
			      EFIVARS_DIR ": missing: this system was not started by UEFI firmware");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && r == 0; i++)
		r = read_variable(m, &wanted[i], err, &v, &value[i]);
	if (r == 0 && value[0].left == 0 && machine_is_tree(m))
		r = layout_explain(m, EFIVARS_DIR "/SecureBoot-" EFIVARS_GLOBAL, -ENOENT, err);
	else if (r == 0 && value[0].left == 0)
		r = error_set(err, -ENOENT,
			      EFIVARS_DIR ": no variable SecureBoot: is efivarfs mounted there?");
	if (r < 0) {
		efivars_free(&v);
		return r;
	}
	*ret = v;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		*wanted[i].to = value[i];
	/* UEFI 2.10, 8.5.4: EFI_OS_INDICATIONS_BOOT_TO_FW_UI is bit 0 */
	ret->fwsetup = indications.left > 0 && indications.at[0] & 1;
	return 0;
}

void efivars_free(struct efivars *v)
{
	for (size_t i = 0; i < v->n; i++)
		buffer_free(&v->content[i]);
	*v = (struct efivars){ .n = 0 };
}
