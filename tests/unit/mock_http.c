#include "mock_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void answer(int fd, const char *text, size_t n)
{
	static const char refusal[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
	char request[4096] = "", head[256];
	size_t len = 0;
	ssize_t got;

	while (len + 1 < sizeof(request) && !strstr(request, "\r\n\r\n") &&
	       (got = read(fd, request + len, sizeof(request) - 1 - len)) > 0) {
		len += (size_t)got;
		request[len] = '\0';
	}
	if (!strstr(request, "\r\nMetadata: true\r\n")) {
		(void)!write(fd, refusal, strlen(refusal));
		return;
	}
	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nServer: a mock of Azure's metadata service\r\nContent-Length: %zu\r\n"
		 "Connection: close\r\n\r\n",
		 n);
	(void)!write(fd, head, strlen(head));
	while (n > 0 && (got = write(fd, text, n)) > 0) {
		text += got;
		n -= (size_t)got;
	}
}

static void serve(int fd, const char *text, size_t n)
{
	int one;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	while ((one = accept(fd, NULL, NULL)) >= 0) {
		answer(one, text, n);
		close(one);
	}
	_exit(0);
}

void mock_http_start(struct mock_http *m, const char *text, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(m->url, sizeof(m->url), "http://127.0.0.1:%u/metadata", ntohs(at.sin_port));
	m->pid = fork();
	assert_true(m->pid >= 0);
	if (m->pid == 0)
		serve(fd, text, n);
	close(fd);
}

void mock_http_stop(struct mock_http *m)
{
	kill(m->pid, SIGKILL);
	waitpid(m->pid, NULL, 0);
}
