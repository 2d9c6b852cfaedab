/* Log lines: written whole, so that lines of several threads do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <time.h>

static const char *const names[] = {"debug", "info", "warn", "error"};

void hub_log(const struct hub_log *log, enum hub_log_level level, const char *event,
             const char *format, ...)
{
    if (log == NULL || log->file == NULL || level < log->least)
        return;

    char line[1024];
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    size_t n = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
    int added = snprintf(line + n, sizeof(line) - n, ".%03ldZ %s %s%s%s ", now.tv_nsec / 1000000,
                         names[level], log->party == NULL ? "" : log->party,
                         log->party == NULL ? "" : " ", event);
    n += added > 0 ? (size_t)added : 0;
    if (n >= sizeof(line) - 1)
        return;
    va_list args;
    va_start(args, format);
    added = vsnprintf(line + n, sizeof(line) - n - 1, format, args);
    va_end(args);
    n += added > 0 ? (size_t)added : 0;
    if (n > sizeof(line) - 2)
        n = sizeof(line) - 2;
    line[n++] = '\n';
    (void)fwrite(line, 1, n, log->file);
    (void)fflush(log->file);
}
