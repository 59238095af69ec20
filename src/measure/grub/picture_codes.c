#include "measure/grub/picture_codes.h"

void prefix_codes_start(struct prefix_codes *c, unsigned longest)
{
	*c = (struct prefix_codes){ .longest = longest };
}

/* Behind those that are as short or shorter. */
void prefix_codes_add(struct prefix_codes *c, unsigned value, unsigned len)
{
	unsigned longer = 0;

	if (len == 0)
		return;
	for (unsigned i = len; i < c->longest; i++)
		longer += c->of_len[i];
	for (unsigned i = 0; i < longer; i++)
		c->value[c->count - i] = c->value[c->count - i - 1];
	c->value[c->count - longer] = (uint16_t)value;
	c->count++;
	c->of_len[len - 1]++;
}

void prefix_codes_finish(struct prefix_codes *c)
{
	unsigned end = 0, index = 0;

	for (unsigned i = 0; i < c->longest; i++) {
		end += c->of_len[i];
		index += c->of_len[i];
		c->end[i] = end;
		c->index[i] = index;
		end <<= 1;
	}
}
