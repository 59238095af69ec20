/*
 * The JSON files of the installed system: its state, the verdict on this boot, the report of the unlock; the
 * first byte says which. What was read is written such that it reads as the same. The linker puts our own
 * functions in the place of those that touch files (Makefile).
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/reader.h"
#include "machine/record/boot_report.h"
#include "machine/chain/calibration_file.h"
#include "machine/record/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int __wrap_machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
			struct buffer *ret);
int __wrap_file_replace(const char *path, const void *data, size_t n, unsigned int mode, struct error *err);
int __wrap_file_mkdir(const char *path, unsigned int mode, struct error *err);

static const struct machine machine = { .boot_id = "11111111-2222-3333-4444-555555555555" };
static struct reader to_read;
static struct buffer written;

int __wrap_machine_read(const struct machine *m, const char *path, size_t max, struct error *err,
			struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;

	if (to_read.left > max)
		return error_set(err, -EFBIG, "%s: too long", path);
	buffer_add(&b, to_read.at, to_read.left);
	*ret = b;
	return 0;
}

int __wrap_file_replace(const char *path, const void *data, size_t n, unsigned int mode, struct error *err)
{
	buffer_free(&written);
	buffer_add(&written, data, n);
	return 0;
}

int __wrap_file_mkdir(const char *path, unsigned int mode, struct error *err)
{
	return 0;
}

static int read_and_write(uint8_t which, struct error *err)
{
	static struct state state;
	struct calibration calibration = CALIBRATION_NONE;
	struct boot_report report;
	int r;

	switch (which % 3) {
	case 0:
		r = state_load(&machine, err, &state);
		return r < 0 ? r : state_save(&machine, &state, err);
	case 1:
		r = calibration_read(&machine, err, &calibration);
		if (r == 0)
			r = calibration_write(&machine, &calibration, err);
		calibration_free(&calibration);
		return r;
	default:
		/* written by another program; a boot is trusted only by a report that says so */
		r = boot_report_read(&machine, err, &report);
		if (boot_trusted(&machine) != (r == 0 && report.opened))
			abort();
		return r < 0 ? r : 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buffer first;
	struct error err = ERROR_NONE;
	int r;

	if (n == 0)
		return 0;
	to_read = reader_new(data + 1, n - 1);
	r = read_and_write(data[0], &err);
	if (r < 0 && !err.text[0])
		abort();
	if (r != 0)
		return 0;
	first = written;
	written = BUFFER_NONE;
	to_read = reader_new(first.data, first.len);
	if (read_and_write(data[0], &err) < 0 || written.len != first.len ||
	    memcmp(written.data, first.data, first.len) != 0)
		abort();
	buffer_free(&first);
	buffer_free(&written);
	return 0;
}
