/* Configuration by a table, over inih. */
#include "base/option.h"

#include "base/file.h"
#include "base/text.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONFIG_BYTES_MAX = 1 << 20, N_OPTIONS_MAX = 128 };

struct walk {
    hub_span rest;
    unsigned line;
    hub_ini_pair pair;
    void *self;
    struct hub_why *why;
    hub_status status;
    unsigned failed_line; /* where status stopped being HUB_OK */
};

/* Feeds inih one line at a time, so that the line's number is known here. */
static char *next_line(char *out, int size, void *stream)
{
    struct walk *const w = stream;
    if (w->rest.len == 0 || w->status != HUB_OK)
        return NULL;

    const uint8_t *const end = memchr(w->rest.ptr, '\n', w->rest.len);
    const size_t n = end == NULL ? w->rest.len : (size_t)(end - w->rest.ptr) + 1;
    w->line++;
    if (n >= (size_t)size || memchr(w->rest.ptr, '\0', n) != NULL) {
        w->status = hub_why(w->why, HUB_E_CONFIG,
                            "line %u: longer than %d bytes, or has a zero byte", w->line, size - 2);
        return NULL;
    }
    memcpy(out, w->rest.ptr, n);
    out[n] = '\0';
    w->rest = hub_span_slice(w->rest, n, w->rest.len - n);
    return out;
}

static int on_pair(void *user, const char *section, const char *key, const char *value)
{
    struct walk *const w = user;

    if (w->status == HUB_OK)
        w->status = w->pair(w->self, section, key, value == NULL ? "" : value, w->line, w->why);
    w->failed_line = w->line;
    return w->status == HUB_OK;
}

hub_status hub_ini_walk(hub_span text, const char *name, hub_ini_pair pair, void *self,
                        struct hub_why *why)
{
    struct hub_why inner = {{0}};
    struct walk w = {text, 0, pair, self, &inner, HUB_OK, 0};
    const int bad_line = ini_parse_stream(next_line, &w, on_pair, &w);
    const bool syntax_first =
        bad_line != 0 && (w.status == HUB_OK || (unsigned)bad_line < w.failed_line);

    if (w.status != HUB_OK && !syntax_first)
        return hub_why(why, w.status, "%s: %s", name, inner.text);
    if (bad_line != 0)
        return hub_why(why, HUB_E_CONFIG, "%s: line %d: expected 'key = value' or '[section]'",
                       name, bad_line);
    return HUB_OK;
}

struct filling {
    uint8_t *config;
    const struct hub_option *options;
    size_t n;
    hub_ini_pair other; /* of names that are none of the options'; NULL: refused */
    void *other_self;
    bool seen[N_OPTIONS_MAX];
};

static hub_status store_number(uint8_t *field, const struct hub_option *o, const char *value)
{
    const uint64_t type_max = o->kind == HUB_OPT_U32 ? UINT32_MAX : UINT64_MAX;
    uint64_t v;

    HUB_TRY(hub_u64_parse(&v, hub_span_text(value), o->min, o->max == 0 ? type_max : o->max));
    if (o->kind == HUB_OPT_U32) {
        const uint32_t v32 = (uint32_t)v;
        memcpy(field, &v32, sizeof(v32));
    } else {
        memcpy(field, &v, sizeof(v));
    }
    return HUB_OK;
}

static hub_status store_value(uint8_t *config, const struct hub_option *o, const char *value)
{
    uint8_t *const field = config + o->offset;

    switch (o->kind) {
    case HUB_OPT_TEXT:
        if (strlen(value) >= HUB_OPTION_TEXT_MAX)
            return HUB_E_CONFIG;
        memset(field, 0, HUB_OPTION_TEXT_MAX);
        memcpy(field, value, strlen(value) + 1);
        return HUB_OK;
    case HUB_OPT_U32:
    case HUB_OPT_U64:
        return store_number(field, o, value);
    case HUB_OPT_BOOL: {
        const bool yes = strcmp(value, "yes") == 0;
        if (!yes && strcmp(value, "no") != 0)
            return HUB_E_CONFIG;
        memcpy(field, &yes, sizeof(yes));
        return HUB_OK;
    }
    }
    return HUB_E_ARGUMENT;
}

static hub_status take_pair(void *self, const char *section, const char *key, const char *value,
                            unsigned line, struct hub_why *why)
{
    struct filling *const f = self;
    char name[160];

    (void)snprintf(name, sizeof(name), "%s%s%s", section, section[0] == '\0' ? "" : ".", key);
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(name, f->options[i].name) != 0)
            continue;
        if (f->seen[i])
            return hub_why(why, HUB_E_CONFIG, "line %u: %s is given twice", line, name);
        f->seen[i] = true;
        if (store_value(f->config, &f->options[i], value) != HUB_OK)
            return hub_why(why, HUB_E_CONFIG, "line %u: %s = %.60s is not: %s", line, name, value,
                           f->options[i].help);
        return HUB_OK;
    }
    if (f->other != NULL)
        return f->other(f->other_self, section, key, value, line, why);
    return hub_why(why, HUB_E_CONFIG, "line %u: unknown name %s", line, name);
}

static hub_status fill(struct filling *f, const char *name, hub_span text, struct hub_why *why)
{
    if (f->n > N_OPTIONS_MAX)
        return HUB_E_ARGUMENT;
    for (size_t i = 0; i < f->n; i++) {
        if (f->options[i].fallback != NULL)
            HUB_TRY(store_value(f->config, &f->options[i], f->options[i].fallback));
    }
    HUB_TRY(hub_ini_walk(text, name, take_pair, f, why));
    for (size_t i = 0; i < f->n; i++) {
        if (f->options[i].fallback == NULL && !f->seen[i])
            return hub_why(why, HUB_E_CONFIG, "%s: %s is missing: %s", name, f->options[i].name,
                           f->options[i].help);
    }
    return HUB_OK;
}

hub_status hub_options_read(void *config, const struct hub_option *options, size_t n,
                            const char *name, hub_span text, struct hub_why *why)
{
    struct filling f = {.config = config, .options = options, .n = n};

    return fill(&f, name, text, why);
}

hub_status hub_options_load(void *config, const struct hub_option *options, size_t n,
                            const char *path, struct hub_why *why)
{
    return hub_options_load_sections(config, options, n, path, NULL, NULL, why);
}

hub_status hub_options_load_sections(void *config, const struct hub_option *options, size_t n,
                                     const char *path, hub_ini_pair other, void *self,
                                     struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(CONFIG_BYTES_MAX);
    struct filling f = {
        .config = config, .options = options, .n = n, .other = other, .other_self = self};

    HUB_TRY(hub_file_read(&text, path, why));
    return fill(&f, path, hub_buf_span(&text), why);
}

size_t hub_options_help(char *out, size_t size, const struct hub_option *options, size_t n)
{
    size_t len = 0;

    if (size != 0)
        out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const struct hub_option *const o = &options[i];
        const int added = snprintf(len < size ? out + len : NULL, len < size ? size - len : 0,
                                   "  %-28s %s (%s)\n", o->name, o->help,
                                   o->fallback == NULL ? "must be given" : o->fallback);
        len += added > 0 ? (size_t)added : 0;
    }
    return len;
}
