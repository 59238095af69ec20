/* What tests of volumes that the running system opens do at every turn; included once by a test program. */
#ifndef TESTS_LATE_STEPS_H
#define TESTS_LATE_STEPS_H

#include "program_steps.h"

#include "machine/record/late_volumes.h"
#include "seal/volume_keyslot.h"
#include "seal/volume_ways.h"

#define DISK "/dev/vdb1"
#define OPENS "/etc/systemd/system/systemd-cryptsetup@srv\\x2ddata.service.d/50-bootseal.conf"
#define GUARD "/etc/systemd/system/srv.mount.d/50-bootseal.conf"
#define MAPPING "sys/dev/block/254:4"

/* What late-volume made of it, and a test took away. */
static inline void add_mapping(struct world *w)
{
	world_shell(w, "u=5ea1ab1e-0000-4000-8000-000000000002 && "
		       "mkdir -p " MAPPING "/dm " MAPPING "/slaves/vdb1 && "
		       "echo CRYPT-LUKS2-$(echo $u | tr -d -)-srv-data >" MAPPING "/dm/uuid && "
		       "echo srv-data >" MAPPING "/dm/name && echo 254:17 >" MAPPING "/slaves/vdb1/dev && "
		       "ln -sf ../../vdb1 dev/disk/by-uuid/$u");
}

/* Setup of a test that has such a volume: srv-data, open and mounted at /srv. */
static inline int late_setup(void **state)
{
	int r = program_setup(state);

	world_add_volume(*state, "late-volume");
	return r;
}

static inline size_t keyslots(const struct world *w)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;
	size_t n;

	assert_int_equal(volume_open(world_path(w, DISK), &err, &v), 0);
	n = volume_keyslot_count(v);
	volume_close(v);
	return n;
}

static inline uint32_t named(const struct world *w)
{
	struct error err = ERROR_NONE;
	struct volume *v = NULL;
	uint32_t mask;

	assert_int_equal(volume_open(world_path(w, DISK), &err, &v), 0);
	mask = volume_named(v, LATE_TOKEN_TYPE);
	volume_close(v);
	return mask;
}

/* The machine starts: the volume is not open yet. */
static inline void switch_on(struct world *w)
{
	world_shell(w, "rm -rf " MAPPING " run/mapped");
}

#endif
