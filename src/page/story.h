/* What a demonstration tells about itself: four sentences on the first screen, and the true figures
 * behind its made reports. Two optional files, written by the demo alone and named in the office's
 * configuration; an installed office has neither.
 *
 * The story is an .ini file, replaced as a whole (hub_file_write) as often as its writer likes:
 *
 *   [story]
 *   reports = 271034                 reports sent so far
 *   devices = 2057                   who sent them; optional
 *   measure = taxi                   the window that the numbers below are about
 *   start = 1414861200               its start, POSIX seconds UTC; optional
 *   first_name = Operator A          the two operators, and what each holds for that window: its
 *   first_holds = 11934872310034     share of the total, a number that says nothing by itself
 *   second_name = Operator B
 *   second_holds = 6511871763547200
 *   together = 15137                 what the two add up to
 *   variance = 49152                 of that total
 *   progress = 0.43                  of the whole demonstration, 0 to 1; optional
 *   step = "day 93 of 215"           what it does now, in plain words; optional
 *
 * Text stands without quotes. The truth is a CSV file with a header line
 * "measure,start,length,cell,total", grown by appending whole lines. */
#ifndef PAGE_STORY_H
#define PAGE_STORY_H

#include "base/bytes.h"

struct hub_story {
    bool is_told;
    uint64_t reports;
    uint64_t devices; /* 0: not told */
    char measure[65];
    uint64_t start; /* 0: not told */
    char first_name[128];
    char first_holds[48];
    char second_name[128];
    char second_holds[48];
    bool has_total;
    int64_t together;
    uint64_t variance;
    double progress; /* below 0: not told */
    char step[128];
};

/* A missing file is an untold story, HUB_OK. HUB_E_CONFIG names the line. */
HUB_MUST_USE hub_status hub_story_load(struct hub_story *out, const char *path,
                                       struct hub_why *why);
HUB_MUST_USE hub_status hub_story_parse(struct hub_story *out, const char *name, hub_span text,
                                        struct hub_why *why);

#endif
