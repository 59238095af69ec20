#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "measure/log/eventlog.h"
#include "measure/log/eventlog_text.h"
#include "measure/log/pcr_names.h"
#include "measure/log/tcg.h"

#define DEFAULT_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"

static const char usage[] =
	"usage: bootseal eventlog [--log FILE] [--pcr LIST]\n"
	"\n"
	"Prints the firmware's event log (PCR, type, digest, event) and the PCR values to\n"
	"which it replays.\n"
	"\n"
	"  --log FILE   a raw log; default " DEFAULT_LOG "\n"
	"  --pcr LIST   only these PCRs, like 4,7-9\n"
	"\n"
	"Exit codes: 0 printed, 1 the log cannot be read or is malformed, 2 usage.\n";

struct options {
	const char *log;
	pcr_mask mask;
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

static int print_log(const struct options *o)
{
	struct eventlog l = EVENTLOG_NONE;
	struct buffer bytes = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct reader log;
	int r;

	r = file_read(o->log, EVENTLOG_MAX_LEN, &err, &bytes);
	if (r < 0)
		goto out;
	log = reader_new(bytes.data, bytes.len);
	r = eventlog_parse(&log, &err, &l);
	if (r < 0) {
		error_prefix(&err, r, "%s", o->log);
		goto out;
	}
	print_records(&l, o->mask);
	for (size_t i = 0; i < l.n_banks; i++)
		print_bank(&l, i, o->mask & extended_pcrs(&l));
	if (eventlog_bank_find(&l, HASH_SHA256) < 0)
		log_say("%s: no SHA-256 bank: bootseal cannot be used with this log", o->log);
	if (fflush(stdout) != 0)
		r = error_set(&err, -errno, "cannot write: %s", strerror(errno));
out:
	if (r < 0)
		log_say("%s", err.text);
	eventlog_free(&l);
	buffer_free(&bytes);
	return r < 0 ? EXIT_FAILED : EXIT_YES;
}

int cmd_eventlog(int argc, char **argv)
{
	static const struct option options[] = {
		{ "log", required_argument, NULL, 'l' },
		{ "pcr", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .log = DEFAULT_LOG, .mask = PCR_ALL };
	struct error err = ERROR_NONE;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
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
		case 'h':
			fputs(usage, stdout);
			return EXIT_YES;
		default:
			return cli_usage("eventlog", NULL);
		}
	}
	if (optind != argc)
		return cli_usage("eventlog", argv[optind]);
	return print_log(&o);
}
