/* Made when a thread starts, dropped when it ends. */
#include "aggregator/worker.h"

#include <stdlib.h>

static hub_status fill(struct hub_worker *worker)
{
    struct hub_party *const party = worker->party;

    HUB_TRY(hub_party_keys_ring(&party->keys, &worker->ring, &worker->generation));
    HUB_TRY(hub_aead_new(&worker->box, HUB_AEAD_AES_256_GCM));
    return hub_store_reader_open(&worker->reader, party->store);
}

hub_status hub_worker_new(struct hub_worker **out, struct hub_party *party)
{
    struct hub_worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL)
        return HUB_E_MEMORY;
    worker->party = party;
    hub_status status = fill(worker);
    if (status != HUB_OK) {
        hub_worker_free(worker);
        return status;
    }
    *out = worker;
    return HUB_OK;
}

void hub_worker_free(struct hub_worker *worker)
{
    if (worker == NULL)
        return;
    for (size_t i = 0; i < HUB_PARTY_TASKS_MAX; i++)
        hub_hpke_sender_free(worker->senders[i]);
    if (worker->reader.db != NULL)
        hub_store_reader_close(&worker->reader);
    hub_aead_free(worker->box);
    hub_hpke_keyring_clear(&worker->ring);
    hub_arena_clear(&worker->arena);
    free(worker);
}

hub_status hub_worker_sender(struct hub_worker *worker, const struct hub_party_task *task,
                             struct hub_hpke_sender **out)
{
    struct hub_hpke_sender **place = &worker->senders[task->index];

    if (*place == NULL)
        HUB_TRY(hub_hpke_sender_new(place, &task->collector));
    *out = *place;
    return HUB_OK;
}
