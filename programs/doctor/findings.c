/* For people, or as JSON lines. */
#include "doctor/findings.h"

#include <jansson.h>
#include <stdarg.h>

static const char *const words[] = {"ok", "warn", "fail"};

static void print_json(struct findings *f, enum finding_kind kind, const char *what,
                       const char *advice, const char *text)
{
    json_t *const line =
        json_pack("{s:s, s:s, s:s}", "state", words[kind], "what", what, "text", text);

    if (line == NULL)
        return;
    if (advice != NULL)
        (void)json_object_set_new(line, "do", json_string(advice));
    (void)json_dumpf(line, f->out, JSON_COMPACT);
    (void)fputc('\n', f->out);
    json_decref(line);
}

void finding_add(struct findings *f, enum finding_kind kind, const char *what, const char *advice,
                 const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    f->n[kind]++;
    if (f->is_json) {
        print_json(f, kind, what, advice, text);
        return;
    }
    (void)fprintf(f->out, "%-5s %-10s %s\n", words[kind], what, text);
    if (advice != NULL)
        (void)fprintf(f->out, "                 -> %s\n", advice);
}
