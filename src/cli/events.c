#include "cli/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/report.h"
#include "machine/record/boot_report.h"
#include "machine/record/journal.h"
#include "machine/record/state.h"
#include "seal/anchor.h"

#define IDENTIFIER "bootseal"
#define DAEMON "3" /* LOG_DAEMON >> 3 */

enum priority { ERROR = 3, WARNING = LOG_PRIORITY_WARNING, NOTICE = 5 };

static const char *command; /* NULL: this is not about this machine */
static bool unseen;         /* no person and no journal has our standard error */

/* systemd.exec(5): $JOURNAL_STREAM has what its own standard error is, unless it was redirected since. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%ju:%ju", &dev, &ino) == 2 && fstat(fd, &st) == 0 &&
	       st.st_dev == dev && st.st_ino == ino;
}

void events_begin(const char *name)
{
	command = name;
	if (is_journal(STDERR_FILENO))
		log_mark_priorities();
	else
		unseen = !isatty(STDERR_FILENO);
}

static void begin(struct buffer *entry, enum priority priority, const char *message)
{
	journal_add(entry, "MESSAGE", message);
	journal_addf(entry, "PRIORITY", "%d", priority);
	journal_add(entry, "SYSLOG_FACILITY", DAEMON);
	journal_add(entry, "SYSLOG_IDENTIFIER", IDENTIFIER);
	journal_addf(entry, "SYSLOG_PID", "%d", (int)getpid());
	journal_add(entry, "BOOTSEAL_COMMAND", command);
}

/* A machine without systemd has the message alone. What no log takes is lost: it is no reason to fail. */
static void send(struct buffer *entry, enum priority priority, const char *message)
{
	int r = journal_send(JOURNAL_SOCKET, entry);

	if (r == -ENOENT || r == -ECONNREFUSED)
		journal_send_syslog(SYSLOG_SOCKET, priority, IDENTIFIER, message);
	buffer_free(entry);
}

void events_hear(int priority, const char *text)
{
	struct buffer entry = BUFFER_NONE;

	if (!command || !unseen || priority > WARNING)
		return;
	begin(&entry, priority, text);
	send(&entry, priority, text);
}

/* What it is about, what came of it, and why not ("": no reason is to be given). */
struct result {
	const char *id, *result, *why;
	enum priority priority;
};

static void begin_event(struct buffer *entry, const struct result *e, const char *message)
{
	begin(entry, e->priority, message);
	journal_add(entry, "MESSAGE_ID", e->id);
	journal_add(entry, "DOCUMENTATION", "man:bootseal-messages(7)");
	journal_add(entry, "BOOTSEAL_RESULT", e->result);
	if (e->why[0])
		journal_add(entry, "BOOTSEAL_REASON", e->why);
}

static void add_volumes(struct buffer *entry, const struct machine *m)
{
	struct state s;

	if (state_load(m, NULL, &s) < 0)
		return;
	for (size_t i = 0; i < s.volume_count; i++)
		journal_add(entry, "BOOTSEAL_VOLUME", s.volume[i].name);
}

static const struct forecast_path *default_path(const struct reseal_report *report)
{
	for (size_t i = 0; i < report->forecast.path_count; i++)
		if (report->forecast.path[i].is_default)
			return &report->forecast.path[i];
	return NULL;
}

static void add_report(struct buffer *entry, const struct reseal_report *report, int r)
{
	const struct forecast_path *path = default_path(report);
	const struct forecast *f = &report->forecast;

	journal_add(entry, "BOOTSEAL_NEXT_BOOT", report_next_boot_word(report, r));
	if (report->generation > 0)
		journal_addf(entry, "BOOTSEAL_GENERATION", "%" PRIu32, report->generation);
	if (path)
		journal_add(entry, "BOOTSEAL_KERNEL", path->release);
	for (size_t i = 0; i < f->refused_count; i++)
		journal_add(entry, "BOOTSEAL_REFUSED", f->refused[i].what);
}

static void send_report(const struct machine *m, const struct result *e, const struct reseal_report *report,
			int r, const char *message)
{
	struct buffer entry = BUFFER_NONE;

	begin_event(&entry, e, message);
	add_report(&entry, report, r);
	add_volumes(&entry, m);
	send(&entry, e->priority, message);
}

/* "..., and the next boot will unlock" */
static const char *next_words(const char *next)
{
	return strcmp(next, "unlocks") == 0 ? "will unlock automatically" :
	       strcmp(next, "asks") == 0 ? "will ask for the passphrase" :
	       strcmp(next, "waits") == 0 ? "will unlock the root, but may wait for a person" :
					    "is unknown";
}

/* -ECANCELED: somebody, or a rule, said no. */
static struct result failed_event(const char *id, int r, const char *why)
{
	return (struct result){ .id = id,
			       .result = r == -ECANCELED ? "refused" : "failed",
			       .why = why,
			       .priority = r == -ECANCELED ? WARNING : ERROR };
}

