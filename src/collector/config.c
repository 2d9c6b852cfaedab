/* The collector's .ini file: one section a measure, in any number. */
#include "collector/config.h"

#include "base/file.h"
#include "base/option.h"
#include "base/text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONFIG_BYTES_MAX = 4 << 20, IN_FLIGHT_MAX = 4096, POLL_MS_MAX = 3600000 };
static const char measure_prefix[] = "measure ";

struct parsing {
    struct hub_collector_config config;
    const char *path;
    bool has_series;
    bool has_key;
};

static void parsing_clear(struct parsing *p)
{
    hub_collector_config_clear(&p->config);
}

static hub_status copy(char *out, size_t size, const char *value)
{
    const size_t len = strlen(value);

    if (len >= size)
        return HUB_E_SPACE;
    memcpy(out, value, len + 1);
    return HUB_OK;
}

/* A path as it stands if it is absolute, else seen from the configuration's folder. */
static hub_status copy_path(char out[HUB_COLLECTOR_PATH_MAX], const char *config_path,
                            const char *value)
{
    const char *const slash = strrchr(config_path, '/');
    const size_t folder_len =
        value[0] == '/' || slash == NULL ? 0 : (size_t)(slash - config_path) + 1;
    const size_t len = strlen(value);

    if (len == 0)
        return HUB_E_DECODE;
    if (folder_len + len >= HUB_COLLECTOR_PATH_MAX)
        return HUB_E_SPACE;
    memcpy(out, config_path, folder_len);
    memcpy(out + folder_len, value, len + 1);
    return HUB_OK;
}

static hub_status take_number(uint32_t *out, const char *value, uint64_t min, uint64_t max)
{
    uint64_t v;

    HUB_TRY(hub_u64_parse(&v, hub_span_text(value), min, max));
    *out = (uint32_t)v;
    return HUB_OK;
}

static hub_status take_bool(bool *out, const char *value)
{
    *out = strcmp(value, "yes") == 0;
    return *out || strcmp(value, "no") == 0 ? HUB_OK : HUB_E_DECODE;
}

/* Another line of a text goes behind the ones before, after a space. */
static hub_status add_text(char out[HUB_COLLECTOR_TEXT_MAX], const char *value)
{
    const size_t had = strlen(out);
    const size_t space = had == 0 ? 0 : 1;
    const size_t len = strlen(value);

    if (had + space + len >= HUB_COLLECTOR_TEXT_MAX)
        return HUB_E_SPACE;
    if (space != 0)
        out[had] = ' ';
    memcpy(out + had + space, value, len + 1);
    return HUB_OK;
}

static hub_status take_collector(struct parsing *p, const char *key, const char *value)
{
    struct hub_collector_config *const c = &p->config;

    if (strcmp(key, "series") == 0) {
        p->has_series = true;
        return copy_path(c->series, p->path, value);
    }
    if (strcmp(key, "key") == 0) {
        p->has_key = true;
        return copy_path(c->key, p->path, value);
    }
    if (strcmp(key, "ca_file") == 0)
        return value[0] == '\0' ? HUB_OK : copy_path(c->ca_file, p->path, value);
    if (strcmp(key, "log") == 0)
        return value[0] == '\0' ? HUB_OK : copy_path(c->log, p->path, value);
    if (strcmp(key, "plain_remote") == 0)
        return take_bool(&c->plain_remote, value);
    if (strcmp(key, "in_flight") == 0)
        return take_number(&c->in_flight, value, 1, IN_FLIGHT_MAX);
    if (strcmp(key, "poll_ms") == 0)
        return take_number(&c->poll_ms, value, 1, POLL_MS_MAX);
    return HUB_E_NOT_FOUND;
}

static hub_status add_task(const struct parsing *p, struct hub_collector_measure *m,
                           const char *value)
{
    char(*const more)[HUB_COLLECTOR_PATH_MAX] = realloc(m->tasks, (m->n_tasks + 1) * sizeof(*more));

    if (more == NULL)
        return HUB_E_MEMORY;
    m->tasks = more;
    HUB_TRY(copy_path(m->tasks[m->n_tasks], p->path, value));
    m->n_tasks++;
    return HUB_OK;
}

static hub_status take_measure(struct parsing *p, struct hub_collector_measure *m, const char *key,
                               const char *value)
{
    if (strcmp(key, "title") == 0)
        return copy(m->title, sizeof(m->title), value);
    if (strcmp(key, "unit") == 0)
        return copy(m->unit, sizeof(m->unit), value);
    if (strcmp(key, "time_zone") == 0)
        return copy(m->time_zone, sizeof(m->time_zone), value);
    if (strcmp(key, "note") == 0)
        return add_text(m->note, value);
    if (strcmp(key, "source") == 0)
        return add_text(m->source, value);
    if (strcmp(key, "licence") == 0)
        return add_text(m->licence, value);
    if (strcmp(key, "made_up") == 0)
        return take_bool(&m->made_up, value);
    if (strcmp(key, "position") == 0)
        return take_number(&m->position, value, 0, UINT32_MAX);
    if (strcmp(key, "task") == 0)
        return add_task(p, m, value);
    return HUB_E_NOT_FOUND;
}

