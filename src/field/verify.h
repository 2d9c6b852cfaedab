/* Ranges on which arithmetic relies, checked in builds with -Dverify=true: the condition is not
 * evaluated in others. */
#ifndef FIELD_VERIFY_H
#define FIELD_VERIFY_H

#ifdef HUB_VERIFY
#include <assert.h>
#define HUB_VERIFY_THAT(condition) assert(condition)
#else
#define HUB_VERIFY_THAT(condition) ((void)(0 && (condition)))
#endif

#endif
