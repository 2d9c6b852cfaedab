/* The door for the collector: measures, tasks, points and gaps go in, each in a batch. Whatever is
 * there already stays as it is: a window is released once. */
#include "series/series_internal.h"

static bool is_name(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n <= HUB_SERIES_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static bool is_text(const char *text)
{
    return text != NULL && strlen(text) <= HUB_SERIES_TEXT_MAX;
}

/* ---- measures ---- */

static hub_status check_measure(const struct hub_series *s, const struct hub_series_measure *m)
{
    const char *const texts[] = {m->title, m->unit, m->time_zone, m->note, m->source, m->licence};

    if (s->tx.db == NULL || m->name == NULL || !is_name(m->name) || m->n_cells == 0 ||
        m->n_cells > HUB_SERIES_CELLS_MAX)
        return HUB_E_ARGUMENT;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!is_text(texts[i]))
            return HUB_E_ARGUMENT;
    }
    for (size_t i = 0; i < m->n_cells; i++) {
        if (!is_text(m->cells[i]))
            return HUB_E_ARGUMENT;
    }
    return HUB_OK;
}

static hub_status find_measure(struct hub_series *s, const char *name,
                               const struct hub_series_known **out)
{
    for (size_t i = 0; i < s->n_known; i++) {
        if (strcmp(s->known[i].name, name) == 0) {
            *out = &s->known[i];
            return HUB_OK;
        }
    }
    if (!is_name(name))
        return HUB_E_NOT_FOUND;

    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(s->db, "SELECT id, n_cells FROM measure WHERE name = ?");
    hub_bind_text(&q, name);
    HUB_TRY(hub_query_first(&q));
    if (s->n_known == HUB_SERIES_KNOWN_MEASURES)
        s->n_known = 0;
    struct hub_series_known *known = &s->known[s->n_known++];
    memcpy(known->name, name, strlen(name) + 1);
    known->id = hub_column_u64(&q, 0);
    known->n_cells = hub_column_u64(&q, 1);
    *out = known;
    return HUB_OK;
}

static hub_status put_measure_row(struct hub_series *s, const struct hub_series_measure *m)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(
        s->db,
        "INSERT INTO measure (name, title, unit, time_zone, note, source, licence, made_up,"
        " position, whole, n_cells) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET title = excluded.title, unit = excluded.unit,"
        " time_zone = excluded.time_zone, note = excluded.note, source = excluded.source,"
        " licence = excluded.licence, made_up = excluded.made_up, position = excluded.position,"
        " whole = excluded.whole, n_cells = excluded.n_cells");

    hub_bind_text(&q, m->name);
    hub_bind_text(&q, m->title);
    hub_bind_text(&q, m->unit);
    hub_bind_text(&q, m->time_zone);
    hub_bind_text(&q, m->note);
    hub_bind_text(&q, m->source);
    hub_bind_text(&q, m->licence);
    hub_bind_u64(&q, m->made_up);
    hub_bind_u64(&q, m->position);
    hub_bind_u64(&q, m->whole);
    hub_bind_u64(&q, m->n_cells);
    return hub_query_run(&q);
}

static hub_status put_cell(struct hub_series *s, uint64_t measure, size_t cell, const char *label)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q =
        hub_query(s->db, "INSERT INTO cell (measure, cell, label) VALUES (?, ?, ?)"
                         " ON CONFLICT (measure, cell) DO UPDATE SET label = excluded.label");

    hub_bind_u64(&q, measure);
    hub_bind_u64(&q, cell);
    hub_bind_text(&q, label);
    return hub_query_run(&q);
}

hub_status hub_series_put_measure(struct hub_series *s, const struct hub_series_measure *measure)
{
    const struct hub_series_known *known;

    HUB_TRY(check_measure(s, measure));
    hub_status found = find_measure(s, measure->name, &known);
    if (found == HUB_OK && known->n_cells > measure->n_cells)
        return HUB_E_CONFLICT;
    if (found != HUB_OK && found != HUB_E_NOT_FOUND)
        return found;
    HUB_TRY(put_measure_row(s, measure));
    s->n_known = 0; /* its number of cells may be another now */
    HUB_TRY(find_measure(s, measure->name, &known));
    for (size_t i = 0; i < measure->n_cells; i++)
        HUB_TRY(put_cell(s, known->id, i, measure->cells[i]));
    s->has_changed = true;
    return HUB_OK;
}

/* ---- tasks ---- */

/* HUB_OK with *is_there; HUB_E_CONFLICT if the name stands for another statement. */
static hub_status find_task(struct hub_series *s, const struct hub_series_task *t, bool *is_there)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(s->db, "SELECT statement, task_id FROM task WHERE name = ?");

    hub_bind_text(&q, t->name);
    hub_status status = hub_query_first(&q);
    if (status != HUB_OK) {
        *is_there = false;
        return status == HUB_E_NOT_FOUND ? HUB_OK : status;
    }
    if (strcmp(hub_column_text(&q, 0), t->statement) != 0 ||
        strcmp(hub_column_text(&q, 1), t->task_id) != 0)
        return HUB_E_CONFLICT;
    *is_there = true;
    return HUB_OK;
}

