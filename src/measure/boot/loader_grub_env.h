/* GRUB's environment block as the state that one boot leaves to the next. For loader_grub.c. */
#ifndef MEASURE_BOOT_LOADER_GRUB_ENV_H
#define MEASURE_BOOT_LOADER_GRUB_ENV_H

#include "measure/boot/loader.h"

#define GRUB_ENV_NAME "/grubenv"

int loader_grub_after(const struct boot_facts *facts, const struct boot_trace *trace, boot_variant_fn each,
		      void *context);
int loader_grub_before(const struct boot_facts *facts, const struct boot_trace *trace,
		       const struct event_list *log, struct boot_variant *ret);
int loader_grub_earlier(const struct boot_facts *facts, const struct boot_trace *trace, boot_variant_fn each,
			void *context);

#endif
