#include "machine/record/notice.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "machine/record/boot_report.h"
#include "machine/record/state.h"
#include "machine/system/foreign.h"

static void add_boot(const struct machine *m, struct buffer *b)
{
	struct boot_report report;
	struct error why = ERROR_NONE;

	if (boot_trusted(m))
		return;
	if (boot_report_read(m, &why, &report) == 0)
		buffer_addf(b, "bootseal: THE TPM DID NOT UNLOCK THIS BOOT: %s\n",
			    text_after_tpm(report.reason));
	else
		buffer_addf(b, "bootseal: THE TPM DID NOT UNLOCK THIS BOOT: %s\n", text_after_tpm(why.text));
	buffer_add_str(b, "bootseal: if you did not change this machine, somebody else may have.\n"
			  "bootseal: changes of the boot chain are rejected until this is "
			  "settled.\nbootseal: 'bootseal explain' says what differs.\n");
}

static void add_reseal(const struct state *s, struct buffer *b)
{
	if (s->failed)
		buffer_addf(b, "bootseal: THE LAST RESEAL REFUSED OR FAILED: %s\n"
			    "bootseal: 'bootseal check' says what the next boot will do.\n", s->failure);
}

static void add_foreign(const struct machine *m, struct buffer *b)
{
	struct foreign f;

	if (foreign_find(m, NULL, &f) < 0 || f.count == 0)
		return;
	buffer_addf(b,
		    "bootseal: DOES NOT BELONG ON A BOOT FILE SYSTEM: %s\n"
		    "bootseal: 'bootseal scan' lists all; nothing new is accepted until it is gone.\n",
		    f.named[0]);
}

static int put(const struct machine *m, const struct buffer *text, struct error *err)
{
	char path[PATH_MAX], dir[PATH_MAX];
	int r;

	r = machine_path(m, NOTICE_PATH, path);
	if (r == 0)
		r = machine_path(m, "/run/motd.d", dir);
	if (r < 0)
		return r;
	if (text->len == 0)
		return unlink(path) == 0 || errno == ENOENT
			       ? 0
			       : error_set(err, -errno, "%s: %s", path, strerror(errno));
	r = file_mkdir(dir, 0755, err);
	return r < 0 ? r : file_replace(path, text->data, text->len, 0644, err);
}

int notice_update(const struct machine *m, struct error *err)
{
	struct buffer text = BUFFER_NONE;
	struct error why = ERROR_NONE;
	struct state s;
	int r;

	r = state_load(m, &why, &s);
	if (r == 0 && s.generation == 0)
		buffer_add_str(&text, "bootseal: THE ENROLMENT WAS NOT FINISHED: run 'bootseal enroll' "
				      "again.\n");
	else if (r != -ENODATA)
		add_boot(m, &text);
	if (r != -ENODATA)
		add_foreign(m, &text);
	if (r == 0 && s.generation > 0)
		add_reseal(&s, &text);
	else if (r < 0 && r != -ENODATA)
		buffer_addf(&text, "bootseal: CANNOT READ ITS RECORDS: %s\n", why.text);
	r = buffer_ok(&text) ? put(m, &text, err) : -ENOMEM;
	buffer_free(&text);
	return r;
}
