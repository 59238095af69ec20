#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/eventlog_json.h"
#include "cli/options.h"
#include "cli/root.h"
#include "machine/chain/chain.h"
#include "measure/log/eventlog.h"
#include "measure/log/eventlog_text.h"
#include "measure/log/pcr_names.h"
#include "measure/log/tcg.h"

static const char usage[] =
	"usage: bootseal eventlog [--log FILE | --root DIR] [--pcr LIST] [--json]\n"
	"\n"
	"Prints the firmware's event log (PCR, type, digest, event) and the PCR values to\n"
	"which it replays.\n"
	"\n"
	"  --log FILE    a raw log; default " EVENTLOG_PATH "\n"
	"  --pcr LIST    only these PCRs, like 4,7-9\n"
	"  --json        for programs (doc/fleet.md)\n"
	ROOT_HELP
	"\n"
	"Exit codes: 0 printed, 1 the log cannot be read or is malformed, 2 usage,\n"
	"5 it does not replay to the values of --pcrs.\n";

struct options {
	const char *log; /* NULL: the machine's own */
	pcr_mask mask;
	struct root_options other;
};

static bool shown(const struct eventlog_record *record, pcr_mask mask)
{
	return record->pcr < PCR_COUNT ? mask >> record->pcr & 1 : mask == PCR_ALL;
}

static void print_record(const struct eventlog *l, const struct eventlog_record *record, size_t bank,
			 struct buffer *what)
{
	const char *name = pcr_event_name(record->type);
	char digest[2 * HASH_MAX_LEN + 1] = "-", number[16];

	/* EV_NO_ACTION is not extended: the digest that it carries means nothing */
	if (record->type != EV_NO_ACTION && record->digest[bank])
		text_hex(record->digest[bank], l->bank[bank].hash_len, digest);
	if (!name) {
		snprintf(number, sizeof(number), "0x%08x", record->type);
		name = number;
	}
	if (record->pcr < PCR_COUNT)
		printf("%2u ", record->pcr);
	else
		fputs(" - ", stdout);
	what->len = 0;
	eventlog_describe(record, what);
	printf("%-33s %s %s\n", name, digest, what->len > 0 ? buffer_str(what) : "");
}

static void print_records(const struct eventlog *l, pcr_mask mask)
{
	int bank = eventlog_bank_find(l, HASH_SHA256);
	struct buffer what = BUFFER_NONE;

	for (size_t i = 0; i < l->n_records; i++)
		if (shown(&l->record[i], mask))
			print_record(l, &l->record[i], bank < 0 ? 0 : bank, &what);
	buffer_free(&what);
}

static void print_bank(const struct eventlog *l, size_t bank, pcr_mask mask)
{
	const char *name = hash_name(l->bank[bank].alg);
	uint8_t pcrs[PCR_COUNT][HASH_MAX_LEN];
	char hex[2 * HASH_MAX_LEN + 1];
	int r;

	if (name)
		printf("\nPCR values, %s\n", name);
	else
		printf("\nPCR values, algorithm 0x%04x\n", l->bank[bank].alg);
	r = eventlog_replay(l, bank, pcrs);
	if (r < 0) {
		printf("   not computed: %s\n",
		       r == -ENODATA ? "some events have no digest in this bank" : strerror(-r));
		return;
	}
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (!(mask & 1u << i))
			continue;
		text_hex(pcrs[i], l->bank[bank].hash_len, hex);
		printf("%2u %s\n", i, hex);
	}
}

/* Of the PCRs asked for, those that the log extends: the others were not touched by the firmware. */
static uint32_t extended_pcrs(const struct eventlog *l)
{
	pcr_mask mask = 0;

	for (size_t i = 0; i < l->n_extended; i++)
		mask |= 1u << l->record[l->extended[i]].pcr;
	return mask;
}

static int read_log(const struct options *o, struct error *err, struct buffer *ret)
{
	struct machine m;
	int r;

	if (!o->other.root)
		return file_read(o->log ? o->log : EVENTLOG_PATH, EVENTLOG_MAX_LEN, err, ret);
	r = machine_init_collected(o->other.root, err, &m);
	return r < 0 ? r : machine_read(&m, EVENTLOG_PATH, EVENTLOG_MAX_LEN, err, ret);
}

