#include "base/secret.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

int secret_new(size_t len, struct secret *ret)
{
	size_t page = sysconf(_SC_PAGESIZE), mapped_len;
	uint8_t *p;
	int r;

	if (__builtin_add_overflow(len ? len : 1, page - 1, &mapped_len))
		return -ENOMEM;
	mapped_len -= mapped_len % page;
	p = mmap(NULL, mapped_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	if (mlock(p, mapped_len) < 0 || madvise(p, mapped_len, MADV_DONTDUMP) < 0 ||
	    madvise(p, mapped_len, MADV_WIPEONFORK) < 0) {
		r = -errno;
		munmap(p, mapped_len);
		return r;
	}
	*ret = (struct secret){ .bytes = p, .len = len, .mapped_len = mapped_len };
	return 0;
}

int secret_random(size_t len, struct secret *ret)
{
	struct secret s = SECRET_NONE;
	size_t have = 0;
	ssize_t n;
	int r;

	r = secret_new(len, &s);
	if (r < 0)
		return r;
	while (have < len) {
		n = getrandom(s.bytes + have, len - have, 0);
		if (n < 0 && errno != EINTR) {
			r = -errno;
			secret_free(&s);
			return r;
		}
		if (n > 0)
			have += n;
	}
	*ret = s;
	return 0;
}

struct source {
	int fd;
	bool line; /* up to a newline, byte by byte */
	int (*ready)(void *context);
	void *context;
};

/* One byte more than allowed is read, to see that the input ends. */
static int read_until(const struct source *from, size_t max, struct secret *ret)
{
	struct secret s = SECRET_NONE;
	size_t have = 0;
	ssize_t n;
	int r;

	r = secret_new(max + 1, &s);
	if (r < 0)
		return r;
	while (have <= max) {
		r = from->ready ? from->ready(from->context) : 0;
		if (r < 0)
			goto out;
		n = read(from->fd, s.bytes + have, from->line ? 1 : max + 1 - have);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR) {
			r = -errno;
			goto out;
		}
		if (n > 0 && from->line && s.bytes[have] == '\n') {
			s.bytes[have] = '\0';
			break;
		}
		if (n > 0)
			have += n;
	}
	if (have > max) {
		r = -EFBIG;
		goto out;
	}
	s.len = have;
	*ret = s;
	s = SECRET_NONE;
out:
	secret_free(&s);
	return r;
}

int secret_read_fd(int fd, size_t max, struct secret *ret)
{
	return read_until(&(struct source){ .fd = fd }, max, ret);
}

int secret_read_line(int fd, size_t max, int (*ready)(void *context), void *context, struct secret *ret)
{
	const struct source from = { .fd = fd, .line = true, .ready = ready, .context = context };

	return read_until(&from, max, ret);
}

void secret_free(struct secret *s)
{
	if (!s->bytes)
		return;
	explicit_bzero(s->bytes, s->mapped_len);
	munmap(s->bytes, s->mapped_len);
	*s = SECRET_NONE;
}
