#include "measure/boot/linux_stub.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "measure/log/tcg.h"

/* Names of its tagged events. */
#define OPTIONS "LOADED_IMAGE::LoadOptions"
#define INITRD "Linux initrd"

static bool contains(const struct reader *bytes, const char *text)
{
	return memmem(bytes->at, bytes->left, text, strlen(text) + 1) != NULL;
}

struct boot_stub linux_stub_find(const struct reader *kernel)
{
	return (struct boot_stub){ .options = contains(kernel, OPTIONS), .initrd = contains(kernel, INITRD) };
}

/* The command line as the stub sees it: UTF-16LE without a NUL. */
static int add_options(const char *cmdline, struct error *err, struct event_list *l)
{
	struct buffer utf16 = BUFFER_NONE;
	uint8_t digest[SHA256_LEN];
	int r;

	for (const char *p = cmdline; *p; p++) {
		if ((unsigned char)*p >= 0x80) {
			buffer_free(&utf16);
			return error_set(err, -EOPNOTSUPP,
					 "kernel command line with letters outside ASCII: not modelled");
		}
		buffer_add_u8(&utf16, *p);
		buffer_add_u8(&utf16, 0);
	}
	r = buffer_ok(&utf16) ? hash_sha256(utf16.data, utf16.len, digest) : -ENOMEM;
	if (r == 0)
		r = event_list_add(l, 9, EV_EVENT_TAG, digest, OPTIONS);
	buffer_free(&utf16);
	return r;
}

int linux_stub_events(const struct boot_facts *facts, const struct boot_trace *trace, struct error *err,
		      struct event_list *ret)
{
	struct boot_stub stub = { .options = false };
	uint8_t digest[SHA256_LEN];
	int r;

	r = facts->stub(facts->context, trace->kernel, err, &stub);
	if (r == 0 && stub.options)
		r = add_options(trace->cmdline, err, ret);
	if (r < 0 || !stub.initrd || trace->initrd_count == 0)
		return r;
	r = facts->initrds(facts->context, trace->initrds, trace->initrd_count, err, digest);
	if (r == 0)
		r = event_list_add(ret, 9, EV_EVENT_TAG, digest, INITRD);
	return r;
}
