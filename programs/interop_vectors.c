/* `hubbub interop vectors FILE...`: runs files of DAP vectors, step by step. */
#include "interop_vectors.h"
#include "interop.h"

#include <stdio.h>

static void (*const steps[])(struct hub_vectors *) = {
    hub_vectors_task,
    hub_vectors_recorded,
    hub_vectors_own,
    hub_vectors_jobs,
    hub_vectors_collections,
    hub_vectors_samples,
    hub_vectors_malformed,
    hub_vectors_served,
    hub_vectors_served_collections,
    hub_vectors_served_malformed,
};

static void clear(struct hub_vectors *v)
{
    hub_vdaf_free(v->vdaf);
    for (unsigned agg_id = 0; agg_id < 2; agg_id++) {
        hub_hpke_recipient_free(v->recipients[agg_id]);
        hub_hpke_keypair_wipe(&v->keys[agg_id]);
    }
    hub_hpke_recipient_free(v->collector);
    hub_hpke_keypair_wipe(&v->collector_keys);
    hub_arena_clear(&v->arena);
    json_decref(v->root);
}

/* Runs one file; true if all of it is as it says. */
static bool run_file(const char *path)
{
    struct hub_vectors v = {.path = path};
    json_error_t error;

    v.root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (v.root == NULL)
        hub_vectors_fail(&v, "the file", "a JSON object", error.text);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !v.failed; i++)
        steps[i](&v);
    if (v.failed)
        (void)printf("FAIL %s: %s\n", path, v.message);
    else
        (void)printf("ok %s\n", path);
    (void)fflush(stdout);
    const bool passed = !v.failed;
    clear(&v);
    return passed;
}

int hub_interop_vectors(int argc, char **argv)
{
    bool passed = true;

    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        (void)fprintf(
            argc < 2 ? stderr : stdout,
            "usage: hubbub interop vectors FILE...\n"
            "Runs files of DAP-18 vectors: messages both ways, reports made again, jobs and\n"
            "collections, malformed messages. Prints a line a file; exit code 1 if any failed.\n");
        return argc < 2 ? 2 : 0;
    }
    for (int i = 1; i < argc; i++)
        passed &= run_file(argv[i]);
    return passed ? 0 : 1;
}
