/* From the tables to the arena of one request. */
#include "series/read.h"

#include "series/series_internal.h"

hub_status hub_series_view_begin(struct hub_series *s)
{
    return s->tx.db != NULL ? HUB_E_ARGUMENT : hub_tx_begin(&s->tx, s->db);
}

void hub_series_view_end(struct hub_series *s)
{
    hub_tx_rollback(&s->tx);
}

hub_status hub_series_revision(struct hub_series *s, uint64_t *revision)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(s->db, "SELECT n FROM revision");

    HUB_TRY(hub_query_first(&q));
    *revision = hub_column_u64(&q, 0);
    return HUB_OK;
}

/* ---- copying texts ---- */

/* Sticky: after memory ran out texts are "" and the flag tells. */
struct copier {
    struct hub_arena *arena;
    bool failed;
};

static const char *copy_text(struct copier *c, struct hub_query *q, unsigned column)
{
    const char *text = hub_column_text(q, column);
    size_t n = strlen(text) + 1;
    char *copy = c->failed ? NULL : HUB_ARENA_NEW(c->arena, char, n);

    if (copy == NULL) {
        c->failed = true;
        return "";
    }
    memcpy(copy, text, n);
    return copy;
}

/* ---- measures ---- */

static hub_status count_rows(struct hub_series *s, size_t *n, const char *sql, uint64_t measure_id)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(s->db, sql);

    if (measure_id != 0)
        hub_bind_u64(&q, measure_id);
    HUB_TRY(hub_query_first(&q));
    *n = (size_t)hub_column_u64(&q, 0);
    return HUB_OK;
}

static hub_status read_cells(struct hub_series *s, struct hub_arena *arena, struct hub_measure *m)
{
    struct copier c = {arena, false};
    const char **cells = HUB_ARENA_NEW(arena, const char *, m->words.n_cells);
    HUB_CLEANUP(hub_query_end)
    struct hub_query q =
        hub_query(s->db, "SELECT cell, label FROM cell WHERE measure = ? ORDER BY cell");
    bool more;

    if (cells == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < m->words.n_cells; i++)
        cells[i] = "";
    hub_bind_u64(&q, m->id);
    for (;;) {
        HUB_TRY(hub_query_next(&q, &more));
        if (!more)
            break;
        uint64_t cell = hub_column_u64(&q, 0);
        if (cell < m->words.n_cells)
            cells[cell] = copy_text(&c, &q, 1);
    }
    m->words.cells = cells;
    return c.failed ? HUB_E_MEMORY : HUB_OK;
}

static void read_task(struct copier *c, struct hub_query *q, struct hub_series_task *t)
{
    t->name = copy_text(c, q, 0);
    t->task_id = copy_text(c, q, 1);
    t->statement = copy_text(c, q, 2);
    t->vdaf = copy_text(c, q, 3);
    t->unit = copy_text(c, q, 4);
    t->population = copy_text(c, q, 5);
    t->profile = copy_text(c, q, 6);
    t->leader_name = copy_text(c, q, 7);
    t->leader_url = copy_text(c, q, 8);
    t->helper_name = copy_text(c, q, 9);
    t->helper_url = copy_text(c, q, 10);
    t->sigma2 = hub_column_u64(q, 11);
    t->variance = hub_column_u64(q, 12);
    t->rho_day = hub_column_u64(q, 13);
    t->window_s = hub_column_u64(q, 14);
    t->grace_s = hub_column_u64(q, 15);
    t->first_s = hub_column_u64(q, 16);
    t->end_s = hub_column_u64(q, 17);
    t->min_batch = hub_column_u64(q, 18);
}

static hub_status read_tasks(struct hub_series *s, struct hub_arena *arena, struct hub_measure *m)
{
    struct copier c = {arena, false};
    bool more;
    size_t n;

    HUB_TRY(count_rows(s, &n, "SELECT COUNT(*) FROM task WHERE measure = ?", m->id));
    m->tasks = HUB_ARENA_NEW(arena, struct hub_chain_task, n + 1);
    if (m->tasks == NULL)
        return HUB_E_MEMORY;

    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(
        s->db, "SELECT name, task_id, statement, vdaf, unit, population, profile, leader_name,"
               " leader_url, helper_name, helper_url, sigma2, variance, rho_day, window_s,"
               " grace_s, first_s, end_s, min_batch FROM task WHERE measure = ?"
               " ORDER BY first_s, name");
    hub_bind_u64(&q, m->id);
    for (;;) {
        HUB_TRY(hub_query_next(&q, &more));
        if (!more || m->n_tasks == n)
            break;
        m->tasks[m->n_tasks].measure_id = m->id;
        read_task(&c, &q, &m->tasks[m->n_tasks++].facts);
    }
    return c.failed ? HUB_E_MEMORY : HUB_OK;
}