hub_status hub_series_put_task(struct hub_series *s, const char *measure,
                               const struct hub_series_task *task)
{
    const struct hub_series_known *known;
    bool is_there;

    if (s->tx.db == NULL || !is_name(task->name) || task->window_s == 0 ||
        task->end_s <= task->first_s)
        return HUB_E_ARGUMENT;
    HUB_TRY(find_measure(s, measure, &known));
    HUB_TRY(find_task(s, task, &is_there));
    if (is_there)
        return HUB_OK;

    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(
        s->db, "INSERT INTO task (measure, name, task_id, statement, vdaf, unit, population,"
               " profile, leader_name, leader_url, helper_name, helper_url, sigma2, variance,"
               " rho_day, window_s, grace_s, first_s, end_s, min_batch)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    hub_bind_u64(&q, known->id);
    hub_bind_text(&q, task->name);
    hub_bind_text(&q, task->task_id);
    hub_bind_text(&q, task->statement);
    hub_bind_text(&q, task->vdaf);
    hub_bind_text(&q, task->unit);
    hub_bind_text(&q, task->population);
    hub_bind_text(&q, task->profile);
    hub_bind_text(&q, task->leader_name);
    hub_bind_text(&q, task->leader_url);
    hub_bind_text(&q, task->helper_name);
    hub_bind_text(&q, task->helper_url);
    hub_bind_u64(&q, task->sigma2);
    hub_bind_u64(&q, task->variance);
    hub_bind_u64(&q, task->rho_day);
    hub_bind_u64(&q, task->window_s);
    hub_bind_u64(&q, task->grace_s);
    hub_bind_u64(&q, task->first_s);
    hub_bind_u64(&q, task->end_s);
    hub_bind_u64(&q, task->min_batch);
    HUB_TRY(hub_query_run(&q));
    s->has_changed = true;
    return HUB_OK;
}

/* ---- points and gaps ---- */

/* A second, different release of one place would be a broken promise somewhere: it is refused here
 * and not shown. */
static hub_status compare_point(struct hub_series *s, uint64_t measure,
                                const struct hub_series_point *p)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(s->db, "SELECT total, variance, n FROM point WHERE measure = ?"
                                          " AND start = ? AND length_s = ? AND cell = ?");

    hub_bind_u64(&q, measure);
    hub_bind_u64(&q, p->start);
    hub_bind_u64(&q, p->length_s);
    hub_bind_u64(&q, p->cell);
    HUB_TRY(hub_query_first(&q));
    bool is_same = hub_column_i64(&q, 0) == p->total && hub_column_u64(&q, 1) == p->variance &&
                   hub_column_u64(&q, 2) == p->n;
    return is_same ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status delete_gap(struct hub_series *s, uint64_t measure,
                             const struct hub_series_point *p)
{
    HUB_CLEANUP(hub_query_end)
    struct hub_query q =
        hub_query(s->db, "DELETE FROM gap WHERE measure = ? AND start = ? AND length_s = ?");

    hub_bind_u64(&q, measure);
    hub_bind_u64(&q, p->start);
    hub_bind_u64(&q, p->length_s);
    return hub_query_run(&q);
}

hub_status hub_series_put_point(struct hub_series *s, const char *measure,
                                const struct hub_series_point *point)
{
    const struct hub_series_known *known;

    if (s->tx.db == NULL || point->length_s == 0 || point->start > INT64_MAX - point->length_s)
        return HUB_E_ARGUMENT;
    HUB_TRY(find_measure(s, measure, &known));
    if (point->cell >= known->n_cells)
        return HUB_E_ARGUMENT;

    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(
        s->db, "INSERT INTO point (measure, start, length_s, cell, total, variance, n)"
               " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (measure, start, length_s, cell)"
               " DO NOTHING");
    hub_bind_u64(&q, known->id);
    hub_bind_u64(&q, point->start);
    hub_bind_u64(&q, point->length_s);
    hub_bind_u64(&q, point->cell);
    hub_bind_i64(&q, point->total);
    hub_bind_u64(&q, point->variance);
    hub_bind_u64(&q, point->n);
    HUB_TRY(hub_query_run(&q));
    if (hub_query_changes(&q) == 0)
        return compare_point(s, known->id, point);
    s->has_changed = true;
    return point->cell == 0 ? delete_gap(s, known->id, point) : HUB_OK;
}

hub_status hub_series_put_gap(struct hub_series *s, const char *measure,
                              const struct hub_series_gap *gap)
{
    const struct hub_series_known *known;

    if (s->tx.db == NULL || gap->length_s == 0 || gap->start > INT64_MAX - gap->length_s ||
        gap->reason >= HUB_N_GAP_REASONS)
        return HUB_E_ARGUMENT;
    HUB_TRY(find_measure(s, measure, &known));

    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(s->db, "INSERT INTO gap (measure, start, length_s, reason)"
                                          " SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM point"
                                          " WHERE measure = ? AND start = ? AND length_s = ?)"
                                          " ON CONFLICT (measure, start, length_s) DO NOTHING");
    hub_bind_u64(&q, known->id);
    hub_bind_u64(&q, gap->start);
    hub_bind_u64(&q, gap->length_s);
    hub_bind_u64(&q, (uint64_t)gap->reason);
    hub_bind_u64(&q, known->id);
    hub_bind_u64(&q, gap->start);
    hub_bind_u64(&q, gap->length_s);
    HUB_TRY(hub_query_run(&q));
    s->has_changed = s->has_changed || hub_query_changes(&q) != 0;
    return HUB_OK;
}
