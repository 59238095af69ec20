/* The .sbat section is specified in shim's SBAT.md: component, generation, vendor, package, version, url. */
#include "measure/grub/version.h"

#include <errno.h>
#include <string.h>

#include "base/reader.h"

#define SBAT_MAX_LINES 64u

/* Field n of a line */
static struct reader field(struct reader line, unsigned n)
{
	struct reader f;
	const uint8_t *comma;

	for (;;) {
		comma = line.left ? memchr(line.at, ',', line.left) : NULL;
		f = line;
		if (comma)
			f.left = (size_t)(comma - line.at);
		if (!n--)
			return f;
		if (!comma)
			return reader_new(line.at, 0);
		reader_skip(&line, f.left + 1);
	}
}

static bool starts_with(const struct reader *r, const char *s)
{
	return r->left >= strlen(s) && !memcmp(r->at, s, strlen(s));
}

int grub_version_from_sbat(const char *sbat, size_t sbat_len, struct error *err,
			   enum grub_version *ret_version)
{
	struct reader r = reader_new(sbat, strnlen(sbat, sbat_len)), line, component, version;
	enum grub_version found = 0;
	bool is_grub = false, is_debian = false;
	unsigned lines = 0;

	while (lines++ < SBAT_MAX_LINES && reader_line(&r, &line)) {
		component = field(line, 0);
		version = field(line, 4);
		if (reader_equals(&component, "grub")) {
			is_grub = true;
			if (reader_equals(&version, "2.06"))
				found = GRUB_2_06;
			else if (reader_equals(&version, "2.12"))
				found = GRUB_2_12;
		}
		is_debian = is_debian || starts_with(&component, "grub.debian");
	}
	if (!is_grub)
		return error_set(err, -EOPNOTSUPP,
				 "the image is not GRUB: its section .sbat does not name GRUB");
	if (!found)
		return error_set(err, -EOPNOTSUPP,
				 "this version of GRUB is not modelled (2.06 and 2.12 are)");
	if (!is_debian)
		return error_set(err, -EOPNOTSUPP, "only Debian's builds of GRUB are modelled");
	*ret_version = found;
	return 0;
}
