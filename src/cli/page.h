/*
 * report --html: one page that says what this machine is, what is enrolled, and what was checked just now.
 * What status, check, explain and attest say is taken from the objects of their --json, boot paths from the
 * forecast of the same outlook: the page cannot say anything else than the commands do.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "base/exit_code.h"
#include "cli/check_answer.h"
#include "cli/evidence.h"
#include "cli/html.h"
#include "machine/outlook.h"
#include "machine/record/state.h"
#include "machine/system/efivars.h"
#include "seal/anchor.h"
#include "seal/json_write.h"

struct page {
	const struct machine *m;
	struct buffer b; /* the page so far */
	int64_t at;      /* seconds since 1970 */
	bool enrolled;   /* then there are state and explain: */
	struct state state;
	struct outlook outlook;
	struct outlook_source source; /* its chain: NULL where there is none; why: */
	struct error no_chain;
	struct error no_outlook;
	struct check_answer answer;
	struct json_object *status, *explain;
	struct json_object *attest; /* NULL: there is no report of a Confidential VM, or */
	struct error no_attest;
	bool has_anchor;
	struct anchor anchor;
	bool has_pcrs; /* else why not: */
	struct error no_tpm;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct buffer inventory; /* seal/tpm_inventory.h */
	bool has_vars;           /* else why not: */
	struct error no_vars;
	struct efivars vars;
	struct buffer versions; /* collect_versions() */
};

/* Something is enrolled, but its state cannot be read: answer.reason. */
static inline bool page_has_no_records(const struct page *p)
{
	return !p->enrolled && p->answer.code != EXIT_NOT_ENROLLED;
}

/* Gathers all of it and writes FILE, mode 0600. The number of bytes, or a negative errno with a message. */
int page_write(const struct machine *m, const char *tcti, const struct evidence_options *o, const char *file,
	       struct error *err);

/* The parts, in their order. */
void page_machine(struct page *p);
void page_next_boot(struct page *p);
void page_this_boot(struct page *p);
void page_chain(struct page *p);
void page_policy(struct page *p);
void page_secure_boot(struct page *p);
void page_pcrs(struct page *p);
void page_tpm(struct page *p);
void page_confidential(struct page *p);
void page_checks(struct page *p);
void page_versions(struct page *p);

/* The paths of a list of objects with "label", or of labels, under a heading for each kernel. */
struct page_paths {
	size_t n;
	const char *(*label)(const struct page *p, size_t i);
	void (*cells)(struct page *p, size_t i);
};
void page_by_kernel(struct page *p, unsigned columns, const struct page_paths *paths);

#endif
