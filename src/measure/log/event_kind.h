/*
 * What an event is about, in place of the places where its type, PCR and text say so. One table for the log,
 * a prediction and the record of one: a loader that measures in another way adds its rows there.
 */
#ifndef MEASURE_LOG_EVENT_KIND_H
#define MEASURE_LOG_EVENT_KIND_H

#include <stddef.h>
#include <stdint.h>

enum event_kind {
	EVENT_OTHER,
	EVENT_SEPARATOR,
	EVENT_ACTION,    /* of the firmware: "Calling EFI Application from Boot Option" */
	EVENT_IMAGE,     /* an EFI image that was started: loader, kernel */
	EVENT_VARIABLE,  /* Secure Boot's, or one that shim mirrors */
	EVENT_AUTHORITY, /* what let an image run */
	EVENT_COMMAND,   /* of a loader's script */
	EVENT_CMDLINE,   /* of the kernel */
	EVENT_FILE,      /* that a loader read */
	EVENT_TAG,       /* what the kernel's stub was handed: command line, initrd */
};

/* ret_text: where in `what` the text itself begins, after the word for its kind. */
enum event_kind event_kind_of(uint32_t pcr, uint32_t type, const char *what, size_t *ret_text);

#endif
