/* The demonstration's story: reading the file, writing the four sentences. */
#include "page/story.h"

#include "base/file.h"
#include "base/option.h"
#include "base/text.h"
#include "interval/figure.h"
#include "page/office_internal.h"
#include "page/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STORY_FILE_MAX = 16384 };

/* ---- reading ---- */

static hub_status copy_text(char *out, size_t size, const char *value)
{
    size_t n = strlen(value);

    if (n >= size)
        return HUB_E_CONFIG;
    memcpy(out, value, n + 1);
    return HUB_OK;
}

/* Digits only: a number that means nothing may be longer than 64 bits. */
static hub_status copy_digits(char *out, size_t size, const char *value)
{
    if (value[0] == '\0' || strspn(value, "0123456789") != strlen(value))
        return HUB_E_CONFIG;
    return copy_text(out, size, value);
}

static hub_status read_u64(uint64_t *out, const char *value)
{
    return hub_u64_parse(out, hub_span_text(value), 0, INT64_MAX) == HUB_OK ? HUB_OK : HUB_E_CONFIG;
}

static hub_status read_i64(int64_t *out, const char *value)
{
    uint64_t size;
    bool is_negative = value[0] == '-';

    HUB_TRY(read_u64(&size, value + (is_negative ? 1 : 0)));
    *out = is_negative ? -(int64_t)size : (int64_t)size;
    return HUB_OK;
}

static hub_status read_share(double *out, const char *value)
{
    char *end;
    double share = strtod(value, &end);

    if (end == value || *end != '\0' || !(share >= 0 && share <= 1))
        return HUB_E_CONFIG;
    *out = share;
    return HUB_OK;
}

static hub_status read_pair(struct hub_story *s, const char *key, const char *value)
{
    if (strcmp(key, "reports") == 0)
        return read_u64(&s->reports, value);
    if (strcmp(key, "devices") == 0)
        return read_u64(&s->devices, value);
    if (strcmp(key, "measure") == 0)
        return copy_text(s->measure, sizeof(s->measure), value);
    if (strcmp(key, "start") == 0)
        return read_u64(&s->start, value);
    if (strcmp(key, "first_name") == 0)
        return copy_text(s->first_name, sizeof(s->first_name), value);
    if (strcmp(key, "first_holds") == 0)
        return copy_digits(s->first_holds, sizeof(s->first_holds), value);
    if (strcmp(key, "second_name") == 0)
        return copy_text(s->second_name, sizeof(s->second_name), value);
    if (strcmp(key, "second_holds") == 0)
        return copy_digits(s->second_holds, sizeof(s->second_holds), value);
    if (strcmp(key, "together") == 0) {
        s->has_total = true;
        return read_i64(&s->together, value);
    }
    if (strcmp(key, "variance") == 0)
        return read_u64(&s->variance, value);
    if (strcmp(key, "progress") == 0)
        return read_share(&s->progress, value);
    if (strcmp(key, "step") == 0)
        return copy_text(s->step, sizeof(s->step), value);
    return HUB_E_NOT_FOUND;
}

static hub_status take_pair(void *self, const char *section, const char *key, const char *value,
                            unsigned line, struct hub_why *why)
{
    if (strcmp(section, "story") != 0)
        return hub_why(why, HUB_E_CONFIG, "line %u: a story has one section, [story]", line);
    hub_status status = read_pair(self, key, value);
    if (status == HUB_E_NOT_FOUND)
        return hub_why(why, HUB_E_CONFIG, "line %u: no story has \"%.64s\"", line, key);
    if (status != HUB_OK)
        return hub_why(why, HUB_E_CONFIG, "line %u: \"%.64s\" is no value for %.64s", line, value,
                       key);
    return HUB_OK;
}

hub_status hub_story_parse(struct hub_story *out, const char *name, hub_span text,
                           struct hub_why *why)
{
    struct hub_story story = {.is_told = true, .progress = -1};

    HUB_TRY(hub_ini_walk(text, name, take_pair, &story, why));
    *out = story;
    return HUB_OK;
}

hub_status hub_story_load(struct hub_story *out, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(STORY_FILE_MAX);
    hub_status status = hub_file_read(&text, path, why);

    if (status == HUB_E_NOT_FOUND) {
        *out = (struct hub_story){.progress = -1};
        return HUB_OK;
    }
    HUB_TRY(status);
    return hub_story_parse(out, path, hub_buf_span(&text), why);
}

/* ---- telling ---- */

static const struct hub_measure *find_measure(const struct hub_measure *measures, size_t n,
                                              const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(measures[i].words.name, name) == 0)
            return &measures[i];
    }
    return NULL;
}

