/* A folder to run in, and free ports. */
#include "demo/place.h"

#include "base/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

hub_status demo_place_make(char out[DEMO_PATH_MAX], const char *wanted, struct hub_why *why)
{
    char path[DEMO_PATH_MAX + 16];

    if (wanted != NULL) {
        HUB_TRY(hub_file_make_dir(wanted, 0755, why));
        char *const real = realpath(wanted, NULL);
        if (real == NULL || strlen(real) >= DEMO_PATH_MAX - 64) {
            free(real);
            return hub_why(why, HUB_E_IO, "%s: path too long, or gone", wanted);
        }
        (void)snprintf(out, DEMO_PATH_MAX, "%s", real);
        free(real);
    } else {
        const char *const base = getenv("TMPDIR");
        (void)snprintf(out, DEMO_PATH_MAX, "%s/hubbub-demo-XXXXXX",
                       base == NULL || strlen(base) > 200 ? "/tmp" : base);
        if (mkdtemp(out) == NULL)
            return hub_why(why, HUB_E_IO, "%s: %s", out, strerror(errno));
    }
    if (chmod(out, 0755) != 0) /* the parties' users pass through it */
        return hub_why(why, HUB_E_IO, "%s: %s", out, strerror(errno));
    (void)snprintf(path, sizeof(path), "%s/public", out);
    return hub_file_make_dir(path, 0755, why);
}

void demo_place_remove(const char *folder)
{
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* This port and no other, or with 0 any. */
static uint16_t reserve(uint16_t port, int *reserved)
{
    const int one = 1;
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *reserved = -1;
    if (s < 0)
        return 0;
    (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(s, (const struct sockaddr *)&at, sizeof(at)) != 0 || listen(s, 1) != 0 ||
        getsockname(s, (struct sockaddr *)&at, &len) != 0) {
        (void)close(s);
        return 0;
    }
    *reserved = s;
    return ntohs(at.sin_port);
}

uint16_t demo_place_port(uint16_t wanted, int *reserved)
{
    const uint16_t port = reserve(wanted, reserved);

    return port != 0 || wanted == 0 ? port : reserve(0, reserved);
}

void demo_place_release(int *reserved)
{
    if (*reserved >= 0)
        (void)close(*reserved);
    *reserved = -1;
}
