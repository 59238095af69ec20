#include "machine/chain/chain_secureboot.h"

int chain_secureboot(const struct chain *c, const struct sb_vars *vars, struct error *err,
		     struct secureboot **ret)
{
	struct reader running = reader_new(c->shim_bytes.data, c->shim_bytes.len);
	struct sb_boot boot = {
		.vars = vars,
		.log = c->no_log ? NULL : &c->log,
		.running_shim = c->shim_bytes.len > 0 ? &running : NULL,
		.image = c->image,
		.n_images = c->image_count,
	};

	return secureboot_new(&boot, err, ret);
}
