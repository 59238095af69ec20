#include "machine/forecast_order.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "machine/system/efivars.h"

#define OPTION_MAX_LEN 65536
/* UEFI 2.10, 3.1.3: LOAD_OPTION_ACTIVE, LOAD_OPTION_CATEGORY (0: a boot option that is tried) */
#define OPTION_ACTIVE 0x1u
#define OPTION_CATEGORY 0x1f00u

/* Without the attributes that efivarfs puts first. */
static bool read_variable(const struct machine *m, const char *name, struct buffer *b, struct reader *ret)
{
	char path[128];

	snprintf(path, sizeof(path), EFIVARS_DIR "/%s-" EFIVARS_GLOBAL, name);
	if (machine_read(m, path, OPTION_MAX_LEN, NULL, b) < 0)
		return false;
	*ret = reader_new(b->data, b->len);
	return reader_skip(ret, 4);
}

static bool is_tried(const struct machine *m, uint16_t option)
{
	struct buffer b = BUFFER_NONE;
	struct reader r;
	uint32_t attributes = 0;
	char name[16];
	bool tried;

	snprintf(name, sizeof(name), "Boot%04" PRIX16, option);
	tried = read_variable(m, name, &b, &r) && reader_le32(&r, &attributes) &&
		(attributes & OPTION_ACTIVE) && !(attributes & OPTION_CATEGORY);
	buffer_free(&b);
	return tried;
}

/* How many that are tried come before ours in the order; false where ours is not in it. */
static bool count_before(const struct machine *m, uint16_t *ret_current, unsigned *ret)
{
	struct buffer current = BUFFER_NONE, order = BUFFER_NONE;
	struct reader now, rest;
	unsigned before = 0;
	uint16_t option;
	bool found = false;

	if (read_variable(m, "BootCurrent", &current, &now) && reader_le16(&now, ret_current) &&
	    read_variable(m, "BootOrder", &order, &rest))
		while (!found && reader_le16(&rest, &option)) {
			found = option == *ret_current;
			before += !found && is_tried(m, option);
		}
	buffer_free(&current);
	buffer_free(&order);
	*ret = before;
	return found;
}

int forecast_warn_order(const struct machine *m, unsigned failed,
			bool (*covered)(const struct attempts *seen, unsigned before), struct forecast *f)
{
	unsigned before;
	uint16_t current;
	char why[400];

	if (!count_before(m, &current, &before) || before <= failed)
		return 0;
	snprintf(why, sizeof(why),
		 "%u boot option(s) come before Boot%04" PRIX16 ", which started this boot, but %u failed: "
		 "it was chosen in the firmware's menu or for one time. The next boot tries those first; if "
		 "they fail, this system %s. 'efibootmgr --bootorder' changes the order",
		 before, current, failed,
		 covered(&f->attempts, before) ? "will unlock" : "will ask for the passphrase");
	return forecast_note(&f->warning, &f->warning_count, "the firmware's boot order", why);
}
