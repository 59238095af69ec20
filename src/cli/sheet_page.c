/* What is on the sheet, as PDF (ISO 32000-1): text in three of the standard fonts (9.6.2.2), lines, squares.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/qr.h"
#include "cli/sheet.h"
#include "cli/when.h"
#include "seal/recovery_key.h"

#define PAGE_MAX (64u << 10)
#define WIDTH 595  /* points: of A4, */
#define HEIGHT 792 /* and of US Letter: it fits both */
#define MARGIN 50
#define LINE 15 /* from one line to the next */
#define KEY_SIZE 22
#define KEY_LINE 52
#define GROUPS_IN_LINE 4
#define GROUP_STEP 125
/* Courier: every glyph is 0.6 wide */
#define DIGIT_WIDTH (KEY_SIZE * 0.6)
#define MODULE 4 /* points, of the QR code */
#define OBJECTS 7
#define SHOWN_TARGETS 4 /* for which there is room */

enum font { PLAIN = 1, BOLD, FIXED };

/* Outside of printable ASCII nothing is on the page; parentheses and backslashes as 7.3.4.2 has it. */
static void add_string(struct secret_text *t, const char *text)
{
	secret_text_add(t, "(", 1);
	for (; *text; text++) {
		if (*text == '(' || *text == ')' || *text == '\\')
			secret_text_add(t, "\\", 1);
		secret_text_add(t, *text >= 0x20 && *text < 0x7f ? text : "?", 1);
	}
	secret_text_add(t, ")", 1);
}

static void put(struct secret_text *t, enum font font, int size, int x, int y, const char *text)
{
	secret_text_addf(t, "BT /F%d %d Tf %d %d Td ", font, size, x, y);
	add_string(t, text);
	secret_text_addf(t, " Tj ET\n");
}

/* A stroke from the lower left to the upper right of a digit. */
static void strike(struct secret_text *t, double x, int y)
{
	secret_text_addf(t, "%.1f %.1f m %.1f %.1f l S\n", x + DIGIT_WIDTH * 0.27, y + KEY_SIZE * 0.08,
			 x + DIGIT_WIDTH * 0.73, y + KEY_SIZE * 0.54);
}

static void add_group(struct secret_text *t, const uint8_t *digits, unsigned number)
{
	const int x = MARGIN + 15 + (int)(number % GROUPS_IN_LINE) * GROUP_STEP;
	const int y = HEIGHT - 160 - (int)(number / GROUPS_IN_LINE) * KEY_LINE;
	char label[8];

	snprintf(label, sizeof(label), "%u", number + 1);
	put(t, PLAIN, 8, x, y + 22, label);
	secret_text_addf(t, "BT /F%d %d Tf %d %d Td (", FIXED, KEY_SIZE, x, y);
	secret_text_add(t, digits, RECOVERY_GROUP_DIGITS);
	secret_text_addf(t, ") Tj ET\n");
	for (unsigned i = 0; i < RECOVERY_GROUP_DIGITS; i++)
		if (digits[i] == '0')
			strike(t, x + i * DIGIT_WIDTH, y);
}

static void add_key(struct secret_text *t, const struct secret *key)
{
	secret_text_addf(t, "1.2 w %d %d %d %d re S\n", MARGIN, HEIGHT - 230, WIDTH - 2 * MARGIN, 110);
	for (unsigned i = 0; i < RECOVERY_GROUPS; i++)
		add_group(t, key->bytes + i * (RECOVERY_GROUP_DIGITS + 1), i);
}

/* Dark modules that lie side by side are one rectangle. */
static void add_qr(struct secret_text *t, const struct qr *q, int left, int top)
{
	for (long y = 0; y < (long)q->width; y++)
		for (long x = 0, n; x<(long)q->width; x += n> 0 ? n : 1) {
			for (n = 0; qr_is_dark(q, x + n, y); n++)
				;
			if (n > 0)
				secret_text_addf(t, "%ld %ld %ld %d re\n", left + x * MODULE,
						 top - (y + 1) * MODULE, n * MODULE, MODULE);
		}
	secret_text_addf(t, "f\n");
}

/* "" leaves half a line. */
static int add_lines(struct secret_text *t, int x, int y, const char *const *line)
{
	for (; *line; line++) {
		if (**line == '*')
			put(t, BOLD, 11, x, y, *line + 1);
		else
			put(t, PLAIN, 11, x, y, *line);
		y -= **line ? LINE : LINE / 2;
	}
	return y;
}

static const char *const about[] = {
	"*Type it",
	"at the passphrase prompt of the boot: all eight groups, 1 to 8, with one space between two",
	"groups. There are only digits, no letters; a zero has a stroke through it. On French, Belgian,",
	"Czech and Slovak keyboards digits need Shift; the numeric keypad, with Num Lock on, has them",
	"on all. In the rescue shell: bootseal-unlock recover",
	"",
	"*Keep it from others",
	"Anyone who has this sheet and the disk can read everything on the disk. Keep the sheet away",
	"from the machine, as in a safe. Take no photo of it: phones keep copies elsewhere. A printer may",
	"keep what it printed.",
	"",
	"*Test it",
	"now, and once a year, as root: bootseal recovery-key --test",
	"",
	"*Replace it",
	"when somebody may have seen it, or when it is lost: bootseal recovery-key --replace",
	"Then the key on this sheet no longer works: destroy the sheet.",
	NULL,
};

