/* The one place where text becomes markup. */
#include "page/html.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { HTML_PRINT_MAX = 4096 };

static void append(struct hub_html *h, const char *bytes, size_t n)
{
    if (h->status == HUB_OK)
        h->status = hub_buf_append(h->buf, hub_span_of(bytes, n));
}

void hub_html_raw(struct hub_html *h, const char *markup)
{
    append(h, markup, strlen(markup));
}

void hub_html_char(struct hub_html *h, char c)
{
    append(h, &c, 1);
}

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void hub_html_text(struct hub_html *h, const char *text)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "&<>\"'");
        append(h, text, plain);
        text += plain;
        if (*text == '\0')
            break;
        hub_html_raw(h, entity_of(*text++));
    }
}

static void __attribute__((format(printf, 3, 0)))
print_to(struct hub_html *h, void (*write)(struct hub_html *, const char *), const char *format,
         va_list arguments)
{
    char text[HTML_PRINT_MAX];
    int n = vsnprintf(text, sizeof(text), format, arguments);

    if (n < 0 || (size_t)n >= sizeof(text)) {
        if (h->status == HUB_OK)
            h->status = HUB_E_SPACE;
        return;
    }
    write(h, text);
}

void hub_html_print(struct hub_html *h, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_to(h, hub_html_text, format, arguments);
    va_end(arguments);
}

void hub_html_format(struct hub_html *h, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_to(h, hub_html_raw, format, arguments);
    va_end(arguments);
}

void hub_html_number(struct hub_html *h, double value)
{
    char text[32];
    long long hundredths = llround(value * 100);
    const char *sign = hundredths < 0 ? "-" : "";
    unsigned long long size = (unsigned long long)(hundredths < 0 ? -hundredths : hundredths);
    unsigned long long part = size % 100;

    if (part == 0)
        (void)snprintf(text, sizeof(text), "%s%llu", sign, size / 100);
    else if (part % 10 == 0)
        (void)snprintf(text, sizeof(text), "%s%llu.%llu", sign, size / 100, part / 10);
    else
        (void)snprintf(text, sizeof(text), "%s%llu.%02llu", sign, size / 100, part);
    hub_html_raw(h, text);
}
