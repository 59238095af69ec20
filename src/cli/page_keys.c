/* The keys of Secure Boot that are in force. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/page.h"
#include "hash/certificate.h"
#include "measure/efi/secureboot_siglist.h"

#define DAY_MAX 32

static const char *const columns[] = { "Certificate", "Its SHA-256, and until when it is valid", NULL };

/* How many entries of a database are of each kind. */
struct kinds {
	size_t certificates, images, revoked, other;
};

static void add_validity(struct page *p, const struct certificate *c)
{
	const int age = certificate_age(c, p->at);
	char day[DAY_MAX] = "an unknown day";
	struct tm tm;
	int64_t end;
	time_t t;

	if (certificate_end(c, &end) == 0) {
		t = (time_t)end;
		if (gmtime_r(&t, &tm))
			strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	}
	if (age > 0)
		html_mark(&p->b, HTML_UNSURE, "expired on %s", day);
	else
		html_textf(&p->b, "valid until %s%s", day, age < 0 ? ", but not yet" : "");
}

static void add_certificate(struct page *p, const struct siglist_entry *e)
{
	struct certificate *c = NULL;
	struct error why = ERROR_NONE;
	struct buffer name = BUFFER_NONE;
	char hex[2 * SHA256_LEN + 1];
	uint8_t digest[SHA256_LEN];
	size_t n;
	int r = certificates_read(&e->data, 1, &why, &c, &n);

	if (r == 0)
		certificate_add_name(c, &name);
	html_row(&p->b, "%s",
		 r < 0          ? "unreadable"
		 : name.len > 0 ? buffer_str(&name)
				: "without a common name");
	html_cell(&p->b);
	if (hash_sha256(e->data.at, e->data.left, digest) == 0) {
		text_hex(digest, sizeof(digest), hex);
		html_code(&p->b, hex);
	}
	if (r == 0)
		add_validity(p, c);
	else
		html_textf(&p->b, "%s", why.text);
	buffer_add_str(&p->b, "\n");
	buffer_free(&name);
	certificate_free(c);
}

/* -EBADMSG: its sizes do not add up; what was counted is up to there. */
static int add_certificates(struct page *p, const struct reader *database, struct kinds *ret)
{
	struct siglist s = siglist_begin(database);
	struct siglist_entry e;
	int r;

	while ((r = siglist_next(&s, &e)) == 1) {
		if (siglist_is(&e, siglist_type_x509)) {
			ret->certificates++;
			add_certificate(p, &e);
		} else if (siglist_is(&e, siglist_type_sha256)) {
			ret->images++;
		} else if (siglist_is(&e, siglist_type_x509_sha256)) {
			ret->revoked++;
		} else {
			ret->other++;
		}
	}
	return r;
}

static void add_database(struct page *p, const char *name, const char *what, const struct reader *database)
{
	struct kinds k = { .images = 0 };
	char caption[160];
	int r;

	snprintf(caption, sizeof(caption), "%s: %s", name, what);
	html_table(&p->b, caption, columns);
	r = add_certificates(p, database, &k);
	if (k.images > 0)
		html_fact(&p->b, "Images by their digest", "%zu", k.images);
	if (k.revoked > 0)
		html_fact(&p->b, "Certificates by their digest", "%zu", k.revoked);
	if (k.other > 0)
		html_fact(&p->b, "Entries of other kinds", "%zu", k.other);
	if (r < 0)
		html_fact(&p->b, "Damaged",
			  "its sizes do not add up; the firmware may read it in another way");
	else if (k.certificates + k.images + k.revoked + k.other == 0)
		html_fact(&p->b, "Empty", "it has no entry, or is not there");
	html_table_end(&p->b);
}

void page_secure_boot(struct page *p)
{
	const struct sb_vars *v = &p->vars.vars;
	const struct {
		const char *name, *what;
		const struct reader *content;
	} databases[] = {
		{ "PK", "the platform's owner, who may change KEK", &v->pk },
		{ "KEK", "who may change db and dbx", &v->kek },
		{ "db", "what the firmware starts", &v->db },
		{ "dbx", "what it does not start, not even if it is signed", &v->dbx },
		{ "MokList", "what shim starts besides (Machine Owner Keys)", &v->mok_list_rt },
		{ "MokListX", "what shim does not start", &v->mok_list_x_rt },
	};

	html_section(&p->b, "secure-boot", "Secure Boot");
	if (!p->has_vars) {
		html_paragraph(&p->b, "Not known: %s", p->no_vars.text);
		html_section_end(&p->b);
		return;
	}
	buffer_add_str(&p->b, "<p>");
	if (v->secure_boot.left > 0 && v->secure_boot.at[0] == 1)
		html_mark(&p->b, HTML_GOOD, "Secure Boot is on.");
	else
		html_mark(&p->b, HTML_BAD, "Secure Boot is off.");
	buffer_add_str(&p->b, "</p>\n");
	html_paragraph(&p->b, "The keys in force, as the firmware's variables and shim's copies of its own "
			      "have them. Firmware does not look at the day on which a certificate expires: "
			      "what it signed before goes on to start.");
	for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		add_database(p, databases[i].name, databases[i].what, databases[i].content);
	html_section_end(&p->b);
}
