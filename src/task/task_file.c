/* NAME.task.ini. One text a task: the file repeats what the statement and the labels say, so that
 * each line of them stands in two places and a wrong character can be named with file and line. The
 * file is compared with what would be written, never interpreted. */
#include "task/task.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <stdio.h>

enum {
    TASK_FILE_MAX = 1 << 21,
    LABELS_MAX = 1 << 20,
    PATH_MAX_BYTES = 4096,
    LINE_MAX_BYTES = 1 << 16,
    SHOWN = 60
};

static const char head[] = "; A task of hubbub. Public: it says what NAME.statement says, and a "
                           "change in either is found.\n";
static const char zone_key[] = "time-zone = ";
static const char zone_hash_key[] = "time-zone-sha256 = ";
static const char hash_key[] = "statement-sha256 = ";
static const char statement_section[] = "[statement]";
static const char labels_section[] = "[labels]";

/* Lines of a text, one after the other. */
struct lines {
    hub_span rest;
    unsigned line; /* number of the last one taken */
};

static bool next_line(struct lines *l, hub_span *out)
{
    if (l->rest.len == 0)
        return false;
    const uint8_t *const lf = memchr(l->rest.ptr, '\n', l->rest.len);
    const size_t n = lf == NULL ? l->rest.len : (size_t)(lf - l->rest.ptr);
    *out = hub_span_slice(l->rest, 0, n);
    l->rest = lf == NULL ? HUB_SPAN_EMPTY : hub_span_slice(l->rest, n + 1, l->rest.len - n - 1);
    l->line++;
    return true;
}

static bool starts_with(hub_span line, const char *prefix)
{
    const size_t n = strlen(prefix);
    return line.len >= n && memcmp(line.ptr, prefix, n) == 0;
}

static int shown(hub_span s)
{
    return s.len < SHOWN ? (int)s.len : SHOWN;
}

static void put(struct hub_writer *w, const char *text)
{
    hub_write_span(w, hub_span_text(text));
}

static void put_pair(struct hub_writer *w, const char *key, const char *value)
{
    put(w, key);
    put(w, " = ");
    put(w, value);
    put(w, "\n");
}

static void put_hash(struct hub_writer *w, const char *key, const uint8_t hash[32])
{
    char text[HUB_BASE64URL_LEN(32) + 1];

    hub_base64url_encode(text, hub_span_of(hash, 32));
    put_pair(w, key, text);
}

/* "key: value" of the statement, as "key = value". */
static void put_statement_line(struct hub_writer *w, hub_span line)
{
    const uint8_t *const colon = line.len == 0 ? NULL : memchr(line.ptr, ':', line.len);
    const size_t at = colon == NULL ? line.len : (size_t)(colon - line.ptr);

    hub_write_span(w, hub_span_slice(line, 0, at));
    put(w, " =");
    if (at < line.len)
        hub_write_span(w, hub_span_slice(line, at + 1, line.len - at - 1));
    put(w, "\n");
}

hub_status hub_task_write(struct hub_buf *out, const struct hub_task *task)
{
    struct hub_writer w = hub_writer(out);
    struct lines l = {hub_buf_span(&task->statement_text), 0};
    uint8_t zone_hash[HUB_SHA256_LEN];
    hub_span line;
    char number[24];

    if (!task->has_statement)
        return HUB_E_ARGUMENT;
    HUB_TRY(hub_sha256(zone_hash, hub_span_text(task->time_zone)));
    put(&w, head);
    put(&w, "[task]\n");
    put_pair(&w, "name", task->name);
    put_hash(&w, "id", task->id.bytes);
    put_hash(&w, "statement-sha256", task->statement_hash);
    (void)snprintf(number, sizeof(number), "%u", (unsigned)task->verification_key_id);
    put_pair(&w, "verification-key-id", number);
    put_pair(&w, "time-zone", task->time_zone);
    put_hash(&w, "time-zone-sha256", zone_hash);
    put(&w, "\n");
    put(&w, statement_section);
    put(&w, "\n");
    while (next_line(&l, &line))
        put_statement_line(&w, line);
    if (task->labels != NULL) {
        put(&w, "\n");
        put(&w, labels_section);
        put(&w, "\n");
        for (size_t i = 0; i < task->n_cells; i++) {
            (void)snprintf(number, sizeof(number), "%zu", i);
            put_pair(&w, number, task->labels[i]);
        }
    }
    return hub_writer_finish(&w);
}

/* The texts of one task and the names of their files. */
struct files {
    const char *path;
    char statement_path[PATH_MAX_BYTES];
    char labels_path[PATH_MAX_BYTES];
    struct hub_buf text;
    struct hub_buf statement;
    struct hub_buf labels;
};

static void files_clear(struct files *f)
{
    hub_buf_clear(&f->text);
    hub_buf_clear(&f->statement);
    hub_buf_clear(&f->labels);
}

