#include "cli/qr.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/secret_text.h"

#define LIBRARY "libqrencode.so.4"
#define LEVEL_M 1     /* QR_ECLEVEL_M */
#define WIDTH_MAX 177 /* of version 40 */
#define PRINTED_QUIET 2
#define PRINTED_MAX (64u << 10)

/* Of qrencode.h, which is not needed to build: the interface of this soname. */
struct library_code {
	int version;
	int width;
	unsigned char *data; /* a byte for each module, whose lowest bit says whether it is dark */
};

struct library {
	void *handle;
	struct library_code *(*encode)(int n, const unsigned char *data, int version, int level);
	void (*release)(struct library_code *c);
};

static int load(struct error *err, struct library *ret)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return error_set(err, -ENOENT,
				 LIBRARY " cannot be loaded: is the package libqrencode4 installed?");
	ret->handle = handle;
	*(void **)&ret->encode = dlsym(handle, "QRcode_encodeData");
	*(void **)&ret->release = dlsym(handle, "QRcode_free");
	if (ret->encode && ret->release)
		return 0;
	dlclose(handle);
	return error_set(err, -ENOENT, LIBRARY " lacks QRcode_encodeData or QRcode_free");
}

/* The library's result is wiped; what it works with on the way is not. */
static int take(struct library_code *c, struct error *err, struct qr *ret)
{
	const size_t n = c->width > 0 && c->width <= WIDTH_MAX ? (size_t)c->width * (size_t)c->width : 0;
	int r = n > 0 ? secret_new(n, &ret->dark) : -EIO;

	if (r < 0)
		error_set(err, r, "%s", strerror(-r));
	for (size_t i = 0; i < n && r == 0; i++)
		ret->dark.bytes[i] = c->data[i] & 1;
	explicit_bzero(c->data, n);
	ret->width = r == 0 ? (size_t)c->width : 0;
	return r;
}

int qr_make(const struct secret *text, struct error *err, struct qr *ret)
{
	struct library_code *c;
	struct library l = { .handle = NULL };
	int r;

	*ret = QR_NONE;
	r = load(err, &l);
	if (r < 0)
		return r;
	errno = 0;
	c = l.encode((int)text->len, text->bytes, 0, LEVEL_M);
	if (c) {
		r = take(c, err, ret);
		l.release(c);
	} else {
		r = error_set(err, errno ? -errno : -EIO, LIBRARY " makes no code of it");
	}
	dlclose(l.handle);
	return r;
}

bool qr_is_dark(const struct qr *q, long x, long y)
{
	const long w = (long)q->width;

	return x >= 0 && y >= 0 && x < w && y < w && q->dark.bytes[y * w + x];
}

/* By the first of the three variables that is set: locale(7). */
static bool has_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (!value || !*value); i++)
		value = getenv(names[i]);
	return value && (strcasestr(value, "UTF-8") || strcasestr(value, "UTF8"));
}

/* Two rows in one line of half blocks, which only UTF-8 has. Light is the colour of the letters. */
static void add_halves(struct secret_text *t, const struct qr *q, long y)
{
	static const char *const halves[2][2] = { { "\xe2\x96\x88", "\xe2\x96\x80" },
						  { "\xe2\x96\x84", " " } };

	secret_text_addf(t, "\033[40;97m");
	for (long x = -PRINTED_QUIET; x < (long)q->width + PRINTED_QUIET; x++)
		secret_text_addf(t, "%s", halves[qr_is_dark(q, x, y)][qr_is_dark(q, x, y + 1)]);
	secret_text_addf(t, "\033[0m\n");
}

/* A row in blanks on two colours, which change as seldom as can be: the line may be a slow serial one. */
static void add_blanks(struct secret_text *t, const struct qr *q, long y)
{
	bool dark = false;

	secret_text_addf(t, "\033[107m");
	for (long x = -PRINTED_QUIET; x < (long)q->width + PRINTED_QUIET; x++) {
		if (qr_is_dark(q, x, y) != dark)
			secret_text_addf(t, "%s", dark ? "\033[107m" : "\033[40m");
		dark = qr_is_dark(q, x, y);
		secret_text_addf(t, "  ");
	}
	secret_text_addf(t, "\033[0m\n");
}

int qr_print(const struct qr *q)
{
	const bool utf8 = has_utf8();
	struct secret_text t;
	int r = secret_text_new(PRINTED_MAX, &t);

	if (r < 0)
		return r;
	for (long y = -PRINTED_QUIET; y < (long)q->width + PRINTED_QUIET; y += utf8 ? 2 : 1)
		(utf8 ? add_halves : add_blanks)(&t, q, y);
	r = secret_text_write(&t, STDOUT_FILENO);
	secret_text_free(&t);
	return r;
}

void qr_free(struct qr *q)
{
	secret_free(&q->dark);
	*q = QR_NONE;
}