/* A long number with thin spaces between thousands, so that its length is seen at a glance. */
static void write_digits(struct hub_html *h, const char *digits)
{
    size_t n = strlen(digits);

    for (size_t i = 0; i < n; i++) {
        if (i != 0 && (n - i) % 3 == 0)
            hub_html_raw(h, "\u2009");
        hub_html_char(h, digits[i]);
    }
}

static void tell_sent(struct hub_html *h, const struct hub_story *s)
{
    char number[HUB_FIGURE_TEXT_MAX];

    hub_html_raw(h, "<li><p>Reports were sent");
    if (s->devices != 0) {
        hub_number_format(number, (double)s->devices, 0, &hub_number_english);
        hub_html_print(h, " by %s devices and services", number);
    }
    hub_html_raw(h, ".</p><p class=\"big\">");
    hub_number_format(number, (double)s->reports, 0, &hub_number_english);
    hub_html_text(h, number);
    hub_html_raw(h, "</p></li>");
}

static void tell_holds(struct hub_html *h, const struct hub_story *s)
{
    hub_html_raw(h, "<li><p>Neither operator could read one. Here is what each holds of one"
                    " total.</p><dl class=\"holds\"><div><dt>");
    hub_html_text(h, s->first_name[0] != '\0' ? s->first_name : "The first");
    hub_html_raw(h, "</dt><dd>");
    write_digits(h, s->first_holds[0] != '\0' ? s->first_holds : "…");
    hub_html_raw(h, "</dd></div><div><dt>");
    hub_html_text(h, s->second_name[0] != '\0' ? s->second_name : "The second");
    hub_html_raw(h, "</dt><dd>");
    write_digits(h, s->second_holds[0] != '\0' ? s->second_holds : "…");
    hub_html_raw(h, "</dd></div></dl></li>");
}

static void tell_together(struct hub_html *h, const struct hub_story *s)
{
    char number[HUB_FIGURE_TEXT_MAX] = "…";

    if (s->has_total)
        hub_number_format(number, (double)s->together, 0, &hub_number_english);
    hub_html_raw(h, "<li><p>Together they can only add, their noise included.</p>"
                    "<p class=\"big\">");
    hub_html_text(h, number);
    hub_html_raw(h, "</p></li>");
}

/* What the total is of: "passengers, Sun 2 Nov 2014, 01:00 to 01:30". */
static void write_subject(struct hub_html *h, const struct hub_story *s,
                          const struct hub_measure *m)
{
    HUB_CLEANUP(hub_zone_free_at) struct hub_zone *zone = NULL;
    char when[HUB_MOMENT_MAX];

    if (m == NULL || m->n_tasks == 0 || s->start == 0 ||
        hub_zone_open(&zone, m->words.time_zone, NULL) != HUB_OK)
        return;
    hub_moment_span(when, zone, s->start, s->start + m->tasks[m->n_tasks - 1].facts.window_s);
    hub_html_raw(h, "<p class=\"quiet\">");
    hub_html_print(h, "%s, %s", m->words.unit, when);
    hub_html_raw(h, "</p>");
}

static void tell_seen(struct hub_html *h, const struct hub_story *s, const struct hub_measure *m)
{
    struct hub_slot slot = {.state = HUB_SLOT_KNOWN, .total = s->together, .variance = s->variance};
    char text[HUB_WORDS_MAX] = "…";

    if (s->has_total)
        hub_words_cell(text, &slot);
    hub_html_raw(h,
                 "<li class=\"seen\"><p>The city sees this, and this is how unsure it is.</p><div>"
                 "<p class=\"big\">");
    hub_html_text(h, text);
    hub_html_raw(h, "</p>");
    write_subject(h, s, m);
    hub_html_raw(h, "</div></li>");
}

void hub_part_story(struct hub_html *h, const struct hub_story *story,
                    const struct hub_measure *measures, size_t n)
{
    if (!story->is_told)
        return;
    const struct hub_measure *m = find_measure(measures, n, story->measure);

    hub_html_raw(h, "<section class=\"story\"><h1>A city counts itself. Nobody is watched.</h1>"
                    "<ol>");
    tell_sent(h, story);
    tell_holds(h, story);
    tell_together(h, story);
    tell_seen(h, story, m);
    hub_html_raw(h, "</ol>");
    if (story->progress >= 0 && story->progress < 1) {
        hub_html_format(h,
                        "<p class=\"progress\"><progress max=\"100\" value=\"%d\">%d %%"
                        "</progress> ",
                        (int)lround(story->progress * 100), (int)lround(story->progress * 100));
        hub_html_text(h, story->step);
        hub_html_raw(h, "</p>");
    }
    hub_html_raw(h, "</section>");
}
