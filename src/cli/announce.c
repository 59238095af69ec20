#include "cli/announce.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "machine/chain/next_keys.h"
#include "machine/record/lock.h"

#define UPDATE_MAX_LEN (1u << 20)

bool announce_take(int c, const char *arg, struct announcements *a)
{
	switch (c) {
	case 'P':
		a->pk = arg;
		break;
	case 'K':
		a->kek = arg;
		break;
	case 'B':
		a->db = arg;
		break;
	case 'X':
		a->dbx = arg;
		break;
	case 'N':
		a->none = true;
		break;
	default:
		return false;
	}
	return true;
}

bool announce_given(const struct announcements *a)
{
	return a->pk || a->kek || a->db || a->dbx || a->none;
}

static int announce_one(struct chain *c, const char *name, const char *file, struct error *err)
{
	struct buffer b = BUFFER_NONE;
	struct reader bytes;
	int r;

	if (!file)
		return 0;
	r = file_read(file, UPDATE_MAX_LEN, err, &b);
	if (r == 0) {
		bytes = reader_new(b.data, b.len);
		r = next_keys_announce(c, name, &bytes, err);
		if (r == -EALREADY) {
			log_say("%s: nothing to announce: %s", file, err->text);
			r = 0;
		} else if (r < 0) {
			error_prefix(err, r, "%s", file);
		}
	}
	buffer_free(&b);
	return r;
}

static int announce_all(const struct machine *m, const struct announcements *a, struct error *err)
{
	struct chain *c = NULL;
	int r = chain_load(m, err, &c);

	if (r == 0 && a->none)
		next_keys_forget(c, true);
	if (r == 0)
		r = announce_one(c, "PK", a->pk, err);
	if (r == 0)
		r = announce_one(c, "KEK", a->kek, err);
	if (r == 0)
		r = announce_one(c, "db", a->db, err);
	if (r == 0)
		r = announce_one(c, "dbx", a->dbx, err);
	chain_free(c);
	return r;
}

int announce(const struct machine *m, const struct announcements *a)
{
	struct error err = ERROR_NONE;
	int lock, r;

	r = state_lock(m, LOCK_WAIT_RESEAL_MS, &err, &lock);
	if (r == 0) {
		r = announce_all(m, a, &err);
		close(lock);
	}
	if (r == 0)
		return EXIT_YES;
	log_say("not announced: %s", err.text[0] ? err.text : strerror(-r));
	return r == -EBADMSG || r == -EKEYREJECTED ? EXIT_WILL_NOT : cli_exit_code(r);
}
