#include "machine/chain/chain_secureboot.h"

int chain_secureboot(const struct chain *c, const struct sb_image *image, size_t n, struct error *err,
		     struct event_list *ret)
{
	struct reader running = reader_new(c->shim_bytes.data, c->shim_bytes.len);
	struct sb_boot boot = {
		.vars = &c->vars.vars,
		.log = c->no_log ? NULL : &c->log,
		.running_shim = c->shim_bytes.len > 0 ? &running : NULL,
		.image = image,
		.n_images = n,
	};

	return secureboot_events(&boot, err, ret, NULL);
}