/* The first and the last row by the order of the key; a longer row before the last one that reaches
 * beyond it does not happen: windows of a measure do not overlap. */
static hub_status widen_known(struct hub_series *s, struct hub_measure *m, const char *first_sql,
                              const char *last_sql)
{
    HUB_CLEANUP(hub_query_end) struct hub_query first = hub_query(s->db, first_sql);
    hub_bind_u64(&first, m->id);
    hub_status status = hub_query_first(&first);
    if (status == HUB_E_NOT_FOUND)
        return HUB_OK;
    HUB_TRY(status);
    HUB_CLEANUP(hub_query_end) struct hub_query last = hub_query(s->db, last_sql);
    hub_bind_u64(&last, m->id);
    HUB_TRY(hub_query_first(&last));

    uint64_t from = hub_column_u64(&first, 0);
    uint64_t until = hub_column_u64(&last, 0) + hub_column_u64(&last, 1);
    if (m->known_until == 0 || from < m->known_from)
        m->known_from = from;
    if (until > m->known_until)
        m->known_until = until;
    return HUB_OK;
}

static hub_status read_known(struct hub_series *s, struct hub_measure *m)
{
    HUB_TRY(widen_known(s, m, "SELECT start FROM point WHERE measure = ? ORDER BY start LIMIT 1",
                        "SELECT start, length_s FROM point WHERE measure = ?"
                        " ORDER BY start DESC LIMIT 1"));
    return widen_known(s, m, "SELECT start FROM gap WHERE measure = ? ORDER BY start LIMIT 1",
                       "SELECT start, length_s FROM gap WHERE measure = ?"
                       " ORDER BY start DESC LIMIT 1");
}

static void read_words(struct copier *c, struct hub_query *q, struct hub_measure *m)
{
    m->id = hub_column_u64(q, 0);
    m->words.name = copy_text(c, q, 1);
    m->words.title = copy_text(c, q, 2);
    m->words.unit = copy_text(c, q, 3);
    m->words.time_zone = copy_text(c, q, 4);
    m->words.note = copy_text(c, q, 5);
    m->words.source = copy_text(c, q, 6);
    m->words.licence = copy_text(c, q, 7);
    m->words.made_up = hub_column_u64(q, 8) != 0;
    m->words.position = (uint32_t)hub_column_u64(q, 9);
    m->words.whole = hub_column_u64(q, 10) != 0;
    m->words.n_cells = (size_t)hub_column_u64(q, 11);
    if (m->words.n_cells > HUB_SERIES_CELLS_MAX)
        m->words.n_cells = HUB_SERIES_CELLS_MAX;
}

hub_status hub_series_measures(struct hub_series *s, struct hub_arena *arena,
                               struct hub_measure **out, size_t *n)
{
    struct copier c = {arena, false};
    size_t n_rows;
    size_t n_read = 0;
    bool more;

    HUB_TRY(count_rows(s, &n_rows, "SELECT COUNT(*) FROM measure", 0));
    struct hub_measure *measures = HUB_ARENA_NEW(arena, struct hub_measure, n_rows + 1);
    if (measures == NULL)
        return HUB_E_MEMORY;

    HUB_CLEANUP(hub_query_end)
    struct hub_query q =
        hub_query(s->db, "SELECT id, name, title, unit, time_zone, note, source, licence, made_up,"
                         " position, whole, n_cells FROM measure ORDER BY position, name");
    for (;;) {
        HUB_TRY(hub_query_next(&q, &more));
        if (!more || n_read == n_rows)
            break;
        read_words(&c, &q, &measures[n_read++]);
    }
    if (c.failed)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < n_read; i++) {
        HUB_TRY(read_cells(s, arena, &measures[i]));
        HUB_TRY(read_tasks(s, arena, &measures[i]));
        HUB_TRY(read_known(s, &measures[i]));
    }
    *out = measures;
    *n = n_read;
    return HUB_OK;
}

