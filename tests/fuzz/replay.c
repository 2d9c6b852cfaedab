/* fuzz_replay [-N] FOLDER...: runs every file of corpus folders through the codec that the folder
 * is named for, and then every file with each of its bytes (-N: every Nth) changed in some ways and
 * cut at each such length. Exit 1 if a codec contradicts itself; sanitizers see the rest. */
#include "codecs.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FILE_MAX = 1 << 20,
    MUTATED_MAX = 4096 /* longer files are run as they are: their parts are those of shorter ones */
};

struct tally {
    size_t step;
    size_t n_runs;
    size_t n_accepted;
    size_t n_contradictions;
};

static void run(struct tally *t, const struct hub_codec *codec, hub_span bytes)
{
    const hub_status status = codec->round_trip(bytes);

    t->n_runs++;
    t->n_accepted += status == HUB_OK;
    t->n_contradictions += status == HUB_E_CONFLICT;
}

/* The file's bytes stand at the end of their own memory, so that a read beyond is seen. */
static void run_mutations(struct tally *t, const struct hub_codec *codec, struct hub_buf *file)
{
    static const uint8_t flips[] = {0x01, 0x02, 0x10, 0x80, 0xff};

    for (size_t i = 0; i < file->len; i += t->step) {
        const uint8_t byte = file->ptr[i];
        for (size_t f = 0; f < sizeof(flips); f++) {
            file->ptr[i] = byte ^ flips[f];
            run(t, codec, hub_buf_span(file));
        }
        file->ptr[i] = byte;
    }
    for (size_t n = 0; n < file->len; n += t->step) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf cut = HUB_BUF_INIT(n);
        if (hub_buf_append(&cut, hub_span_of(file->ptr, n)) == HUB_OK)
            run(t, codec, hub_buf_span(&cut));
    }
}

static int run_folder(struct tally *t, const char *folder)
{
    const char *const slash = strrchr(folder, '/');
    const struct hub_codec *const codec = hub_codec_find(slash == NULL ? folder : slash + 1);
    DIR *const dir = codec == NULL ? NULL : opendir(folder);
    struct dirent *entry;

    if (dir == NULL) {
        (void)fprintf(stderr, "%s: %s\n", folder,
                      codec == NULL ? "no codec of this name" : "no folder");
        return 1;
    }
    while ((entry = readdir(dir)) != NULL) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf file = HUB_BUF_INIT(FILE_MAX);
        char path[1024];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (hub_file_read(&file, path, NULL) != HUB_OK) {
            closedir(dir);
            (void)fprintf(stderr, "%s: cannot be read\n", path);
            return 1;
        }
        run(t, codec, hub_buf_span(&file));
        if (file.len <= MUTATED_MAX)
            run_mutations(t, codec, &file);
    }
    closedir(dir);
    return 0;
}

int main(int argc, char **argv)
{
    int first = argc > 1 && argv[1][0] == '-' ? 2 : 1;
    size_t step = first == 2 ? strtoul(argv[1] + 1, NULL, 10) : 1;
    int failed = argc <= first || step == 0;

    for (int i = first; i < argc && step != 0; i++) {
        struct tally t = {.step = step};
        failed |= run_folder(&t, argv[i]);
        (void)printf("%s: %zu inputs, %zu accepted, %zu contradictions\n", argv[i], t.n_runs,
                     t.n_accepted, t.n_contradictions);
        failed |= t.n_contradictions != 0 || t.n_accepted == 0;
    }
    return failed;
}
