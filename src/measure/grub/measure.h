/* What reaches the PCRs: every measurement becomes an event of the trace. */
#ifndef MEASURE_GRUB_MEASURE_H
#define MEASURE_GRUB_MEASURE_H

#include <stdint.h>

struct grub;

#define GRUB_PCR_COMMANDS 8u
#define GRUB_PCR_FILES 9u
#define GRUB_EV_IPL 0x0du

/* digest: SHA-256 */
void grub_measure(struct grub *g, uint32_t pcr, uint32_t type, const char *what, const uint8_t *digest);
/* The text is hashed without its prefix, which is only in the event. */
void grub_measure_text(struct grub *g, const char *prefix, const char *text);

#endif
