/* Devices for tasks without a statement. A device of the installed API joins a task by its
 * statement and has one report a window; the drivers of interoperation tests upload many reports
 * for one window, each as if from another device. In test programs only. */
#ifndef TESTS_INTEROP_PLAIN_DEVICE_H
#define TESTS_INTEROP_PLAIN_DEVICE_H

#include "base/rng.h"
#include "hubbub/device.h"
#include "hubbub/vdaf.h"
#include "task/task.h"

/* A device with one report of the task that waits to be sent, as task number 0; its memory ends
 * with it. *task goes over on success and is NULL then. HUB_E_MEASUREMENT: out of range;
 * HUB_E_ARGUMENT: there is no such circuit. */
HUB_MUST_USE hub_status test_plain_device_new(struct hub_device **out, struct hub_task **task,
                                              uint64_t window, const struct hub_measurement *m,
                                              const struct hub_rng *rng);

#endif
