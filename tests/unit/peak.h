/* The most memory that this program has had so far. */
#ifndef TESTS_UNIT_PEAK_H
#define TESTS_UNIT_PEAK_H

long peak_mib(void);
/* Since peak_mib() said `before`, by so many MiB. AddressSanitizer keeps what was freed: not judged there. */
void peak_grew_by(long before, long least, long most);

#endif
