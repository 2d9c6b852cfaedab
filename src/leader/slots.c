/* A list of windows, each with a row of holders. Few windows take uploads at once, so the list is
 * short but for windows that nobody collects. */
#include "leader/slots.h"

#include <pthread.h>
#include <stdlib.h>

struct holder {
    uint8_t state; /* 0 free, 1 a report's, 2 counted */
    uint8_t id[HUB_REPORT_ID_LEN];
};

struct row {
    uint64_t window;
    struct holder *holders;
};

struct hub_slots {
    pthread_mutex_t lock;
    size_t n_services;
    struct row *rows; /* in the order of their windows */
    size_t n_rows;
    size_t cap;
};

hub_status hub_slots_new(struct hub_slots **out, size_t n_services)
{
    struct hub_slots *slots = calloc(1, sizeof(*slots));
    if (slots == NULL)
        return HUB_E_MEMORY;
    slots->n_services = n_services;
    pthread_mutex_init(&slots->lock, NULL);
    *out = slots;
    return HUB_OK;
}

void hub_slots_free(struct hub_slots *slots)
{
    if (slots == NULL)
        return;
    for (size_t i = 0; i < slots->n_rows; i++)
        free(slots->rows[i].holders);
    free(slots->rows);
    pthread_mutex_destroy(&slots->lock);
    free(slots);
}

/* The first row whose window is not below. */
static size_t lower_bound(const struct hub_slots *slots, uint64_t window)
{
    size_t lo = 0;
    size_t hi = slots->n_rows;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (slots->rows[mid].window < window)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static hub_status row_of(struct hub_slots *slots, uint64_t window, struct row **out)
{
    size_t at = lower_bound(slots, window);

    if (at < slots->n_rows && slots->rows[at].window == window) {
        *out = &slots->rows[at];
        return HUB_OK;
    }
    if (slots->n_rows == slots->cap) {
        size_t cap = slots->cap == 0 ? 16 : slots->cap * 2;
        struct row *rows = realloc(slots->rows, cap * sizeof(*rows));
        if (rows == NULL)
            return HUB_E_MEMORY;
        slots->rows = rows;
        slots->cap = cap;
    }
    struct holder *holders = calloc(slots->n_services, sizeof(*holders));
    if (holders == NULL)
        return HUB_E_MEMORY;
    memmove(&slots->rows[at + 1], &slots->rows[at], (slots->n_rows - at) * sizeof(*slots->rows));
    slots->rows[at] = (struct row){window, holders};
    slots->n_rows++;
    *out = &slots->rows[at];
    return HUB_OK;
}

static enum hub_slot claim(struct holder *holder, const uint8_t id[HUB_REPORT_ID_LEN])
{
    if (holder->state == 2)
        return HUB_SLOT_COUNTED;
    if (holder->state == 1)
        return memcmp(holder->id, id, HUB_REPORT_ID_LEN) == 0 ? HUB_SLOT_SAME : HUB_SLOT_OTHER;
    holder->state = 1;
    memcpy(holder->id, id, HUB_REPORT_ID_LEN);
    return HUB_SLOT_CLAIMED;
}

hub_status hub_slots_claim(struct hub_slots *slots, enum hub_slot *out, uint64_t window,
                           size_t service, const uint8_t id[HUB_REPORT_ID_LEN])
{
    struct row *row;

    if (service >= slots->n_services)
        return HUB_E_ARGUMENT;
    pthread_mutex_lock(&slots->lock);
    hub_status status = row_of(slots, window, &row);
    if (status == HUB_OK)
        *out = claim(&row->holders[service], id);
    pthread_mutex_unlock(&slots->lock);
    return status;
}

hub_status hub_slots_mark(struct hub_slots *slots, uint64_t window, size_t service)
{
    struct row *row;

    if (service >= slots->n_services)
        return HUB_E_ARGUMENT;
    pthread_mutex_lock(&slots->lock);
    hub_status status = row_of(slots, window, &row);
    if (status == HUB_OK && row->holders[service].state == 0)
        row->holders[service].state = 2;
    pthread_mutex_unlock(&slots->lock);
    return status;
}

void hub_slots_release(struct hub_slots *slots, uint64_t window, size_t service,
                       const uint8_t id[HUB_REPORT_ID_LEN])
{
    if (service >= slots->n_services)
        return;
    pthread_mutex_lock(&slots->lock);
    size_t at = lower_bound(slots, window);
    if (at < slots->n_rows && slots->rows[at].window == window) {
        struct holder *holder = &slots->rows[at].holders[service];
        if (holder->state == 1 && memcmp(holder->id, id, HUB_REPORT_ID_LEN) == 0)
            *holder = (struct holder){0};
    }
    pthread_mutex_unlock(&slots->lock);
}

void hub_slots_forget(struct hub_slots *slots, uint64_t first, uint64_t last)
{
    pthread_mutex_lock(&slots->lock);
    size_t begin = lower_bound(slots, first);
    size_t end = begin;
    while (end < slots->n_rows && slots->rows[end].window <= last)
        free(slots->rows[end++].holders);
    memmove(&slots->rows[begin], &slots->rows[end], (slots->n_rows - end) * sizeof(*slots->rows));
    slots->n_rows -= end - begin;
    pthread_mutex_unlock(&slots->lock);
}

size_t hub_slots_windows(struct hub_slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    size_t n = slots->n_rows;
    pthread_mutex_unlock(&slots->lock);
    return n;
}
