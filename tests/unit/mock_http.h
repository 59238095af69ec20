/* One answer on a port of the loopback, in the place of Azure's metadata service. */
#ifndef TESTS_MOCK_HTTP_H
#define TESTS_MOCK_HTTP_H

#include <stddef.h>
#include <sys/types.h>

struct mock_http {
	pid_t pid;
	char url[64];
};

/*
 * Serves `text` to whoever asks with "Metadata: true", and refuses others (400), until mock_http_stop(). It
 * says that it is a mock.
 */
void mock_http_start(struct mock_http *m, const char *text, size_t n);
void mock_http_stop(struct mock_http *m);

#endif
