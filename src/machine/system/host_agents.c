#include "machine/system/host_agents.h"

#include <stddef.h>

/* off: a file that switches it off; NULL: none is known */
static const struct agent {
	const char *path, *off, *what;
} agents[] = {
	{ "/usr/sbin/waagent", NULL,
	  "Azure's agent runs extensions and commands that the host sends, as root (/usr/sbin/waagent, "
	  "package waagent or walinuxagent)" },
	{ "/usr/bin/cloud-init", "/etc/cloud/cloud-init.disabled",
	  "cloud-init takes settings, keys and commands from what the host shows as its data source, at "
	  "every boot of a new instance ('touch /etc/cloud/cloud-init.disabled' ends that)" },
	{ "/usr/sbin/hv_fcopy_daemon", NULL,
	  "the host may write files into this machine (/usr/sbin/hv_fcopy_daemon, package hyperv-daemons)" },
	{ "/usr/sbin/hv_fcopy_uio_daemon", NULL,
	  "the host may write files into this machine (/usr/sbin/hv_fcopy_uio_daemon, package "
	  "hyperv-daemons)" },
	{ "/usr/sbin/qemu-ga", NULL,
	  "QEMU's guest agent runs commands that the host sends, as root (/usr/sbin/qemu-ga, package "
	  "qemu-guest-agent)" },
};

void host_agents_each(const struct machine *m, void (*each)(void *context, const char *what), void *context)
{
	for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++)
		if (machine_exists(m, agents[i].path) && !(agents[i].off && machine_exists(m, agents[i].off)))
			each(context, agents[i].what);
}
