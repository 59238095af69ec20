#include "machine/branches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pair {
	struct branch branch;
	const struct forecast_path *path;
};

static int by_composite(const void *a, const void *b)
{
	return memcmp(((const struct pair *)a)->branch.composite, ((const struct pair *)b)->branch.composite,
		      SHA256_LEN);
}

/* The first four bytes of its hash. */
int branch_id_of(const char *key, uint32_t *ret)
{
	uint8_t d[SHA256_LEN];
	int r = hash_sha256(key, strlen(key), d);

	if (r == 0)
		*ret = (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 | (uint32_t)d[2] << 8 | d[3];
	return r;
}

/* The next free number where two keys share one. */
static int take_id(const char *key, const struct pair *p, size_t n, uint32_t *ret)
{
	uint32_t id;
	int r = branch_id_of(key, &id);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (p[i].branch.id == id) {
			id++;
			i = -1;
		}
	*ret = id;
	return 0;
}

int branches_from_forecast(const struct forecast *f, pcr_mask mask, struct branch ret[static BRANCH_MAX],
			   const struct forecast_path *ret_path[static BRANCH_MAX])
{
	struct pair pair[BRANCH_MAX] = { { .path = NULL } };
	uint32_t id;
	int r;

	if (f->path_count > BRANCH_MAX)
		return -E2BIG;
	for (size_t i = 0; i < f->path_count; i++) {
		r = take_id(f->path[i].key, pair, i, &id);
		if (r == 0)
			r = branch_from_pcrs(id, mask, f->path[i].pcrs, &pair[i].branch);
		if (r < 0)
			return r;
		pair[i].path = &f->path[i];
	}
	qsort(pair, f->path_count, sizeof(*pair), by_composite);
	for (size_t i = 0; i < f->path_count; i++) {
		ret[i] = pair[i].branch;
		ret_path[i] = pair[i].path;
	}
	return 0;
}