static void add_facts(struct secret_text *t, const struct sheet *s, int x)
{
	int y = HEIGHT - 262;
	char at[WHEN_MAX], text[300];

	when(s->at, at);
	snprintf(text, sizeof(text), "Machine: %.100s", s->host);
	put(t, PLAIN, 11, x, y, text);
	snprintf(text, sizeof(text), "Made: %s", at);
	put(t, PLAIN, 11, x, y -= LINE, text);
	put(t, PLAIN, 11, x, y -= LINE, "It unlocks the encrypted volume");
	for (size_t i = 0; i < s->target_count; i++) {
		if (i == SHOWN_TARGETS) {
			put(t, PLAIN, 11, x, y - LINE, "and others of this machine");
			break;
		}
		snprintf(text, sizeof(text), "%.40s", s->target[i].name);
		put(t, PLAIN, 11, x, y -= LINE, text);
		snprintf(text, sizeof(text), "UUID %.36s", s->target[i].uuid);
		put(t, FIXED, 9, x, y -= LINE - 3, text);
	}
}

static int compose_content(const struct sheet *s, const struct secret *key, struct secret_text *t)
{
	struct error why = ERROR_NONE;
	struct qr q = QR_NONE;
	int left = MARGIN, r;

	/* without the picture the key is there all the same */
	r = qr_make(key, &why, &q);
	if (r == -ENOMEM)
		return r;
	put(t, BOLD, 22, MARGIN, HEIGHT - 72, "Recovery key");
	put(t, PLAIN, 12, MARGIN, HEIGHT - 95, "Unlocks an encrypted disk without the TPM. Keep it secret.");
	add_key(t, key);
	if (q.width > 0) {
		add_qr(t, &q, MARGIN, HEIGHT - 250);
		left += (int)(q.width + QR_QUIET) * MODULE;
	}
	add_facts(t, s, left);
	add_lines(t, MARGIN, HEIGHT - 430, about);
	qr_free(&q);
	return t->failed ? -ENOSPC : 0;
}

/* An object of the file, at the place that the table at its end has (7.5.4). */
static void object(struct secret_text *t, size_t *at, unsigned number, const char *body)
{
	at[number] = t->len;
	secret_text_addf(t, "%u 0 obj\n%s\nendobj\n", number, body);
}

static void compose_file(const struct secret_text *content, struct secret_text *t)
{
	static const char *const fonts[] = { "Helvetica", "Helvetica-Bold", "Courier-Bold" };
	size_t at[OBJECTS + 1], table;
	char body[200];

	secret_text_addf(t, "%%PDF-1.4\n");
	object(t, at, 1, "<< /Type /Catalog /Pages 2 0 R /Lang (en) >>");
	object(t, at, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
	snprintf(body, sizeof(body),
		 "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /Font << "
		 "/F1 5 0 R /F2 6 0 R /F3 7 0 R >> >> >>",
		 WIDTH, HEIGHT);
	object(t, at, 3, body);
	at[4] = t->len;
	secret_text_addf(t, "4 0 obj\n<< /Length %zu >>\nstream\n", content->len);
	secret_text_add(t, content->memory.bytes, content->len);
	secret_text_addf(t, "\nendstream\nendobj\n");
	for (unsigned i = 0; i < 3; i++) {
		snprintf(body, sizeof(body),
			 "<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>",
			 fonts[i]);
		object(t, at, 5 + i, body);
	}
	table = t->len;
	secret_text_addf(t, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS + 1);
	for (unsigned i = 1; i <= OBJECTS; i++)
		secret_text_addf(t, "%010zu 00000 n \n", at[i]);
	secret_text_addf(t, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", OBJECTS + 1,
			 table);
}

int sheet_compose(const struct sheet *s, const struct secret *key, struct error *err, struct secret_text *ret)
{
	struct secret_text content = SECRET_TEXT_NONE;
	int r;

	*ret = SECRET_TEXT_NONE;
	r = key->len == RECOVERY_TEXT_LEN ? secret_text_new(PAGE_MAX, &content) : -EINVAL;
	if (r == 0)
		r = secret_text_new(2 * PAGE_MAX, ret);
	if (r == 0)
		r = compose_content(s, key, &content);
	if (r == 0)
		compose_file(&content, ret);
	if (r == 0 && ret->failed)
		r = -ENOSPC;
	if (r < 0) {
		secret_text_free(ret);
		error_set(err, r, "cannot make the sheet: %s", strerror(-r));
	}
	secret_text_free(&content);
	return r;
}
