/* The frame around every page: head, navigation, foot. No inline style or script: the policy that
 * goes with each answer forbids both. */
#include "page/asset.h"
#include "page/office_internal.h"

#include <inttypes.h>

/* How often a page asks whether something changed: while a demonstration runs, and otherwise. */
enum { LIVE_MS = 1500, QUIET_MS = 30000 };

static void link_to(struct hub_html *h, const char *address, const char *words, bool is_here)
{
    hub_html_format(h, "<a href=\"%s\"%s>%s</a>", address, is_here ? " aria-current=\"page\"" : "",
                    words);
}

void hub_frame_begin(struct hub_html *h, const struct hub_office *o, const struct hub_frame *f)
{
    hub_html_raw(h, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                    "<meta name=\"color-scheme\" content=\"light dark\"><title>");
    hub_html_text(h, f->title);
    hub_html_raw(h, " – ");
    hub_html_text(h, o->config.title);
    hub_html_raw(h, "</title><link rel=\"icon\" href=\"");
    hub_html_text(h, hub_asset_address("icon.svg"));
    hub_html_raw(h, "\"><link rel=\"stylesheet\" href=\"");
    hub_html_text(h, hub_asset_address("office.css"));
    hub_html_raw(h, "\"><script src=\"");
    hub_html_text(h, hub_asset_address("office.js"));
    hub_html_format(
        h, "\" defer></script></head><body data-revision=\"%" PRIu64 "\" data-ask-ms=\"%d\">",
        f->revision, f->is_live ? LIVE_MS : QUIET_MS);
    hub_html_raw(h, "<a class=\"skip\" href=\"#main\">To the figures</a>"
                    "<header class=\"head\"><a class=\"home\" href=\"/\">");
    hub_html_text(h, o->config.title);
    hub_html_raw(h, "</a><nav aria-label=\"Pages\">");
    link_to(h, "/", "Figures", strcmp(f->section, "overview") == 0);
    link_to(h, "/register", "What is counted", strcmp(f->section, "register") == 0);
    hub_html_raw(h, "</nav></header><main id=\"main\" tabindex=\"-1\">");
}

void hub_frame_end(struct hub_html *h)
{
    hub_html_raw(h, "</main><footer class=\"foot\"><p>Every total on these pages carries noise that"
                    " two operators added before anybody could see it. <a href=\"/register\">What"
                    " is counted, and what cannot be known</a></p></footer></body></html>\n");
}

void hub_page_problem(const struct hub_office *o, struct hub_html *h, unsigned status)
{
    bool is_missing = status == 404;
    struct hub_frame f = {
        .title = is_missing ? "Not here" : "Not yet", .section = "", .is_live = status == 503};

    hub_frame_begin(h, o, &f);
    hub_html_raw(h, "<section class=\"notice\" id=\"live\">");
    if (is_missing)
        hub_html_raw(h, "<h1>There is no such page</h1><p>The measures that are published stand on"
                        " the <a href=\"/\">first page</a>.</p>");
    else if (o->series == NULL)
        hub_html_raw(h, "<h1>The first figures are on their way</h1><p>This page looks again by"
                        " itself.</p>");
    else
        hub_html_raw(h, "<h1>The figures can’t be read just now</h1><p>This page tries again by"
                        " itself.</p>");
    hub_html_raw(h, "</section>");
    hub_frame_end(h);
}
