/*
 * Entries of systemd's journal with fields of their own, over its native protocol
 * (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram is one entry. libsystemd would be a further
 * library for what is a page of code.
 */
#ifndef MACHINE_RECORD_JOURNAL_H
#define MACHINE_RECORD_JOURNAL_H

#include "base/buffer.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define JOURNAL_VALUE_MAX 4096 /* bytes; a longer value is cut */

/* A field. name: capitals, digits and underscores; value: any text, line breaks included; NULL: no field. */
void journal_add(struct buffer *entry, const char *name, const char *value);
void journal_addf(struct buffer *entry, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Never waits: an entry that the journal does not take at once is lost. -ENOENT, -ECONNREFUSED: there is no
 * journal; others as sendto(2) says.
 */
int journal_send(const char *socket_path, const struct buffer *entry);

/*
 * For machines without it: a line of syslog(3), which could wait without limit. priority: as syslog counts
 * them; the facility is daemon.
 */
#define SYSLOG_SOCKET "/dev/log"
int journal_send_syslog(const char *socket_path, int priority, const char *name, const char *text);

#endif
