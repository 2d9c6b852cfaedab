/* One line a file. Several reports in a file are run one by one, then as one batch. */
#include "vectors.h"

#include "idpf.h"
#include "poplar1.h"
#include "run.h"
#include "xof.h"

#include "base/cpu.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* What is no file of Prio3 reports. */
static const struct {
    const char *kind;
    hub_status (*run)(struct hub_arena *arena, const char *path, struct hub_why *why);
} own_forms[] = {
    {"XofTurboShake128", vector_xof_run},
    {"XofFixedKeyAes128", vector_fixed_key_run},
    {"IdpfBBCGGI21", vector_idpf_run},
    {"Poplar1", vector_poplar1_run},
};

static hub_status run_file(const char *path, struct hub_why *why)
{
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};
    /* all; where the processor has less, a tier is run twice */
    static const unsigned tiers[] = {0, HUB_CPU_AVX2, HUB_CPU_AVX2 | HUB_CPU_AVX512, UINT_MAX};
    struct vector_file file;
    char kind[64];

    vector_file_kind(kind, sizeof(kind), path);
    for (size_t i = 0; i < sizeof(own_forms) / sizeof(own_forms[0]); i++) {
        if (strcmp(kind, own_forms[i].kind) == 0)
            return own_forms[i].run(&arena, path, why);
    }
    HUB_TRY(vector_file_read(&file, &arena, path, why));
    HUB_TRY(vector_run(&file, &arena, false, hub_cpu_flags(), why));
    for (size_t i = 0; file.n_reports > 1 && i < sizeof(tiers) / sizeof(tiers[0]); i++) {
        struct hub_why batch = {""};
        hub_status status = vector_run(&file, &arena, true, tiers[i] & hub_cpu_flags(), &batch);

        if (status != HUB_OK)
            return hub_why(why, status, "as one batch: %.200s", batch.text);
    }
    return HUB_OK;
}

int hub_vectors_main(int n_files, char *const *files)
{
    int failed = 0;

    if (n_files == 0) {
        (void)fprintf(stderr, "usage: hubbub vectors FILE...\n");
        return 2;
    }
    for (int i = 0; i < n_files; i++) {
        struct hub_why why = {""};

        if (run_file(files[i], &why) == HUB_OK) {
            (void)printf("ok %s\n", files[i]);
        } else {
            (void)printf("FAIL %s: %s\n", files[i], why.text[0] != '\0' ? why.text : "failed");
            failed = 1;
        }
    }
    return failed;
}
