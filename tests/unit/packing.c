#include "packing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/process.h"

void pack(const char *const *argv, const struct buffer *in, struct buffer *ret)
{
	const struct process p = {
		.argv = argv, .input = in->data, .input_len = in->len, .timeout_ms = 20000
	};
	struct buffer out = BUFFER_NONE;
	struct error err = ERROR_NONE;

	if (process_capture(&p, 1 << 20, &err, &out) < 0)
		fail_msg("%s", err.text);
	buffer_add(ret, out.data, out.len);
	buffer_free(&out);
}
