#include "machine/chain/sbat.h"

#include <stdio.h>
#include <string.h>

#include "measure/efi/pe.h"

bool sbat_version(const struct reader *image, const char *component, char ret[static SBAT_VERSION_MAX])
{
	struct reader sbat, line, rest;
	struct error ignored;
	bool found = false;
	struct pe pe;

	if (pe_parse(image, &ignored, &pe) < 0 || !pe_section(&pe, ".sbat", &sbat))
		return false;
	while (reader_line(&sbat, &line)) {
		char text[256] = "", version[SBAT_VERSION_MAX];

		rest = line;
		if (line.left >= sizeof(text) || line.left <= strlen(component) ||
		    !reader_bytes(&rest, text, line.left))
			continue;
		if (strncmp(text, component, strlen(component)) != 0 ||
		    sscanf(text, "%*[^,],%*[^,],%*[^,],%*[^,],%31[^,-]", version) != 1)
			continue;
		memcpy(ret, version, sizeof(version));
		found = true;
	}
	return found;
}
