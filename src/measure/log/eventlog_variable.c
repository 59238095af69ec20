#include "measure/log/eventlog_variable.h"

bool eventlog_variable_take(struct reader *data, struct eventlog_variable *ret)
{
	uint64_t name_len, data_len;

	return reader_bytes(data, ret->guid, sizeof(ret->guid)) && reader_le64(data, &name_len) &&
	       reader_le64(data, &data_len) && reader_take_array(data, name_len, 2, &ret->name) &&
	       reader_take_array(data, data_len, 1, &ret->data);
}

bool eventlog_variable(const struct reader *data, struct eventlog_variable *ret)
{
	struct eventlog_variable v;
	struct reader rest = *data;

	if (!eventlog_variable_take(&rest, &v) || rest.left != 0)
		return false;
	*ret = v;
	return true;
}
