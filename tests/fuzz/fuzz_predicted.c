#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "measure/boot/predicted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What was read can be written and means the same; comparing one path with all of them finds that very path or an equal one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct predicted p = PREDICTED_NONE, again = PREDICTED_NONE;
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct event_pair first;
	struct comparison c;
	size_t at;

	if (predicted_parse(data, n, "fuzz", &err, &p) < 0)
		return 0;
	if (predicted_format(&p, &text) == 0) {
		if (predicted_parse(text.data, text.len, "again", &err, &again) < 0 || again.n != p.n ||
		    again.generation != p.generation)
			abort();
		for (size_t i = 0; i < p.n; i++)
			if (again.path[i].events.n != p.path[i].events.n)
				abort();
	}
	if (p.n > 0 && predicted_nearest(&p, &p.path[p.n - 1].events, UINT32_MAX, &at, &c) == 0)
		comparison_first(&c, &first);
	predicted_free(&p);
	predicted_free(&again);
	buffer_free(&text);
	return 0;
}
