#include "measure/log/pcr_names.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "measure/log/event.h"
#include "measure/log/tcg.h"

#define NAME(type) { type, #type }

static const struct {
	uint32_t type;
	const char *name;
} names[] = {
	NAME(EV_PREBOOT_CERT),
	NAME(EV_POST_CODE),
	NAME(EV_NO_ACTION),
	NAME(EV_SEPARATOR),
	NAME(EV_ACTION),
	NAME(EV_EVENT_TAG),
	NAME(EV_S_CRTM_CONTENTS),
	NAME(EV_S_CRTM_VERSION),
	NAME(EV_CPU_MICROCODE),
	NAME(EV_PLATFORM_CONFIG_FLAGS),
	NAME(EV_TABLE_OF_DEVICES),
	NAME(EV_COMPACT_HASH),
	NAME(EV_IPL),
	NAME(EV_IPL_PARTITION_DATA),
	NAME(EV_NONHOST_CODE),
	NAME(EV_NONHOST_CONFIG),
	NAME(EV_NONHOST_INFO),
	NAME(EV_OMIT_BOOT_DEVICE_EVENTS),
	NAME(EV_POST_CODE2),
	NAME(EV_EFI_VARIABLE_DRIVER_CONFIG),
	NAME(EV_EFI_VARIABLE_BOOT),
	NAME(EV_EFI_BOOT_SERVICES_APPLICATION),
	NAME(EV_EFI_BOOT_SERVICES_DRIVER),
	NAME(EV_EFI_RUNTIME_SERVICES_DRIVER),
	NAME(EV_EFI_GPT_EVENT),
	NAME(EV_EFI_ACTION),
	NAME(EV_EFI_PLATFORM_FIRMWARE_BLOB),
	NAME(EV_EFI_HANDOFF_TABLES),
	NAME(EV_EFI_PLATFORM_FIRMWARE_BLOB2),
	NAME(EV_EFI_HANDOFF_TABLES2),
	NAME(EV_EFI_VARIABLE_BOOT2),
	NAME(EV_EFI_GPT_EVENT2),
	NAME(EV_EFI_HCRTM_EVENT),
	NAME(EV_EFI_VARIABLE_AUTHORITY),
	NAME(EV_EFI_SPDM_FIRMWARE_BLOB),
	NAME(EV_EFI_SPDM_FIRMWARE_CONFIG),
};

const char *pcr_event_name(uint32_t type)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

/* One number, or two with '-' between them. */
static int parse_range(const char *text, size_t len, pcr_mask *mask)
{
	const char *dash = memchr(text, '-', len);
	uint64_t first, last;

	if (text_number(text, dash ? (size_t)(dash - text) : len, PCR_COUNT - 1, &first) < 0)
		return -EINVAL;
	last = first;
	if (dash && text_number(dash + 1, len - (dash + 1 - text), PCR_COUNT - 1, &last) < 0)
		return -EINVAL;
	if (last < first)
		return -EINVAL;
	for (; first <= last; first++)
		*mask |= 1u << first;
	return 0;
}

int pcr_list_parse(const char *text, struct error *err, pcr_mask *ret_mask)
{
	const char *at = text;
	pcr_mask mask = 0;
	size_t len;

	for (;;) {
		len = strcspn(at, ",");
		if (parse_range(at, len, &mask) < 0)
			return error_set(err, -EINVAL, "%s: not a list of PCRs (like 4,7-9)", text);
		if (at[len] == '\0')
			break;
		at += len + 1;
	}
	*ret_mask = mask;
	return 0;
}
