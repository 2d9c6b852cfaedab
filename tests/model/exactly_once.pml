/* Leader, helper, crashes, restores and a network that loses, repeats and overtakes, around one
 * window and two reports (docs/exactly-once.md). Each step below is one commit of the product, or
 * what follows one; a crash may come between any two, since a step begins from what is durable.
 *
 * What must hold, whatever happens:
 *   - a total that leaves has no report twice and no invalid one; without restores it has every
 *     acknowledged valid one, and the helper never finds another count than the leader;
 *   - no noise is ever used for two sets of reports, at either party, and a share that left never
 *     changes, whichever image of a database answers.
 *
 * Built with one of the BROKEN_ macros it is a product with that mistake, which must be caught;
 * with REACHED it says that nothing is ever released, which must be refuted. */

#define REPORTS 2
#define ALL     3 /* the set of both */

#define NO_WINDOW 0 /* bucket: no row yet */
#define OPEN      1
#define CLOSED    2
#define COLLECTED 3
#define BURNT     4

#define NO_JOB 0
#define TAKEN  1
#define READY  2

#ifndef RESTORES
#define RESTORES 2
#endif

/* How often each report is in the sum, 3 bits a report. */
#define ADD(sum, set)  ((sum) + ((set) & 1) + (((set) >> 1) & 1) * 8)
#define IN(sum, i)     (((sum) >> ((i) * 3)) & 7)

/* One aggregator's database: what a backup holds. */
typedef Db {
    byte state;
    byte sum;
    byte noise;    /* which; 0: the bucket has none yet */
    byte released; /* 1 + the sum that was released */
    byte rows;     /* of the ledger */
    byte last;     /* the last one's hash: which row it is, over all images */
    byte before;   /* and that of the one before */
    /* the leader's */
    byte seen;
    byte waiting;
    byte job;
    byte job_state;
    /* the helper's */
    byte ids;
    byte answers[4]; /* by the job's set: 1 + what was accepted */
}

/* The head outside: never in a backup. */
typedef Head {
    byte rows;
    byte last;
}

Db db[2];    /* LEADER, HELPER */
Db image[2]; /* an older one of it, or the one that it took the place of */
Head head[2];
bool has_image[2];
bool is_behind[2]; /* in memory: a row was committed that the head outside lacks */

#define LEADER 0
#define HELPER 1

byte valid;         /* the set of valid reports */
byte acknowledged;  /* to their devices */
bool is_past_grace;
byte n_restores;
byte next_row = 1;
byte next_noise = 1;

/* What was ever sent, and so may arrive at any time, once or more. */
byte jobs_sent;          /* a bit a set */
byte job_answers[4];     /* by the job's set: a bit for each accepted set */
byte shares_asked[2];    /* sums that were asked for; at most two differ */
byte share_answer;       /* 1 + the sum of the helper's released share, or 0 */

/* What has left: by noise, 1 + the sum. */
byte used[8];
byte left_of[2]; /* 1 + noise, and the sum, of what this party released */
byte left_sum[2];

#ifdef BROKEN_IDS
byte pending; /* in memory: accepted and not recorded yet */
byte pending_job;
#endif

#ifdef BROKEN_HEAD /* the share does not wait for the head outside */
#define MAY_LEAVE(p) true
#else
#define MAY_LEAVE(p) (!is_behind[p])
#endif

/* Whether something is in memory only, so that a crash changes anything. */
#ifdef BROKEN_IDS
#define HAS_MEMORY (is_behind[HELPER] || pending_job != 0)
#else
#define HAS_MEMORY (is_behind[HELPER])
#endif

/* ---- Steps that both have */

inline append_row(p)
{
    db[p].before = db[p].last;
    db[p].last = next_row;
    db[p].rows++;
    next_row++;
    is_behind[p] = true;
}

inline open_bucket(p)
{
    if
    :: db[p].noise == 0 ->
        db[p].noise = next_noise;
        next_noise++
    :: else
    fi;
    if
    :: db[p].state == NO_WINDOW -> db[p].state = OPEN
    :: else
    fi
}