hub_status hub_series_measure(struct hub_series *s, struct hub_arena *arena,
                              struct hub_measure *out, const char *name)
{
    struct hub_measure *measures;
    size_t n;

    /* Measures are few, some tens at most: one way of reading them is enough. */
    HUB_TRY(hub_series_measures(s, arena, &measures, &n));
    for (size_t i = 0; i < n; i++) {
        if (strcmp(measures[i].words.name, name) == 0) {
            *out = measures[i];
            return HUB_OK;
        }
    }
    return HUB_E_NOT_FOUND;
}

/* ---- points and gaps ---- */

/* A window begins within the range and ends within it. Starts are a range of the key; the end is
 * checked row by row. */
hub_status hub_series_points(struct hub_series *s, struct hub_arena *arena,
                             struct hub_series_point **out, size_t *n, uint64_t measure_id,
                             uint32_t cell, uint64_t from, uint64_t to)
{
    size_t room = 0;
    size_t n_read = 0;
    struct hub_series_point *points = NULL;
    bool more;
    HUB_CLEANUP(hub_query_end)
    struct hub_query q =
        hub_query(s->db, "SELECT start, length_s, total, variance, n FROM point"
                         " WHERE measure = ? AND start >= ? AND start < ? AND cell = ?"
                         " AND start + length_s <= ? ORDER BY start, length_s");

    hub_bind_u64(&q, measure_id);
    hub_bind_u64(&q, from);
    hub_bind_u64(&q, to);
    hub_bind_u64(&q, cell);
    hub_bind_u64(&q, to);
    for (;;) {
        HUB_TRY(hub_query_next(&q, &more));
        if (!more)
            break;
        if (n_read == room) {
            size_t larger = room == 0 ? 256 : room * 2;
            struct hub_series_point *grown = HUB_ARENA_NEW(arena, struct hub_series_point, larger);
            if (grown == NULL)
                return HUB_E_MEMORY;
            if (n_read != 0)
                memcpy(grown, points, n_read * sizeof(*points));
            points = grown;
            room = larger;
        }
        points[n_read++] = (struct hub_series_point){.start = hub_column_u64(&q, 0),
                                                     .length_s = hub_column_u64(&q, 1),
                                                     .cell = cell,
                                                     .total = hub_column_i64(&q, 2),
                                                     .variance = hub_column_u64(&q, 3),
                                                     .n = hub_column_u64(&q, 4)};
    }
    *out = points;
    *n = n_read;
    return HUB_OK;
}

hub_status hub_series_gaps(struct hub_series *s, struct hub_arena *arena,
                           struct hub_series_gap **out, size_t *n, uint64_t measure_id,
                           uint64_t from, uint64_t to)
{
    size_t room = 0;
    size_t n_read = 0;
    struct hub_series_gap *gaps = NULL;
    bool more;
    HUB_CLEANUP(hub_query_end)
    struct hub_query q = hub_query(s->db, "SELECT start, length_s, reason FROM gap"
                                          " WHERE measure = ? AND start >= ? AND start < ?"
                                          " AND start + length_s <= ? ORDER BY start");

    hub_bind_u64(&q, measure_id);
    hub_bind_u64(&q, from);
    hub_bind_u64(&q, to);
    hub_bind_u64(&q, to);
    for (;;) {
        HUB_TRY(hub_query_next(&q, &more));
        if (!more)
            break;
        if (n_read == room) {
            size_t larger = room == 0 ? 64 : room * 2;
            struct hub_series_gap *grown = HUB_ARENA_NEW(arena, struct hub_series_gap, larger);
            if (grown == NULL)
                return HUB_E_MEMORY;
            if (n_read != 0)
                memcpy(grown, gaps, n_read * sizeof(*gaps));
            gaps = grown;
            room = larger;
        }
        uint64_t reason = hub_column_u64(&q, 2);
        gaps[n_read++] = (struct hub_series_gap){.start = hub_column_u64(&q, 0),
                                                 .length_s = hub_column_u64(&q, 1),
                                                 .reason = reason < HUB_N_GAP_REASONS
                                                               ? (enum hub_series_gap_reason)reason
                                                               : HUB_GAP_FAILED};
    }
    *out = gaps;
    *n = n_read;
    return HUB_OK;
}
