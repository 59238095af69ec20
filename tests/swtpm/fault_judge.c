#include "fault_judge.h"

static size_t times(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static bool says_any(const struct bench *b, const char *const *words)
{
	while (*words && !strstr(b->w.output, *words))
		words++;
	return *words != NULL;
}

static bool says_what_failed(const struct bench *b)
{
	/*
	 * the connection broke; the answer was not understood, or understood as that of another TPM or
	 * another boot
	 */
	static const char *const words[] = {
		"TPM: ",
		"cannot open",
		"has no TPM 2.0 device",
		"this TPM",
		"PCR ",
		"PCRs differ",
		"this TPM is not the enrolled one",
		"storage key",
		"policy index",
		"the TPM's policy",
		NULL,
	};
	char code[16];

	/*
	 * what the connection's own first command got is lost in tpm2-tss; that nothing is at a handle is
	 * said in other words
	 */
	if (b->fault->kind != FAULT_CODE || b->fault->code >> 12 ||
	    (b->fault->code & 0xbf) == TPM2_RC_HANDLE || strstr(b->w.output, "cannot open"))
		return says_any(b, words);
	snprintf(code, sizeof(code), "(0x%03x)", b->fault->code);
	return strstr(b->w.output, code);
}

/*
 * No HMAC covers what a TPM says of its PCRs, and where nothing was unsealed there may be no session to say
 * it under. Whatever keeps sending well-formed lies can also keep silent, as if there were no TPM; it gets no
 * key by that.
 */
static bool lies(const struct bench *b)
{
	return b->fault->kind >= FAULT_SWALLOWED &&
	       (b->how == HOW_ON || (b->how == HOW_SAME && b->l.shared->same == TPM2_CC_PCR_Read));
}

/* The window, after a program that did not open anything. */
static const char *judge_window(const struct bench *b)
{
	if (b->code == 8)
		return b->how == HOW_ONCE && b->fault->kind != FAULT_GONE
			       ? "restarts because of something that came once"
			       : NULL;
	if (!b->closed && b->l.shared->good > 0 && !lies(b))
		return "the window is open, though the TPM answers";
	return NULL;
}

const char *judge_left(const struct bench *b)
{
	const struct swtpm *s = &b->w.f.swtpm;

	/*
	 * not from a TPM that went away, that is not waited for any more, that refuses just that, or says
	 * that it were done
	 */
	if (b->how == HOW_ON || b->fault->kind == FAULT_GONE ||
	    (b->how == HOW_SAME && fault_waits(b->fault, b->how)) ||
	    (b->how == HOW_SAME && b->l.shared->same == TPM2_CC_FlushContext) ||
	    (b->fault->kind == FAULT_SWALLOWED && b->command[b->at] == TPM2_CC_FlushContext))
		return NULL;
	return swtpm_handles(s, 0x80) || swtpm_handles(s, 0x02) || swtpm_handles(s, 0x03)
		       ? "something is left in the TPM"
		       : NULL;
}

const char *judge_end(const struct bench *b)
{
	if (b->code == CODE_HUNG)
		return "does not come to an end";
	if (b->code == CODE_KILLED)
		return "died by a signal";
	if (strstr(b->w.output, "Sanitizer") || strstr(b->w.output, "runtime error: "))
		return "a sanitizer found something";
	return NULL;
}

const char *judge_open(struct bench *b)
{
	size_t opened = times(b->w.output, ": unlocked by the TPM\n"),
	       not = times(b->w.output, ": not unlocked by the TPM: ");
	uint8_t expected[SHA256_LEN] = { 0 }, event[SHA256_LEN];
	const char *text = opened_text(&b->w);

	if (b->code != 0 && b->code != 1 && b->code != 4 && b->code != 5 && b->code != 6 && b->code != 8)
		return "an exit code that is none of `open`";
	if ((opened || world_has(&b->w, "run/opened")) && !b->closed)
		return "opened with the window open";
	if (opened + not != b->volumes || (b->code == 0) != (opened == b->volumes))
		return "exit code and words do not fit";
	assert_int_equal(hash_sha256(text, strlen(text), event), 0);
	assert_int_equal(hash_sha256_two(expected, SHA256_LEN, event, SHA256_LEN, expected), 0);
	if (b->code == 0 && b->volumes == 1 && memcmp(b->window, expected, SHA256_LEN) != 0)
		return "PCR 15 is not what a verifier computes";
	if (b->code != 0 && b->fault->bridged && b->how == HOW_ONCE)
		return "a little patience would have opened it";
	if (b->code != 0 && !says_what_failed(b))
		return "does not say what failed";
	return b->code != 0 ? judge_window(b) : NULL;
}

const char *judge_open_pin(struct bench *b)
{
	if (b->code != 7)
		return judge_open(b);
	if (b->closed || !world_has(&b->w, "run/ask-pin") || world_has(&b->w, "run/opened"))
		return "waits for a PIN that is not asked for, or that it has";
	if (b->fault->bridged && b->how == HOW_ONCE)
		return "a little patience would have opened it";
	return strstr(b->w.output, "wrong PIN") ? NULL : "does not say what failed";
}

const char *judge_close(struct bench *b)
{
	if (b->code != 0 && b->code != 1 && b->code != 4 && b->code != 8)
		return "an exit code that is none of `close`";
	if (b->code == 0 && !b->closed && !lies(b))
		return "says that the window is closed, and it is open";
	if (b->code != 0 && b->fault->bridged && b->how == HOW_ONCE)
		return "a little patience would have closed it";
	if (b->code != 0 && b->code != 4 && !says_what_failed(b))
		return "does not say what failed";
	return b->code != 0 ? judge_window(b) : NULL;
}

const char *judge_explain(struct bench *b)
{
	bool all_well = strstr(b->w.output, "match a sealed boot path");

	if (b->code != 0)
		return "an exit code that is none of `explain`";
	if (b->closed)
		return "it has closed the window";
	if (!strstr(b->w.output, "What to do") || !strstr(b->w.output, "header as enrolled"))
		return "does not say what to do";
	if (!all_well && b->fault->bridged && b->how == HOW_ONCE)
		return "a little patience would have told";
	if (!all_well && !says_what_failed(b))
		return "does not say what failed";
	return NULL;
}
