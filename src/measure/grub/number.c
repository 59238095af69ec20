#include "measure/grub/number.h"

#include "measure/grub/state.h"
#include "measure/grub/text.h"

static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A') + 10;
	return 99;
}

unsigned long grub_number(struct grub *g, const char *s, const char **ret_end, int base)
{
	unsigned long num = 0;
	bool found = false;

	while (grub_is_space(*s))
		s++;
	if (s[0] == '0' && s[1] == 'x' && (base == 0 || base == 16)) {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && base == 0 && s[1] >= '0' && s[1] <= '7') {
		base = 8;
	}
	if (base == 0)
		base = 10;
	for (; digit_of(*s) < (unsigned)base; s++) {
		found = true;
		if (__builtin_mul_overflow(num, (unsigned long)base, &num) ||
		    __builtin_add_overflow(num, (unsigned long)digit_of(*s), &num)) {
			grub_fail(g, GRUB_ERR_OUT_OF_RANGE);
			num = ~0ul;
			break;
		}
	}
	if (!found)
		grub_fail(g, GRUB_ERR_BAD_NUMBER);
	if (ret_end)
		*ret_end = s;
	return num;
}