/* The PCRs asked for that have a value and that the log extends, and those of them that differ from it. */
static int compare(const struct options *o, const struct pcr_values *v, struct error *err,
		   struct eventlog_answer *ret)
{
	if (eventlog_bank_find(ret->log, HASH_SHA256) < 0)
		return error_set(err, -EBADMSG, "the event log has no SHA-256 bank to compare");
	ret->pcrs = v;
	ret->compared = v->mask & o->mask & extended_pcrs(ret->log);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (ret->compared >> i & 1 && eventlog_check(ret->log, PCR(i), v->value, NULL, NULL) < 0)
			ret->differ |= PCR(i);
	ret->code = ret->differ ? EXIT_WILL_NOT : EXIT_YES;
	return 0;
}

static void print_comparison(const struct eventlog_answer *a, const char *name)
{
	printf("\nPCR values, %s\n", name);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (a->compared >> i & 1)
			printf("%2u %s\n", i, a->differ >> i & 1 ? "differs" : "as the log replays");
	if (a->compared == 0)
		puts("   none that the log extends");
}

static void print_answer(const struct options *o, const struct eventlog_answer *a)
{
	print_records(a->log, o->mask);
	for (size_t i = 0; i < a->log->n_banks; i++)
		print_bank(a->log, i, o->mask & extended_pcrs(a->log));
	if (a->pcrs)
		print_comparison(a, o->other.pcrs);
}

static int print_log(const struct options *o)
{
	struct eventlog l = EVENTLOG_NONE;
	struct eventlog_answer answer = { .log = &l, .shown = o->mask, .code = EXIT_YES };
	struct buffer bytes = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct pcr_values pcrs;
	int has_pcrs, r;
	struct reader log;

	has_pcrs = r = root_pcrs(&o->other, &err, &pcrs);
	if (r >= 0)
		r = read_log(o, &err, &bytes);
	if (r < 0)
		goto out;
	log = reader_new(bytes.data, bytes.len);
	r = eventlog_parse(&log, &err, &l);
	if (r < 0) {
		error_prefix(&err, r, "%s", o->log ? o->log : EVENTLOG_PATH);
		goto out;
	}
	if (has_pcrs)
		r = compare(o, &pcrs, &err, &answer);
	if (answer_is_json() && r >= 0)
		r = eventlog_json(&answer);
	else if (!answer_is_json())
		print_answer(o, &answer);
	if (eventlog_bank_find(&l, HASH_SHA256) < 0)
		log_say("%s: no SHA-256 bank: bootseal cannot be used with this log",
			o->log ? o->log : EVENTLOG_PATH);
	if (r >= 0 && fflush(stdout) != 0)
		r = error_set(&err, -errno, "cannot write: %s", strerror(errno));
out:
	if (r < 0)
		log_say("%s", err.text);
	eventlog_free(&l);
	buffer_free(&bytes);
	return r < 0 ? EXIT_FAILED : answer.code;
}

int cmd_eventlog(int argc, char **argv)
{
	static const struct option options[] = {
		{ "log", required_argument, NULL, 'l' },
		{ "pcr", required_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		ROOT_OPTIONS,
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .mask = PCR_ALL };
	struct error err = ERROR_NONE;
	int c;

	while ((c = cli_getopt(argc, argv, options)) != -1) {
		switch (c) {
		case 'l':
			o.log = optarg;
			break;
		case 'p':
			if (pcr_list_parse(optarg, &err, &o.mask) < 0) {
				log_say("%s", err.text);
				return cli_usage("eventlog", NULL);
			}
			break;
		case 'j':
			answer_want_json();
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_YES;
		case 'R':
		case 'P':
			root_take(c, optarg, &o.other);
			break;
		default:
			return cli_usage("eventlog", NULL);
		}
	}
	if (optind != argc)
		return cli_usage("eventlog", argv[optind]);
	if (o.other.root && o.log)
		return cli_refuse("eventlog", "--log and --root exclude each other");
	if (o.other.pcrs && !o.other.root)
		return cli_refuse("eventlog", "--pcrs goes with --root");
	return print_log(&o);
}