/* A share leaves the building. */
inline leave(p)
{
#ifdef REACHED
    assert(p == HELPER);
#endif
    assert(used[db[p].noise] == 0 || used[db[p].noise] == db[p].released);
    used[db[p].noise] = db[p].released;
    assert(left_of[p] == 0 ||
           (left_of[p] == db[p].noise + 1 && left_sum[p] == db[p].released));
    left_of[p] = db[p].noise + 1;
    left_sum[p] = db[p].released
}

/* The start of a program: memory is empty, the database is compared with the head outside. */
inline start(p)
{
    is_behind[p] = false;
    if
    :: head[p].rows == 0 || (head[p].rows == db[p].rows && head[p].last == db[p].last) ||
           (head[p].rows + 1 == db[p].rows && head[p].last == db[p].before)
    :: else ->
#ifndef BROKEN_BURN
        append_row(p);
#ifndef BROKEN_SHARES
        db[p].released = 0; /* perhaps it never left, and another image's did */
#endif
        if
        :: db[p].state != COLLECTED -> db[p].state = BURNT
        :: else
        fi
#endif
    fi;
    head[p].rows = db[p].rows;
    head[p].last = db[p].last;
    is_behind[p] = false
}

#define SWAP(p, field)          \
    tmp = db[p].field;          \
    db[p].field = image[p].field; \
    image[p].field = tmp

inline swap_images(p)
{
    SWAP(p, state);
    SWAP(p, sum);
    SWAP(p, noise);
    SWAP(p, released);
    SWAP(p, rows);
    SWAP(p, last);
    SWAP(p, before);
    SWAP(p, seen);
    SWAP(p, waiting);
    SWAP(p, job);
    SWAP(p, job_state);
    SWAP(p, ids);
    SWAP(p, answers[1]);
    SWAP(p, answers[2]);
    SWAP(p, answers[3])
}

inline copy_image(p)
{
    image[p].state = db[p].state;
    image[p].sum = db[p].sum;
    image[p].noise = db[p].noise;
    image[p].released = db[p].released;
    image[p].rows = db[p].rows;
    image[p].last = db[p].last;
    image[p].before = db[p].before;
    image[p].seen = db[p].seen;
    image[p].waiting = db[p].waiting;
    image[p].job = db[p].job;
    image[p].job_state = db[p].job_state;
    image[p].ids = db[p].ids;
    image[p].answers[1] = db[p].answers[1];
    image[p].answers[2] = db[p].answers[2];
    image[p].answers[3] = db[p].answers[3]
}

inline check_total(p)
{
    i = 0;
    do
    :: i < REPORTS ->
        assert(IN(db[p].sum, i) <= 1);
        assert(IN(db[p].sum, i) == 0 || (valid >> i) & 1);
        assert(n_restores > 0 || IN(db[p].sum, i) == 1 || !((valid & acknowledged) >> i & 1));
        i++
    :: else -> break
    od;
    i = 0
}

/* ---- The world: devices, time, crashes, operators with backups */

