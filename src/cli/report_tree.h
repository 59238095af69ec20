/* predict --tree: a boot path as the chain of programs that it is. */
#ifndef CLI_REPORT_TREE_H
#define CLI_REPORT_TREE_H

#include "machine/forecast.h"

/* On stdout. now: what this boot measured, against which each line is marked; NULL: nobody knows. */
void report_tree(const struct forecast_path *p, const struct event_list *now);

#endif
