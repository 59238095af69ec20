/*
 * libdevmapper needs libudev for one question: does udevd run? (libdm/libdm-common.c, _check_udev_is_running).
 * libudev answers it by looking for udevd's socket (udev_queue_get_udev_is_active), so this does.
 */
#ifndef BOOTSEAL_LIBUDEV_H
#define BOOTSEAL_LIBUDEV_H

#include <unistd.h>

struct udev {
	char unused;
};

struct udev_queue {
	char unused;
};

static struct udev udev_one;
static struct udev_queue udev_queue_one;

static inline struct udev *udev_new(void)
{
	return &udev_one;
}

static inline struct udev_queue *udev_queue_new(struct udev *udev)
{
	(void)udev;
	return &udev_queue_one;
}

static inline int udev_queue_get_udev_is_active(struct udev_queue *queue)
{
	(void)queue;
	return access("/run/udev/control", F_OK) == 0;
}

static inline struct udev_queue *udev_queue_unref(struct udev_queue *queue)
{
	(void)queue;
	return NULL;
}

static inline struct udev *udev_unref(struct udev *udev)
{
	(void)udev;
	return NULL;
}

#endif
