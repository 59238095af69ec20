#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "measure/boot/prediction_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/*
 * What was read can be written and means the same; comparing one path with all of them finds that very path
 * or an equal one.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct prediction_record p = PREDICTION_RECORD_NONE, again = PREDICTION_RECORD_NONE;
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct event_pair first;
	struct comparison c;
	size_t at;

	if (prediction_record_parse(data, n, "fuzz", &err, &p) < 0)
		return 0;
	if (prediction_record_format(&p, &text) == 0) {
		if (prediction_record_parse(text.data, text.len, "again", &err, &again) < 0 ||
		    again.n != p.n || again.generation != p.generation)
			abort();
		for (size_t i = 0; i < p.n; i++)
			if (again.path[i].events.n != p.path[i].events.n)
				abort();
	}
	if (p.n > 0 && prediction_record_nearest(&p, &p.path[p.n - 1].events, UINT32_MAX, &at, &c) == 0)
		comparison_first(&c, &first);
	prediction_record_free(&p);
	prediction_record_free(&again);
	buffer_free(&text);
	return 0;
}