void event_policy(const struct machine *m, const struct reseal_report *report, int r, const char *why)
{
	const char *next = report_next_boot_word(report, r);
	const bool good = strcmp(next, "unlocks") == 0 && !report->partly;
	struct result e;
	char text[1024];

	if (!command || (r == 0 && !report->changed && good))
		return;
	if (r < 0) {
		e = failed_event(report->moved ? EVENT_POLICY_MOVED : EVENT_POLICY_KEPT, r, why);
		snprintf(text, sizeof(text), "the policy was %smoved%s: %s", report->moved ? "" : "not ",
			 report->moved ? ", but this failed" : "", why);
	} else {
		e = (struct result){ .id = report->changed ? EVENT_POLICY_MOVED : EVENT_POLICY_KEPT,
				    .result = report->partly ? "partly" : report->changed ? "moved" :
										    "unchanged",
				    .why = report->partly ? report->forecast.refused[0].why : "",
				    .priority = good ? NOTICE : WARNING };
		snprintf(text, sizeof(text), "the policy %s (generation %" PRIu32 "); the next boot %s%s%s",
			 report->changed ? "was moved" : "is as before", report->generation, next_words(next),
			 report->partly ? "; refused: " : "",
			 report->partly ? report->forecast.refused[0].what : "");
	}
	send_report(m, &e, report, r, text);
}

void event_enrolment(const struct machine *m, const struct reseal_report *report, int r, const char *why)
{
	const char *next = report_next_boot_word(report, r);
	struct result e = r < 0 ? failed_event(EVENT_ENROLMENT, r, why) :
				 (struct result){ .id = EVENT_ENROLMENT,
						 .result = "enrolled",
						 .why = "",
						 .priority = report->default_covered ? NOTICE : WARNING };
	char text[1024];

	if (!command)
		return;
	if (r < 0)
		snprintf(text, sizeof(text), "enrolment failed: %s", why);
	else
		snprintf(text, sizeof(text), "enrolled; the next boot %s", next_words(next));
	send_report(m, &e, report, r, text);
}

void event_removal(const char *volume)
{
	const struct result e = { .id = EVENT_REMOVAL, .result = "removed", .why = "", .priority = NOTICE };
	struct buffer entry = BUFFER_NONE;
	char text[256];

	if (!command)
		return;
	snprintf(text, sizeof(text), "%s%s: the next boot will ask for the passphrase",
		 volume ? "the key on the root no longer opens " : "the TPM no longer unlocks this machine",
		 volume ? volume : "");
	begin_event(&entry, &e, text);
	journal_add(&entry, "BOOTSEAL_NEXT_BOOT", "asks");
	journal_add(&entry, "BOOTSEAL_VOLUME", volume);
	send(&entry, e.priority, text);
}

void event_recovery_key(const struct machine *m, bool removed, int r, const char *why)
{
	const char *done = removed ? "removed" : "made";
	struct result e = r < 0 ? failed_event(EVENT_RECOVERY_KEY, r, why) :
				  (struct result){ EVENT_RECOVERY_KEY, done, "", NOTICE };
	struct buffer entry = BUFFER_NONE;
	char text[1024];

	if (!command)
		return;
	if (r < 0)
		snprintf(text, sizeof(text), "a recovery key could not be %s: %s", done, why);
	else
		snprintf(text, sizeof(text), "%s",
			 removed ? "the recovery key no longer unlocks anything" :
				   "a new recovery key was made, the only one from now on");
	begin_event(&entry, &e, text);
	add_volumes(&entry, m);
	send(&entry, e.priority, text);
}

void event_boot(const struct machine *m, const char *verdict)
{
	struct result e = { .id = EVENT_BOOT_ASKED, .result = "not-unlocked", .priority = WARNING };
	struct buffer entry = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct boot_report report;
	struct utsname u;
	char text[640];
	int r;

	if (!command || !machine_exists(m, ANCHOR_PATH))
		return;
	r = boot_report_read(m, &err, &report);
	e.why = r < 0 ? err.text : report.opened ? "" : report.reason;
	if (r == 0 && report.opened) {
		e = (struct result){ EVENT_BOOT_UNLOCKED, "unlocked", "", NOTICE };
		snprintf(text, sizeof(text), "the TPM unlocked this boot in %" PRIu32 " ms", report.total_ms);
	} else {
		snprintf(text, sizeof(text), "the TPM did not unlock this boot: %s", e.why);
	}
	begin_event(&entry, &e, text);
	journal_add(&entry, "BOOTSEAL_VERDICT", verdict);
	if (uname(&u) == 0)
		journal_add(&entry, "BOOTSEAL_KERNEL", u.release);
	if (r == 0 && report.opened)
		journal_addf(&entry, "BOOTSEAL_GENERATION", "%" PRIu32, report.generation);
	add_volumes(&entry, m);
	send(&entry, e.priority, text);
}

void event_refused(const char *device, const char *volume, const char *why)
{
	const struct result e = { EVENT_REFUSED, "refused", why, ERROR };
	struct buffer entry = BUFFER_NONE;
	char text[1024];

	if (!command)
		return;
	snprintf(text, sizeof(text), "%s is not used: %s", device ? device : volume, why);
	begin_event(&entry, &e, text);
	journal_add(&entry, "BOOTSEAL_DEVICE", device);
	journal_add(&entry, "BOOTSEAL_VOLUME", volume);
	send(&entry, e.priority, text);
}
