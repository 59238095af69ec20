#include "machine/record/journal.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

void journal_add(struct buffer *entry, const char *name, const char *value)
{
	const size_t n = value ? strnlen(value, JOURNAL_VALUE_MAX) : 0;
	const uint64_t len = htole64(n);

	if (!value)
		return;
	buffer_add_str(entry, name);
	/* with a line break in it a value has its length before it, 64 bits in little endian */
	if (memchr(value, '\n', n)) {
		buffer_add_u8(entry, '\n');
		buffer_add(entry, &len, sizeof(len));
	} else {
		buffer_add_u8(entry, '=');
	}
	buffer_add(entry, value, n);
	buffer_add_u8(entry, '\n');
}

void journal_addf(struct buffer *entry, const char *name, const char *fmt, ...)
{
	char *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		value = NULL;
	va_end(ap);
	journal_add(entry, name, value);
	free(value);
}

int journal_send(const char *socket_path, const struct buffer *entry)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, r = 0;

	if (!buffer_ok(entry))
		return -ENOMEM;
	if (snprintf(to.sun_path, sizeof(to.sun_path), "%s", socket_path) >= (int)sizeof(to.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, entry->data, entry->len, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to,
		   sizeof(to)) < 0)
		r = -errno;
	close(fd);
	return r;
}

int journal_send_syslog(const char *socket_path, int priority, const char *name, const char *text)
{
	struct buffer line = BUFFER_NONE;
	time_t now = time(NULL);
	char at[32] = "";
	struct tm tm;
	int r;

	/* RFC 3164, as glibc writes it */
	if (localtime_r(&now, &tm))
		strftime(at, sizeof(at), "%b %e %H:%M:%S", &tm);
	buffer_addf(&line, "<%d>%s %s[%d]: %s", LOG_DAEMON | priority, at, name, (int)getpid(), text);
	r = journal_send(socket_path, &line);
	buffer_free(&line);
	return r;
}