static hub_status name_beside(char *out, const char *path, const char *suffix, struct hub_why *why)
{
    static const char ending[] = ".task.ini";
    const size_t n = strlen(path);

    if (n <= sizeof(ending) - 1 || strcmp(path + n - (sizeof(ending) - 1), ending) != 0)
        return hub_why(why, HUB_E_CONFIG, "%.200s: a task file is named NAME.task.ini", path);
    const size_t stem = n - (sizeof(ending) - 1);
    if (stem + strlen(suffix) >= PATH_MAX_BYTES)
        return hub_why(why, HUB_E_CONFIG, "the path is too long");
    memcpy(out, path, stem);
    memcpy(out + stem, suffix, strlen(suffix) + 1);
    return HUB_OK;
}

static bool find_line(hub_span text, const char *prefix, hub_span *value, unsigned *number)
{
    struct lines l = {text, 0};
    hub_span line;

    while (next_line(&l, &line)) {
        if (!starts_with(line, prefix))
            continue;
        *value = hub_span_slice(line, strlen(prefix), line.len - strlen(prefix));
        *number = l.line;
        return true;
    }
    return false;
}

static bool is_hash_of(hub_span shown_hash, hub_span text)
{
    uint8_t told[HUB_SHA256_LEN];
    uint8_t real[HUB_SHA256_LEN];

    return hub_base64url_decode_exact(told, sizeof(told), shown_hash) == HUB_OK &&
           hub_sha256(real, text) == HUB_OK && memcmp(told, real, sizeof(told)) == 0;
}

/* Compares a section of the task file with the lines of the file that it repeats. original_is_right
 * says which of the two bears its hash, so that the blame goes to the other. as_shown turns a line
 * of the original into what the section must say. */
struct repetition {
    const char *section;
    const char *path;
    hub_span original;
    bool original_is_right;
    bool is_statement;
};

static hub_status expected_line(struct hub_buf *out, const struct repetition *r, hub_span line,
                                size_t i)
{
    struct hub_writer w = hub_writer(out);

    HUB_TRY(hub_buf_resize(out, 0));
    if (r->is_statement) {
        put_statement_line(&w, line);
    } else {
        char number[24];
        (void)snprintf(number, sizeof(number), "%zu = ", i);
        put(&w, number);
        hub_write_span(&w, line);
        put(&w, "\n");
    }
    HUB_TRY(hub_writer_finish(&w));
    return hub_buf_resize(out, out->len - 1); /* without the LF */
}

static hub_status blame(const struct files *f, const struct repetition *r, unsigned ini_line,
                        hub_span ini, unsigned original_line, hub_span expected,
                        struct hub_why *why)
{
    if (r->original_is_right)
        return hub_why(why, HUB_E_CONFIG, "%.100s: line %u: '%.*s' must be '%.*s'", f->path,
                       ini_line, shown(ini), (const char *)ini.ptr, shown(expected),
                       (const char *)expected.ptr);
    return hub_why(why, HUB_E_CONFIG,
                   "%.100s: line %u: '%.*s' here, but '%.*s' in the task file's line %u", r->path,
                   original_line, shown(expected), (const char *)expected.ptr, shown(ini),
                   (const char *)ini.ptr, ini_line);
}

static hub_status compare_section(const struct files *f, const struct repetition *r,
                                  struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf expected = HUB_BUF_INIT(LINE_MAX_BYTES);
    struct lines ini = {hub_buf_span(&f->text), 0};
    struct lines original = {r->original, 0};
    hub_span ini_line;
    hub_span line;
    bool is_in = false;

    while (!is_in && next_line(&ini, &ini_line))
        is_in = hub_span_equal_var(ini_line, hub_span_text(r->section));
    if (!is_in)
        return HUB_OK; /* compare_whole misses the line */
    for (size_t i = 0; next_line(&original, &line); i++) {
        HUB_TRY(expected_line(&expected, r, line, i));
        if (!next_line(&ini, &ini_line))
            return hub_why(why, HUB_E_CONFIG, "%.100s: line %u: the file ends too early", f->path,
                           ini.line);
        if (!hub_span_equal_var(ini_line, hub_buf_span(&expected)))
            return blame(f, r, ini.line, ini_line, original.line, hub_buf_span(&expected), why);
    }
    return HUB_OK;
}