static bool is_name(const char *name)
{
    const size_t len = strlen(name);

    return len != 0 && len < HUB_COLLECTOR_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* The measure of this name, new if it is the first time. */
static hub_status find_measure(struct parsing *p, struct hub_collector_measure **out,
                               const char *name)
{
    struct hub_collector_config *const c = &p->config;

    for (size_t i = 0; i < c->n_measures; i++) {
        if (strcmp(c->measures[i].name, name) == 0) {
            *out = &c->measures[i];
            return HUB_OK;
        }
    }
    struct hub_collector_measure *const more =
        realloc(c->measures, (c->n_measures + 1) * sizeof(*more));
    if (more == NULL)
        return HUB_E_MEMORY;
    c->measures = more;
    *out = &c->measures[c->n_measures];
    **out = (struct hub_collector_measure){
        .position = (uint32_t)c->n_measures, .time_zone = "UTC", .unit = "counts"};
    c->n_measures++;
    return copy((*out)->name, sizeof((*out)->name), name);
}

static hub_status on_pair(void *self, const char *section, const char *key, const char *value,
                          unsigned line, struct hub_why *why)
{
    struct parsing *const p = self;
    hub_status status;

    if (strcmp(section, "collector") == 0) {
        status = take_collector(p, key, value);
    } else if (strncmp(section, measure_prefix, sizeof(measure_prefix) - 1) == 0) {
        struct hub_collector_measure *m;
        const char *const name = section + sizeof(measure_prefix) - 1;
        if (!is_name(name))
            return hub_why(why, HUB_E_CONFIG,
                           "line %u: [measure NAME]: NAME has 1 to 64 of a-z, 0-9 and -", line);
        HUB_TRY(find_measure(p, &m, name));
        status = take_measure(p, m, key, value);
    } else {
        return hub_why(why, HUB_E_CONFIG,
                       "line %u: sections are [collector] and [measure NAME], not [%.60s]", line,
                       section);
    }
    if (status == HUB_E_NOT_FOUND)
        return hub_why(why, HUB_E_CONFIG, "line %u: unknown name %.60s", line, key);
    if (status == HUB_E_SPACE)
        return hub_why(why, HUB_E_CONFIG, "line %u: %.60s is too long", line, key);
    if (status == HUB_E_DECODE)
        return hub_why(why, HUB_E_CONFIG, "line %u: %.60s = %.60s is out of its range", line, key,
                       value);
    return status;
}

static hub_status check_whole(const struct parsing *p, struct hub_why *why)
{
    const struct hub_collector_config *const c = &p->config;

    if (!p->has_series || !p->has_key)
        return hub_why(why, HUB_E_CONFIG, "%.200s: [collector] %s is missing", p->path,
                       p->has_series ? "key" : "series");
    if (c->n_measures == 0)
        return hub_why(why, HUB_E_CONFIG, "%.200s: there is no [measure NAME]", p->path);
    for (size_t i = 0; i < c->n_measures; i++) {
        if (c->measures[i].title[0] == '\0' || c->measures[i].n_tasks == 0)
            return hub_why(why, HUB_E_CONFIG, "%.200s: [measure %s] has no %s", p->path,
                           c->measures[i].name, c->measures[i].title[0] == '\0' ? "title" : "task");
    }
    return HUB_OK;
}

hub_status hub_collector_config_parse(struct hub_collector_config *out, hub_span text,
                                      const char *path, struct hub_why *why)
{
    HUB_CLEANUP(parsing_clear)
    struct parsing p = {.config = {.in_flight = 64, .poll_ms = 1000}, .path = path};

    HUB_TRY(hub_ini_walk(text, path, on_pair, &p, why));
    HUB_TRY(check_whole(&p, why));
    *out = p.config;
    p.config = (struct hub_collector_config){.measures = NULL};
    return HUB_OK;
}

hub_status hub_collector_config_load(struct hub_collector_config *out, const char *path,
                                     struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(CONFIG_BYTES_MAX);

    HUB_TRY(hub_file_read(&text, path, why));
    return hub_collector_config_parse(out, hub_buf_span(&text), path, why);
}

void hub_collector_config_clear(struct hub_collector_config *c)
{
    for (size_t i = 0; i < c->n_measures; i++)
        free(c->measures[i].tasks);
    free(c->measures);
    *c = (struct hub_collector_config){.measures = NULL};
}
