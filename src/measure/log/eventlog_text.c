#include "measure/log/eventlog_text.h"

#include <string.h>

#include "base/text.h"
#include "measure/log/efi_text.h"
#include "measure/log/eventlog_path.h"
#include "measure/log/eventlog_variable.h"
#include "measure/log/tcg.h"

#define TEXT_MAX 8192 /* bytes of an event that are shown: menuentry contains its whole body */
#define HEX_MAX 32

static void add_hex(struct buffer *b, const struct reader *data)
{
	char hex[2 * HEX_MAX + 1];

	text_hex(data->at, data->left < HEX_MAX ? data->left : HEX_MAX, hex);
	buffer_add_str(b, hex);
	if (data->left > HEX_MAX)
		buffer_add_str(b, "...");
}

/* systemd logs texts in UTF-16, others in bytes: the first two characters tell. */
static bool is_utf16(const struct reader *data)
{
	return data->left >= 4 && data->at[0] != 0 && data->at[1] == 0 && data->at[2] != 0 &&
	       data->at[3] == 0;
}

static void add_text(struct buffer *b, const struct reader *data)
{
	const uint8_t *nul;

	if (is_utf16(data)) {
		efi_text_add_utf16(b, *data);
		return;
	}
	nul = data->left > 0 ? memchr(data->at, '\0', data->left) : NULL;
	text_add_printable(b, data->at, nul ? (size_t)(nul - data->at) : data->left, TEXT_MAX);
}

/* EFI_LOAD_OPTION (UEFI 3.1.3): attributes, length of the paths, a description that ends in a NUL. */
static void add_load_option(struct buffer *b, struct reader option)
{
	if (!reader_skip(&option, 6))
		return;
	buffer_add_str(b, " ");
	efi_text_add_utf16(b, option);
}

static void describe_variable(struct buffer *b, const struct eventlog_record *record)
{
	struct reader rest = record->data;
	struct eventlog_variable v;
	size_t start = b->len;

	if (!eventlog_variable_take(&rest, &v)) {
		add_hex(b, &record->data);
		return;
	}
	efi_text_add_utf16(b, v.name);
	if (v.data.left == 0)
		buffer_add_str(b, " (empty)");
	else if (record->type == EV_EFI_VARIABLE_BOOT && b->len - start == 8 &&
		 strncmp(buffer_str(b) + start, "Boot0", 5) == 0)
		add_load_option(b, v.data);
}

/* UEFI_IMAGE_LOAD_EVENT, section 10.2.3: addresses, then the device path. */
static void describe_image(struct buffer *b, const struct eventlog_record *record)
{
	struct reader rest = record->data, path;
	uint64_t path_len;

	if (!reader_skip(&rest, 24) || !reader_le64(&rest, &path_len) ||
	    !reader_take_array(&rest, path_len, 1, &path)) {
		add_hex(b, &record->data);
		return;
	}
	if (path.left == 0)
		buffer_add_str(b, "image without a path");
	else
		eventlog_add_path(b, path);
}

/* UEFI_GPT_DATA, section 10.2.5: the GPT header (UEFI 5.3.2), then the number of partitions. */
static void describe_gpt(struct buffer *b, const struct eventlog_record *record)
{
	struct reader rest = record->data;
	uint64_t count;
	uint8_t guid[16];

	if (!reader_skip(&rest, 56) || !reader_bytes(&rest, guid, sizeof(guid)) || !reader_skip(&rest, 20) ||
	    !reader_le64(&rest, &count)) {
		add_hex(b, &record->data);
		return;
	}
	buffer_add_str(b, "GPT of disk ");
	efi_text_add_guid(b, guid);
	buffer_addf(b, ", %llu partitions", (unsigned long long)count);
}

/* TCG_PCClientTaggedEvent, section 10.4.2.1: id, size, data; the kernel's stub logs a text. */
static void describe_tag(struct buffer *b, const struct eventlog_record *record)
{
	struct reader rest = record->data, data;
	uint32_t id, len;

	if (!reader_le32(&rest, &id) || !reader_le32(&rest, &len) || !reader_take(&rest, len, &data)) {
		add_hex(b, &record->data);
		return;
	}
	if (data.left > 0 && data.at[data.left - 1] == '\0')
		add_text(b, &data);
	else
		buffer_addf(b, "tag %08x", id);
}

static void describe_separator(struct buffer *b, const struct eventlog_record *record)
{
	static const uint8_t ones[EV_SEPARATOR_LEN] = { 0xff, 0xff, 0xff, 0xff };

	if (record->data.left == EV_SEPARATOR_LEN &&
	    (memcmp(record->data.at, EV_SEPARATOR_DATA, EV_SEPARATOR_LEN) == 0 ||
	     memcmp(record->data.at, ones, EV_SEPARATOR_LEN) == 0)) {
		buffer_add_str(b, "separator");
		return;
	}
	buffer_add_str(b, "separator, error ");
	add_hex(b, &record->data);
}

static void describe_no_action(struct buffer *b, const struct eventlog_record *record)
{
	const uint8_t *nul = record->data.left > 0 ? memchr(record->data.at, '\0', record->data.left) : NULL;
	struct reader text = record->data;

	if (nul)
		text.left = nul - text.at;
	for (size_t i = 0; i < text.left; i++)
		if (text.at[i] < 0x20 || text.at[i] >= 0x7f) {
			add_hex(b, &record->data);
			return;
		}
	add_text(b, &text);
}

void eventlog_describe(const struct eventlog_record *record, struct buffer *ret)
{
	switch (record->type) {
	case EV_NO_ACTION:
		describe_no_action(ret, record);
		break;
	case EV_SEPARATOR:
		describe_separator(ret, record);
		break;
	case EV_EVENT_TAG:
		describe_tag(ret, record);
		break;
	case EV_ACTION:
	case EV_EFI_ACTION:
	case EV_IPL:
	case EV_OMIT_BOOT_DEVICE_EVENTS:
		add_text(ret, &record->data);
		break;
	case EV_EFI_VARIABLE_DRIVER_CONFIG:
	case EV_EFI_VARIABLE_BOOT:
	case EV_EFI_VARIABLE_BOOT2:
	case EV_EFI_VARIABLE_AUTHORITY:
		describe_variable(ret, record);
		break;
	case EV_EFI_BOOT_SERVICES_APPLICATION:
	case EV_EFI_BOOT_SERVICES_DRIVER:
	case EV_EFI_RUNTIME_SERVICES_DRIVER:
		describe_image(ret, record);
		break;
	case EV_EFI_GPT_EVENT:
	case EV_EFI_GPT_EVENT2:
		describe_gpt(ret, record);
		break;
	default:
		add_hex(ret, &record->data);
	}
}
