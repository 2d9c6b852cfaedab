/* Many requests over few connections. Requests beyond n_connections_max wait in a queue of our own,
 * where they cost a struct and not a libcurl handle with its buffers; the handles go from one
 * request to the next. */
#include "http/transfer_internal.h"

#include <assert.h>
#include <stdlib.h>

struct waiting {
    struct waiting *next;
    struct hub_http_call call;
    hub_http_done done;
    void *self;
};

struct slot {
    struct hub_http_transfer *transfer;
    struct waiting *request; /* NULL: free */
};

struct hub_http_crowd {
    struct hub_http_client_config config;
    CURLM *multi;
    struct slot *slots; /* n_connections_max */
    size_t n_busy;
    size_t n_waiting;
    bool is_ending; /* nothing more is taken */
    struct waiting *first;
    struct waiting *last;
};

hub_status hub_http_crowd_new(struct hub_http_crowd **out,
                              const struct hub_http_client_config *config)
{
    struct hub_http_crowd *const c = calloc(1, sizeof(*c));

    if (c == NULL)
        return HUB_E_MEMORY;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(c);
        return HUB_E_MEMORY;
    }
    c->config = *config;
    if (c->config.n_connections_max == 0)
        c->config.n_connections_max = 1;
    c->multi = curl_multi_init();
    c->slots = calloc(c->config.n_connections_max, sizeof(*c->slots));
    const long n = (long)c->config.n_connections_max;
    if (c->multi == NULL || c->slots == NULL ||
        curl_multi_setopt(c->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, n) != CURLM_OK ||
        curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, n) != CURLM_OK) {
        hub_http_crowd_free(c);
        return HUB_E_MEMORY;
    }
    *out = c;
    return HUB_OK;
}

hub_status hub_http_crowd_submit(struct hub_http_crowd *c, const struct hub_http_call *call,
                                 hub_http_done done, void *self)
{
    if (c->is_ending)
        return HUB_E_REFUSED;
    HUB_TRY(hub_http_call_check(call, &c->config, NULL));
    struct waiting *const w = calloc(1, sizeof(*w));
    if (w == NULL)
        return HUB_E_MEMORY;
    *w = (struct waiting){.call = *call, .done = done, .self = self};
    if (c->last != NULL)
        c->last->next = w;
    else
        c->first = w;
    c->last = w;
    c->n_waiting++;
    return HUB_OK;
}

static struct waiting *take_first(struct hub_http_crowd *c)
{
    struct waiting *const w = c->first;

    c->first = w->next;
    if (c->first == NULL)
        c->last = NULL;
    c->n_waiting--;
    return w;
}

/* Tells the caller how its request ended, and forgets it. */
static void finish(struct waiting *w, hub_status status, struct hub_http_response *response)
{
    struct hub_http_response none = {0};

    w->done(w->self, status, status == HUB_OK ? response : &none);
    hub_http_response_clear(&none);
    free(w);
}

static hub_status start_in(struct hub_http_crowd *c, struct slot *slot, struct waiting *w)
{
    if (slot->transfer == NULL)
        HUB_TRY(hub_http_transfer_new(&slot->transfer, &c->config));
    HUB_TRY(hub_http_transfer_begin(slot->transfer, &c->config, &w->call, NULL));
    if (curl_multi_add_handle(c->multi, slot->transfer->easy) != CURLM_OK)
        return HUB_E_MEMORY;
    slot->request = w;
    c->n_busy++;
    return HUB_OK;
}

static void start_waiting(struct hub_http_crowd *c)
{
    for (size_t i = 0; i < c->config.n_connections_max && c->first != NULL; i++) {
        struct slot *const slot = &c->slots[i];

        while (slot->request == NULL && c->first != NULL) {
            struct waiting *const w = take_first(c);
            const hub_status status = start_in(c, slot, w);

            if (status != HUB_OK)
                finish(w, status, NULL);
        }
    }
}

static struct slot *slot_of(struct hub_http_crowd *c, const CURL *easy)
{
    size_t i = 0;

    while (c->slots[i].transfer == NULL || c->slots[i].transfer->easy != easy)
        i++; /* it is one of ours */
    return &c->slots[i];
}

static void end_slot(struct hub_http_crowd *c, struct slot *slot, CURLcode code)
{
    struct waiting *const w = slot->request;

    assert(w != NULL); /* only busy slots have handles that can end */
    (void)curl_multi_remove_handle(c->multi, slot->transfer->easy);
    slot->request = NULL;
    c->n_busy--;
    const hub_status status = hub_http_transfer_end(slot->transfer, code, NULL);
    finish(w, status, &slot->transfer->response);
}

static void end_finished(struct hub_http_crowd *c)
{
    int n_left = 0;
    CURLMsg *message = NULL;

    while ((message = curl_multi_info_read(c->multi, &n_left)) != NULL) {
        if (message->msg == CURLMSG_DONE)
            end_slot(c, slot_of(c, message->easy_handle), message->data.result);
    }
}

hub_status hub_http_crowd_turn(struct hub_http_crowd *c, unsigned wait_ms)
{
    int n_running = 0;

    start_waiting(c);
    if (curl_multi_perform(c->multi, &n_running) != CURLM_OK)
        return HUB_E_NETWORK;
    /* Nothing ended at once: wait for the network, or for a wake-up. */
    if ((size_t)n_running == c->n_busy) {
        if (curl_multi_poll(c->multi, NULL, 0, (int)wait_ms, NULL) != CURLM_OK ||
            curl_multi_perform(c->multi, &n_running) != CURLM_OK)
            return HUB_E_NETWORK;
    }
    end_finished(c);
    return HUB_OK;
}

hub_status hub_http_crowd_run(struct hub_http_crowd *c)
{
    while (hub_http_crowd_count(c) != 0)
        HUB_TRY(hub_http_crowd_turn(c, 1000));
    return HUB_OK;
}

size_t hub_http_crowd_count(const struct hub_http_crowd *c)
{
    return c->n_busy + c->n_waiting;
}

void hub_http_crowd_wake(struct hub_http_crowd *c)
{
    (void)curl_multi_wakeup(c->multi);
}

void hub_http_crowd_free(struct hub_http_crowd *c)
{
    if (c == NULL)
        return;
    c->is_ending = true;
    for (size_t i = 0; c->slots != NULL && i < c->config.n_connections_max; i++) {
        struct slot *const slot = &c->slots[i];

        if (slot->request != NULL) {
            (void)curl_multi_remove_handle(c->multi, slot->transfer->easy);
            finish(slot->request, HUB_E_NETWORK, NULL);
        }
        hub_http_transfer_free(slot->transfer);
    }
    while (c->first != NULL)
        finish(take_first(c), HUB_E_NETWORK, NULL);
    free(c->slots);
    (void)curl_multi_cleanup(c->multi);
    curl_global_cleanup();
    free(c);
}
