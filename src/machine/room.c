#include "machine/room.h"

#include <errno.h>
#include <stdlib.h>

#include "seal/token.h"
#include "seal/volume.h"
#include "seal/volume_token.h"

/* The keyslot's JSON has about 500 bytes, the token with one boot path in two generations about 1000. */
#define ENROLMENT_LEN 1600
#define GENERATION_LEN 48 /* around the branches: {"number":4294967295,"branches":""}, and some to spare */

int room_require(const struct target *t, struct error *err)
{
	struct volume *v = NULL;
	size_t room;
	int id, r;

	r = volume_open(t->device, err, &v);
	if (r < 0)
		return r;
	if (volume_token_find(v, 0, &id) == 0)
		goto out;
	r = volume_json_room(v, err, &room);
	if (r == 0 && room < ENROLMENT_LEN)
		r = error_set(err, -ENOSPC,
			      "%s: the LUKS2 header has room for %zu more bytes of keyslots and tokens, and "
			      "%d are "
			      "needed; 'cryptsetup luksDump' lists what it has, and 'cryptsetup token "
			      "remove' "
			      "removes a token that is not used",
			      t->device, room, ENROLMENT_LEN);
out:
	volume_close(v);
	return r;
}

static size_t generation_len(pcr_mask mask, size_t branches)
{
	size_t pcrs = __builtin_popcount(mask & ~PCR(WINDOW_PCR));
	size_t bytes = branches * (sizeof(uint32_t) + SHA256_LEN + pcrs * BRANCH_PREFIX_LEN);

	/* base64 */
	return GENERATION_LEN + (bytes + 2) / 3 * 4;
}

/* The token's length with and without its generations, and the most branches of one that is in it. */
static int measure(const struct token *t, struct error *err, size_t ret_len[static 2], size_t *ret_branches)
{
	struct buffer json = BUFFER_NONE;
	int r = token_format(t, err, &json);

	if (r < 0)
		return r;
	ret_len[0] = ret_len[1] = json.len;
	*ret_branches = 0;
	for (size_t i = 0; i < t->generation_count; i++) {
		size_t n = t->generation[i].branch_count;

		/* without what is spared: rather too long than too short */
		ret_len[1] -= generation_len(t->mask, n) - GENERATION_LEN;
		*ret_branches = n > *ret_branches ? n : *ret_branches;
	}
	buffer_free(&json);
	return 0;
}

/* At most BRANCH_MAX; may be 0. */
static int count_branches(const struct enrolled *e, pcr_mask mask, struct error *err, size_t *ret)
{
	size_t n = BRANCH_MAX, room = 0, len[2] = { 0 }, live = 0, beside;
	int r = 0;

	for (size_t i = 0; i < e->n && r == 0; i++) {
		r = volume_json_room(e->at[i].volume, err, &room);
		if (r == 0)
			r = measure(&e->at[i].token, err, len, &live);
		if (r < 0)
			return r;
		room += len[0];
		for (const struct token *t = &e->at[i].token; n > 0; n--) {
			beside = generation_len(t->mask, live > n ? live : n);
			if (len[1] + beside + generation_len(mask, n) <= room)
				break;
		}
	}
	*ret = n;
	return r;
}

int room_fit(const struct enrolled *e, pcr_mask mask, struct error *err, struct forecast *f)
{
	size_t n;
	int r = count_branches(e, mask, err, &n);

	return r < 0 || n == 0 ?
		       r :
		       forecast_keep_paths(f, n,
					   "the LUKS2 header has no room for more boot paths, because of "
					   "other tokens and keyslots ('cryptsetup luksDump' lists them)");
}