active proctype World()
{
    byte i;
    byte tmp;

    d_step {
        head[LEADER].rows = 0;
        valid = 1
    };
    if
    :: valid = 1
    :: valid = ALL
    fi;
    do
    /* A device's upload reaches the leader; it may be a second time. */
    :: atomic {
        !is_past_grace && db[LEADER].state < CLOSED ->
        if
        :: i = 0
        :: i = 1
        fi;
#ifdef BROKEN_ACK
        acknowledged = acknowledged | (1 << i);
#endif
        if
        :: !((db[LEADER].seen >> i) & 1) ->
            db[LEADER].seen = db[LEADER].seen | (1 << i);
            db[LEADER].waiting = db[LEADER].waiting | (1 << i)
        :: else
        fi;
        i = 0
       }
#ifdef BROKEN_ACK
    /* acknowledged, and lost before it was written */
    :: atomic { !is_past_grace && !((db[LEADER].seen) & 1) -> acknowledged = acknowledged | 1 }
#endif
    /* The answer reaches the device. */
    :: atomic {
        (acknowledged | db[LEADER].seen) != acknowledged && !is_past_grace ->
        acknowledged = acknowledged | db[LEADER].seen
       }
    :: !is_past_grace -> is_past_grace = true
    /* Crashes: all that matters is in the databases. */
    :: d_step {
        is_behind[LEADER] -> start(LEADER)
       }
    :: d_step {
        HAS_MEMORY ->
#ifdef BROKEN_IDS
        pending = 0;
        pending_job = 0;
#endif
        start(HELPER)
       }
    /* A copy of the database is put aside, and later takes its place, and the other way round. */
    :: d_step { RESTORES > 0 && !has_image[LEADER] -> copy_image(LEADER); has_image[LEADER] = true }
    :: d_step { RESTORES > 0 && !has_image[HELPER] -> copy_image(HELPER); has_image[HELPER] = true }
    :: d_step {
        has_image[LEADER] && n_restores < RESTORES ->
        n_restores++;
        swap_images(LEADER);
        start(LEADER)
       }
    :: d_step {
        has_image[HELPER] && n_restores < RESTORES ->
        n_restores++;
        swap_images(HELPER);
        start(HELPER)
       }
    od
}

/* ---- The leader */

active proctype Leader()
{
    byte i;
    byte set;

    do
    /* take */
    :: atomic {
        db[LEADER].job_state == NO_JOB && db[LEADER].waiting != 0 ->
        if
        :: set = db[LEADER].waiting
        :: db[LEADER].waiting == ALL -> set = 1
        :: db[LEADER].waiting == ALL -> set = 2
        fi;
#ifdef BROKEN_TAKE
        jobs_sent = jobs_sent | (1 << set); /* before it is durable, and then forgotten */
        if
        :: db[LEADER].job = set;
           db[LEADER].job_state = TAKEN;
           db[LEADER].waiting = db[LEADER].waiting & ~set
        :: skip
        fi;
#else
        db[LEADER].job = set;
        db[LEADER].job_state = TAKEN;
        db[LEADER].waiting = db[LEADER].waiting & ~set;
#endif
        set = 0
       }
    /* ready, or nothing to send */
    :: d_step {
        db[LEADER].job_state == TAKEN ->
        if
        :: db[LEADER].state == COLLECTED || db[LEADER].state == BURNT ->
            db[LEADER].job = 0;
            db[LEADER].job_state = NO_JOB
        :: else -> db[LEADER].job_state = READY
        fi
       }
    /* the request goes out */
    :: d_step {
        db[LEADER].job_state == READY && !((jobs_sent >> db[LEADER].job) & 1) ->
        jobs_sent = jobs_sent | (1 << db[LEADER].job)
       }
    /* finish, with any answer that this job ever got */
    :: atomic {
        db[LEADER].job_state == READY && job_answers[db[LEADER].job] != 0 ->
        if
        :: job_answers[db[LEADER].job] & 1 -> set = 0
        :: job_answers[db[LEADER].job] & 2 -> set = 1
        :: job_answers[db[LEADER].job] & 4 -> set = 2
        :: job_answers[db[LEADER].job] & 8 -> set = 3
        fi;
        if
        :: set != 0 && db[LEADER].state != COLLECTED && db[LEADER].state != BURNT ->
            open_bucket(LEADER);
            db[LEADER].sum = ADD(db[LEADER].sum, set)
        :: else
        fi;
        db[LEADER].job = 0;
        db[LEADER].job_state = NO_JOB;
        set = 0
       }
    /* collect: from here on no uploads */
    :: d_step {
        is_past_grace && (db[LEADER].state == OPEN || db[LEADER].state == NO_WINDOW) ->
        open_bucket(LEADER);
        db[LEADER].state = CLOSED
       }
    /* the question to the helper */
    :: d_step {
        db[LEADER].state == CLOSED && db[LEADER].waiting == 0 && db[LEADER].job_state == NO_JOB &&
            shares_asked[0] != db[LEADER].sum + 1 && shares_asked[1] != db[LEADER].sum + 1 ->
        assert(shares_asked[1] == 0);
        shares_asked[1] = shares_asked[0];
        shares_asked[0] = db[LEADER].sum + 1
       }
    /* release: both shares, the row and the mark commit together */
    :: d_step {
        db[LEADER].state == CLOSED && share_answer == db[LEADER].sum + 1 &&
            db[LEADER].waiting == 0 && db[LEADER].job_state == NO_JOB ->
        db[LEADER].state = COLLECTED;
        db[LEADER].released = db[LEADER].sum + 1;
        append_row(LEADER)
       }
    /* the head outside */
    :: d_step {
        is_behind[LEADER] ->
        head[LEADER].rows = db[LEADER].rows;
        head[LEADER].last = db[LEADER].last;
        is_behind[LEADER] = false
       }
    /* the answer to the collector */
    :: d_step {
        db[LEADER].released != 0 && MAY_LEAVE(LEADER) &&
            left_sum[LEADER] != db[LEADER].released ->
        check_total(LEADER);
        leave(LEADER)
       }
    od
}

