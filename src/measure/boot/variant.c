#include "measure/boot/variant.h"

#include <stdlib.h>

void boot_variant_free(struct boot_variant *v)
{
	free(v->memory);
	*v = BOOT_VARIANT_NONE;
}