/* Line by line with the text that this task has. */
static hub_status compare_whole(const struct files *f, const struct hub_task *task,
                                struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(TASK_FILE_MAX);
    hub_span is;
    hub_span must;

    HUB_TRY(hub_task_write(&text, task));
    struct lines file = {hub_buf_span(&f->text), 0};
    struct lines right = {hub_buf_span(&text), 0};
    while (next_line(&right, &must)) {
        if (!next_line(&file, &is))
            return hub_why(why, HUB_E_CONFIG, "%.100s: line %u: the file ends too early", f->path,
                           file.line);
        if (hub_span_equal_var(is, must))
            continue;
        if (starts_with(must, zone_key))
            return hub_why(why, HUB_E_CONFIG, "%.100s: line %u: '%.*s' must be '%s' and a name",
                           f->path, file.line, shown(is), (const char *)is.ptr, zone_key);
        if (starts_with(must, zone_hash_key) && starts_with(is, zone_hash_key))
            return hub_why(why, HUB_E_CONFIG, "%.100s: line %u: or line %u: '%s' has another hash",
                           f->path, file.line - 1, file.line, task->time_zone);
        return hub_why(why, HUB_E_CONFIG, "%.100s: line %u: '%.*s' must be '%.*s'", f->path,
                       file.line, shown(is), (const char *)is.ptr, shown(must),
                       (const char *)must.ptr);
    }
    if (!hub_span_equal_var(hub_buf_span(&f->text), hub_buf_span(&text)))
        return hub_why(why, HUB_E_CONFIG, "%.100s: line %u: the file must end here", f->path,
                       file.line + 1);
    return HUB_OK;
}

static hub_status compare_statement(const struct files *f, struct hub_why *why)
{
    const hub_span text = hub_buf_span(&f->statement);
    hub_span told = HUB_SPAN_EMPTY;
    unsigned line;

    /* Without that line the statement is taken to be right, and the line is missed later. */
    const bool is_told = find_line(hub_buf_span(&f->text), hash_key, &told, &line);
    const struct repetition r = {statement_section, f->statement_path, text,
                                 !is_told || is_hash_of(told, text), true};
    HUB_TRY(compare_section(f, &r, why));
    if (text.len == 0 || text.ptr[text.len - 1] != '\n')
        return hub_why(why, HUB_E_CONFIG, "%.100s: the last line has no end", f->statement_path);
    return HUB_OK;
}

/* Where the statement has labels, their file and section; the statement is right by now, so its
 * hash tells which of the two is. */
static hub_status compare_labels(struct files *f, hub_task_read read, struct hub_why *why)
{
    hub_span told = HUB_SPAN_EMPTY;
    unsigned line;

    if (!find_line(hub_buf_span(&f->statement), "labels: ", &told, &line) ||
        hub_span_equal_var(told, hub_span_text("none")))
        return HUB_OK;
    HUB_TRY(read(&f->labels, f->labels_path, why));
    const hub_span text = hub_buf_span(&f->labels);
    const struct repetition r = {labels_section, f->labels_path, text, is_hash_of(told, text),
                                 false};
    HUB_TRY(compare_section(f, &r, why));
    if (text.len == 0 || text.ptr[text.len - 1] != '\n')
        return hub_why(why, HUB_E_CONFIG, "%.100s: the last line has no end", f->labels_path);
    return HUB_OK;
}

/* The one value that stands nowhere else. "UTC" where there is none; the line is missed later. */
static void read_zone(char out[HUB_TASK_TIME_ZONE_MAX + 1], const struct files *f)
{
    hub_span zone = HUB_SPAN_EMPTY;
    unsigned line;

    if (!find_line(hub_buf_span(&f->text), zone_key, &zone, &line) || zone.len == 0 ||
        zone.len > HUB_TASK_TIME_ZONE_MAX || memchr(zone.ptr, '\0', zone.len) != NULL)
        zone = hub_span_text("UTC");
    memcpy(out, zone.ptr, zone.len);
    out[zone.len] = '\0';
}

hub_status hub_task_load(struct hub_task **out, const char *path, hub_task_read read,
                         struct hub_why *why)
{
    HUB_CLEANUP(files_clear)
    struct files f = {.path = path,
                      .text = HUB_BUF_INIT(TASK_FILE_MAX),
                      .statement = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX),
                      .labels = HUB_BUF_INIT(LABELS_MAX)};
    HUB_CLEANUP(hub_task_free_at) struct hub_task *task = NULL;
    char zone[HUB_TASK_TIME_ZONE_MAX + 1];
    struct hub_why inner = {{0}};

    HUB_TRY(name_beside(f.statement_path, path, ".statement", why));
    HUB_TRY(name_beside(f.labels_path, path, ".labels", why));
    HUB_TRY(read(&f.text, path, why));
    HUB_TRY(read(&f.statement, f.statement_path, why));
    HUB_TRY(compare_statement(&f, why));
    HUB_TRY(compare_labels(&f, read, why));
    read_zone(zone, &f);
    const hub_status made =
        hub_task_new(&task, hub_buf_span(&f.statement), hub_buf_span(&f.labels), zone, &inner);
    if (made != HUB_OK)
        return hub_why(why, made, "%.100s: %.200s", f.statement_path, inner.text);
    HUB_TRY(compare_whole(&f, task, why));
    *out = task;
    task = NULL;
    return HUB_OK;
}