/* ---- The helper */

inline answer_job(s)
{
    if
    :: db[HELPER].answers[s] != 0 -> set = db[HELPER].answers[s] - 1
    :: else ->
        if
        :: db[HELPER].state == COLLECTED || db[HELPER].state == BURNT -> set = 0
        :: else -> set = s & valid & ~db[HELPER].ids
        fi;
        if
        :: set != 0 ->
            open_bucket(HELPER);
            db[HELPER].sum = ADD(db[HELPER].sum, set)
        :: else
        fi;
#ifdef BROKEN_IDS
        pending = set;
        pending_job = s
#else
        db[HELPER].ids = db[HELPER].ids | set;
        db[HELPER].answers[s] = set + 1
#endif
    fi;
#ifdef BROKEN_IDS
    if
    :: pending_job != s -> job_answers[s] = job_answers[s] | (1 << set)
    :: else
    fi;
#else
    job_answers[s] = job_answers[s] | (1 << set);
#endif
    set = 0
}

#ifdef BROKEN_IDS
#define IDLE (pending_job == 0)
#else
#define IDLE true
#endif

active proctype Helper()
{
    byte i;
    byte set;

    do
    :: d_step { IDLE && ((jobs_sent >> 1) & 1) -> answer_job(1) }
    :: d_step { IDLE && ((jobs_sent >> 2) & 1) -> answer_job(2) }
    :: d_step { IDLE && ((jobs_sent >> 3) & 1) -> answer_job(3) }
#ifdef BROKEN_IDS
    /* what should have been one transaction */
    :: d_step {
        pending_job != 0 ->
        db[HELPER].ids = db[HELPER].ids | pending;
        db[HELPER].answers[pending_job] = pending + 1;
        job_answers[pending_job] = job_answers[pending_job] | (1 << pending);
        pending = 0;
        pending_job = 0
       }
#endif
    /* A question for a share, the last one or one before. */
    :: d_step {
        IDLE && shares_asked[0] != 0 && db[HELPER].state != COLLECTED &&
            db[HELPER].state != BURNT ->
        if
        :: shares_asked[0] == db[HELPER].sum + 1 || shares_asked[1] == db[HELPER].sum + 1 ->
            open_bucket(HELPER);
            db[HELPER].state = COLLECTED;
            db[HELPER].released = db[HELPER].sum + 1;
            append_row(HELPER)
        :: else -> assert(n_restores > 0) /* the leader has another count: refused */
        fi
       }
    :: d_step {
        is_behind[HELPER] ->
        head[HELPER].rows = db[HELPER].rows;
        head[HELPER].last = db[HELPER].last;
        is_behind[HELPER] = false
       }
    :: d_step {
        db[HELPER].released != 0 && share_answer != db[HELPER].released && MAY_LEAVE(HELPER) ->
        check_total(HELPER);
        leave(HELPER);
        share_answer = db[HELPER].released
       }
    od
}
