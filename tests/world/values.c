/*
 * What Linux shows beside the event log: the boot option that the firmware used, and the values of the PCRs.
 */
#include "world.h"

#include "base/buffer.h"
#include "base/text.h"
#include "machine/chain/no_log.h"
#include "seal/tpm.h"
#include "seal/tpm_pcrs.h"

#define EFIVARS "/sys/firmware/efi/efivars/"
#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"

void world_write_option(const struct world *w, const char *file)
{
	/* f5fdcccd-7835-2b4b-bc01-da94a5bcd867, partition 1 */
	static const uint8_t disk[] = { 4, 1, 42, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0,
					0, 0, 0, 0xcd, 0xcc, 0xfd, 0xf5, 0x35, 0x78, 0x4b, 0x2b, 0xbc, 0x01,
					0xda, 0x94, 0xa5, 0xbc, 0xd8, 0x67, 2, 2 };
	static const uint8_t controller[] = { 1, 1, 6, 0, 0, 2 };
	static const uint8_t end[] = { 0x7f, 0xff, 4, 0 };
	bool whole = file && !*file;
	size_t name_len = file && *file ? 2 * strlen(file) + 2 : 0, n;
	struct buffer b = BUFFER_NONE;

	buffer_add_le32(&b, 7);
	buffer_add_le32(&b, 1);
	n = (whole ? sizeof(controller) : sizeof(disk)) + (name_len ? 4 + name_len : 0) + sizeof(end);
	buffer_add_u8(&b, (uint8_t)n);
	buffer_add_u8(&b, (uint8_t)(n >> 8));
	buffer_add(&b, "d\0i\0s\0k\0\0\0", 10);
	if (whole)
		buffer_add(&b, controller, sizeof(controller));
	else
		buffer_add(&b, disk, sizeof(disk));
	if (name_len) {
		buffer_add_u8(&b, 4);
		buffer_add_u8(&b, 4);
		buffer_add_u8(&b, (uint8_t)(4 + name_len));
		buffer_add_u8(&b, 0);
		for (; *file; file++) {
			buffer_add_u8(&b, (uint8_t)*file);
			buffer_add_u8(&b, 0);
		}
		buffer_add(&b, "\0\0", 2);
	}
	buffer_add(&b, end, sizeof(end));
	world_write(w, EFIVARS "Boot0003" GLOBAL, b.data, b.len);
	world_write(w, EFIVARS "BootCurrent" GLOBAL, "\6\0\0\0\3\0", 6);
	buffer_free(&b);
}

void world_show_pcrs(struct world *w)
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	char path[64], hex[2 * SHA256_LEN + 2];
	struct tpm *tpm = NULL;

	if (!world_has(w, PCR_VALUES_DIR))
		return;
	assert_int_equal(tpm_open(w->swtpm.tcti, &w->err, &tpm), 0);
	assert_int_equal(tpm_pcrs(tpm, PCR_ALL, &w->err, pcrs), 0);
	tpm_close(tpm);
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		snprintf(path, sizeof(path), PCR_VALUES_DIR "/%u", i);
		text_hex(pcrs[i], SHA256_LEN, hex);
		for (char *c = hex; *c; c++)
			*c = *c >= 'a' ? (char)(*c - 0x20) : *c;
		strcat(hex, "\n");
		world_write_text(w, path, hex);
	}
}
