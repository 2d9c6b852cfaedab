/* Accounts for every report and judges the published totals. */
#include "demo/verdict.h"

#include "demo/show.h"

#include <inttypes.h>
#include <stdio.h>

static bool judge_measure(const struct demo_measure *m, const struct demo_measure_book *book)
{
    if (hub_fit_holds(&book->fit, DEMO_P_LEAST))
        return true;
    (void)printf(
        "%s: the residuals do not fit the announced noise: %" PRIu64 " of %" PRIu64
        " within their interval (p = %.2g), spread %.3f of what was announced (p = %.2g)\n",
        m->name, book->fit.n_inside, book->fit.n, hub_fit_coverage_p(&book->fit),
        book->fit.chi2 / (double)book->fit.n, hub_fit_spread_p(&book->fit));
    return false;
}

/* Each bad report was refused for its own reason: compares what was sent with what was counted. */
static bool judge_bad(const struct hub_feed_counts *c, const struct demo_refused *r)
{
    return c->unexpected == 0 && c->malformed == c->by_kind[HUB_PARCEL_GARBAGE] &&
           c->by_error[HUB_REPORT_TOO_EARLY] == c->by_kind[HUB_PARCEL_FUTURE] &&
           c->by_error[HUB_REPORT_REPLAYED] == c->by_kind[HUB_PARCEL_REPLAY] &&
           r->by_error[HUB_REPORT_VDAF_VERIFY_ERROR] == c->by_kind[HUB_PARCEL_BAD_PROOF] &&
           r->by_error[HUB_REPORT_HPKE_DECRYPT_ERROR] == c->by_kind[HUB_PARCEL_BAD_SEAL];
}

hub_status demo_verdict(bool *holds, const struct demo_city *city, const struct demo_tasks *tasks,
                        struct hub_series *series, const struct hub_feed_counts *counts,
                        const uint64_t *busy_ms, uint16_t metrics_port, struct hub_why *why)
{
    struct demo_measure_book books[DEMO_N_MEASURES];
    struct demo_refused refused[DEMO_N_MEASURES] = {0};
    uint64_t n_sent = 0;
    uint64_t n_accepted = 0;
    uint64_t n_rejected = 0;
    uint64_t n_bad[HUB_N_PARCEL_KINDS] = {0};

    *holds = true;
    HUB_TRY(demo_books_read(books, city, series, why));
    HUB_TRY(demo_books_refused(refused, tasks, metrics_port, why));
    (void)printf("\n");
    for (size_t i = 0; i < DEMO_N_MEASURES; i++) {
        const struct hub_feed_counts *const c = &counts[i];
        demo_show_measure(&demo_measures[i], &books[i], c, &refused[i], busy_ms[i]);
        *holds = judge_measure(&demo_measures[i], &books[i]) && *holds;
        if (!judge_bad(c, &refused[i])) {
            (void)printf("%s: not every bad report was refused for its own reason\n",
                         demo_measures[i].name);
            *holds = false;
        }
        n_sent += c->sent;
        n_accepted += books[i].reports_published;
        n_rejected += c->malformed;
        for (int e = 1; e < HUB_N_REPORT_ERRORS; e++)
            n_rejected += c->by_error[e] + refused[i].by_error[e];
        for (int k = 1; k < HUB_N_PARCEL_KINDS; k++)
            n_bad[k] += c->by_kind[k];
    }
    (void)printf("\nbad on purpose:");
    for (int k = 1; k < HUB_N_PARCEL_KINDS; k++)
        (void)printf(" %" PRIu64 " %s%s", n_bad[k], hub_parcel_kind_text((enum hub_parcel_kind)k),
                     k + 1 < HUB_N_PARCEL_KINDS ? "," : "\n");
    (void)printf("%" PRIu64 " sent = %" PRIu64 " accepted + %" PRIu64 " rejected%s\n", n_sent,
                 n_accepted, n_rejected,
                 n_sent == n_accepted + n_rejected ? "" : "  DOES NOT ADD UP");
    *holds = *holds && n_sent == n_accepted + n_rejected;
    return HUB_OK;
}
