/* An OpenAI-compatible streaming server whose latency is known: the truth against which a load client is judged.
 *
 *   known_latency_server --log FILE [--ttft-us 50000] [--itl-us 10000] [--tokens 64] [--per-chunk 1] [--slots 0] [--model m]
 *       [--freeze-at-s S --freeze-s S] [--faults KIND,KIND --every N] [--gaps FILE] [--ordinary]
 *
 * Prints its port and its place in the scheduler's queue ("real-time" where that is allowed and --ordinary does not forbid it). Each POST
 * to a path with /completions is answered with --tokens tokens, the first --ttft-us after it was received, the others --itl-us apart,
 * --per-chunk in one event and one write. With --slots no more than so many are answered at once, and the others wait in the order in which
 * they came: the service time of one is ttft + (tokens - per_chunk) * itl. The server stands still for --freeze-s, --freeze-at-s after the
 * first POST. Every --every-th POST gets the next of --faults: 500, reset and truncated (halfway through the stream), garbage (lines that
 * are no JSON), hang (never answered).
 *
 * FILE gets one line a request when it has ended, nanoseconds of CLOCK_MONOTONIC taken beside the system calls: kind (see KINDS), received,
 * begun (a slot was free), first, last (event written), done, and how late the first and the latest event were against their due instants:
 * a truth whose own server was late is recognised by these. A freeze is a line of its own: -1, from, until. At SIGTERM --gaps gets the
 * histogram of the gaps between the events of one stream: lines of microseconds (rounded down to 10) and how many.
 *
 * One thread, one timer armed for the next due instant, no allocation after the start. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8192, REQUEST = 65536, BUCKETS = 200000, BUCKET_NS = 10000 };
enum { OK, ERROR_500, RESET, TRUNCATED, GARBAGE, HANG, GONE };
static const char *const KINDS[] = {"ok", "500", "reset", "truncated", "garbage", "hang", "gone"}; /* gone: the client left first */

struct stream {
    int open, answering, position, kind, length, sent, stop; /* `stop`: tokens after which it ends */
    int64_t due, received, begun, first, last, first_late, most_late;
    char request[REQUEST];
};

static struct stream streams[MOST];
static int active[MOST], count;                /* file descriptors that are being answered */
static int waiting[MOST], head_of, tail_of;    /* a ring: those that wait for a slot */
static uint32_t gaps[BUCKETS];
static int64_t ttft = 50000000, itl = 10000000, freeze_at = -1, freeze_for;
static int tokens = 64, per_chunk = 1, slots, every, faults[64], fault_count;
static long posts, faulty;
static FILE *log_file;
static volatile sig_atomic_t ended;

static char event[16384], end[16384], models[16384], failed[16384], junk[128];
static int event_size, end_size, models_size, failed_size, junk_size;
static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char NOTHING[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
static const char UNKNOWN[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void on_term(int number) { ended = number; }

static int chunk(char *out, const char *data) { return sprintf(out, "%zx\r\n%s\r\n", strlen(data), data); }

static void send_all(int fd, const char *data, size_t n) {
    while (n) {
        ssize_t done = send(fd, data, n, MSG_NOSIGNAL);
        if (done < 0 && errno == EAGAIN) continue; /* the buffers of a loopback socket are never full for long */
        if (done <= 0) return;
        data += done;
        n -= done;
    }
}

static int whole_request(struct stream *s) {
    s->request[s->length] = 0;
    char *body = strstr(s->request, "\r\n\r\n");
    if (!body) return 0;
    char *length = strcasestr(s->request, "\r\ncontent-length:");
    return s->length >= body + 4 - s->request + (length && length < body ? atoi(length + 17) : 0);
}

static void write_down(struct stream *s, int kind, int64_t done) {
    fprintf(log_file, "%d %lld %lld %lld %lld %lld %lld %lld\n", kind, (long long)s->received, (long long)s->begun, (long long)s->first,
            (long long)s->last, (long long)done, (long long)s->first_late, (long long)s->most_late);
}

static void leave(int fd) {
    struct stream *s = &streams[fd];
    if (s->answering && s->position >= 0) {
        active[s->position] = active[--count];
        streams[active[s->position]].position = s->position;
    }
    s->answering = 0;
}

static void hang_up(int fd, int with_reset) {
    struct linger now_or_never = {1, 0};
    if (with_reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &now_or_never, sizeof now_or_never);
    streams[fd].open = 0;
    close(fd);
}

static void begin(int fd, int64_t at) {
    struct stream *s = &streams[fd];
    s->begun = at;
    s->due = at + ttft;
    s->position = count;
    active[count++] = fd;
    send_all(fd, HEAD, sizeof HEAD - 1);
}

static void begin_waiting(int64_t at) {
    while (head_of != tail_of && count < slots) {
        int fd = waiting[head_of];
        head_of = (head_of + 1) % MOST;
        if (fd >= 0) begin(fd, at);
    }
}

static void answer(int fd) {
    struct stream *s = &streams[fd];
    s->length = 0;
    if (!strncmp(s->request, "GET ", 4)) {
        const char *path = s->request + 4;
        if (!strncmp(path, "/v1/models", 10)) send_all(fd, models, models_size);
        else if (!strncmp(path, "/health", 7) || !strncmp(path, "/ping", 5)) send_all(fd, NOTHING, sizeof NOTHING - 1);
        else send_all(fd, UNKNOWN, sizeof UNKNOWN - 1);
        return;
    }
    char *line_end = strchr(s->request, '\r');
    if (strncmp(s->request, "POST ", 5) || memmem(s->request, line_end - s->request, "/completions", 12) == 0) {
        send_all(fd, UNKNOWN, sizeof UNKNOWN - 1);
        return;
    }
    s->received = now();
    s->begun = s->first = s->last = s->first_late = s->most_late = s->sent = 0;
    s->kind = OK;
    s->position = -1;
    s->answering = 1;
    if (!posts++ && freeze_at >= 0) freeze_at += s->received;
    if (every && posts % every == 0) s->kind = faults[faulty++ % fault_count];
    s->stop = s->kind == RESET || s->kind == TRUNCATED ? tokens / 2 : tokens;
    if (s->kind == ERROR_500 || s->kind == GARBAGE) {
        if (s->kind == ERROR_500) send_all(fd, failed, failed_size);
        else send_all(fd, HEAD, sizeof HEAD - 1), send_all(fd, junk, junk_size);
        s->answering = 0;
        write_down(s, s->kind, now());
    } else if (s->kind == HANG) {
        write_down(s, HANG, s->received);
    } else if (slots && (count >= slots || head_of != tail_of)) {
        waiting[tail_of] = fd;
        tail_of = (tail_of + 1) % MOST;
    } else begin(fd, s->received);
}

static void client_left(int fd) {
    struct stream *s = &streams[fd];
    if (s->answering && s->kind != HANG) write_down(s, GONE, now());
    for (int i = head_of; i != tail_of; i = (i + 1) % MOST)
        if (waiting[i] == fd) waiting[i] = -1;
    leave(fd);
    hang_up(fd, 0);
}

/* One event of a stream that is due. Several that are overdue are written turn by turn, so that none waits for all of another's. */
static void write_event(int fd) {
    struct stream *s = &streams[fd];
    int64_t at = now(), late = at - s->due;
    if (!s->first) s->first = at, s->first_late = late;
    else {
        int64_t bucket = (at - s->last) / BUCKET_NS;
        gaps[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    }
    s->last = at;
    if (late > s->most_late) s->most_late = late;
    send_all(fd, event, event_size);
    s->sent += per_chunk;
    s->due += itl * per_chunk;
    if (s->sent < s->stop) return;
    int kind = s->kind;
    leave(fd);
    if (kind == OK) send_all(fd, end, end_size);
    write_down(s, kind, now());
    if (kind != OK) hang_up(fd, kind == RESET);
}

static void set_up(int argc, char **argv, int *ordinary, const char **gaps_path, const char **model) {
    static const struct option known[] = {
        {"log", 1, 0, 'l'},    {"ttft-us", 1, 0, 't'},     {"itl-us", 1, 0, 'i'},  {"tokens", 1, 0, 'n'}, {"per-chunk", 1, 0, 'c'},
        {"slots", 1, 0, 's'},  {"freeze-at-s", 1, 0, 'a'}, {"freeze-s", 1, 0, 'f'}, {"faults", 1, 0, 'k'}, {"every", 1, 0, 'e'},
        {"gaps", 1, 0, 'g'},   {"ordinary", 0, 0, 'o'},    {"model", 1, 0, 'm'},    {0, 0, 0, 0}};
    for (int c; (c = getopt_long(argc, argv, "", known, 0)) != -1;) switch (c) {
        case 'l': log_file = fopen(optarg, "w"); break;
        case 't': ttft = atoll(optarg) * 1000; break;
        case 'i': itl = atoll(optarg) * 1000; break;
        case 'n': tokens = atoi(optarg); break;
        case 'c': per_chunk = atoi(optarg); break;
        case 's': slots = atoi(optarg); break;
        case 'a': freeze_at = atof(optarg) * 1e9; break;
        case 'f': freeze_for = atof(optarg) * 1e9; break;
        case 'e': every = atoi(optarg); break;
        case 'g': *gaps_path = optarg; break;
        case 'o': *ordinary = 1; break;
        case 'm': *model = optarg; break;
        case 'k':
            for (char *word = strtok(optarg, ","); word && fault_count < 64; word = strtok(0, ","))
                for (int kind = ERROR_500; kind <= HANG; kind++)
                    if (!strcmp(word, KINDS[kind])) faults[fault_count++] = kind;
            break;
        default: exit(2);
        }
    if (!log_file || per_chunk < 1 || per_chunk > 256 || tokens < per_chunk || (every && !fault_count) || strlen(*model) > 200) {
        fprintf(stderr, "known_latency_server: --log is needed, 1 <= per-chunk <= tokens and 256, --every needs --faults\n");
        exit(2);
    }
}

static void make_answers(const char *model) {
    static char text[8192], words[2048];
    const char *shape = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s";
    for (int i = 0; i < per_chunk; i++) strcat(words, " word");
    sprintf(text, "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"%s\",\"choices\":[{\"index\":0,"
                  "\"delta\":{\"content\":\"%s\"},\"finish_reason\":null}]}\n\n", model, words);
    event_size = chunk(event, text);
    sprintf(text, "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"%s\",\"choices\":[{\"index\":0,"
                  "\"delta\":{},\"finish_reason\":\"length\"}]}\n\n", model);
    end_size = chunk(end, text);
    sprintf(text, "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"%s\",\"choices\":[],"
                  "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":%d,\"total_tokens\":%d}}\n\n", model, tokens, tokens + 7);
    end_size += chunk(end + end_size, text);
    end_size += chunk(end + end_size, "data: [DONE]\n\n");
    end_size += sprintf(end + end_size, "0\r\n\r\n");
    junk_size = chunk(junk, "data: {\"choices\": [{\"delta\": \x80\xff not json\n\n");
    junk_size += sprintf(junk + junk_size, "0\r\n\r\n");
    sprintf(text, "{\"object\":\"list\",\"data\":[{\"id\":\"%s\",\"object\":\"model\",\"created\":1,\"owned_by\":\"ftbench\","
                  "\"max_model_len\":8192}]}", model);
    models_size = sprintf(models, shape, "200 OK", strlen(text), text);
    sprintf(text, "{\"error\":{\"message\":\"every %d-th request fails\"}}", every);
    failed_size = sprintf(failed, shape, "500 Internal Server Error", strlen(text), text);
}

int main(int argc, char **argv) {
    int ordinary = 0, one = 1;
    const char *gaps_path = 0, *model = "m";
    set_up(argc, argv, &ordinary, &gaps_path, &model);
    make_answers(model);
    struct sigaction on_end = {.sa_handler = on_term};
    sigaction(SIGTERM, &on_end, 0);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (bind(listener, (void *)&at, sizeof at) || listen(listener, MOST) || getsockname(listener, (void *)&at, &size)) return 1;
    struct sched_param first = {.sched_priority = sched_get_priority_min(SCHED_RR) + 1}; /* above any client */
    int real_time = !ordinary && !sched_setscheduler(0, SCHED_RR, &first);
    printf("%d %s\n", ntohs(at.sin_port), real_time ? "real-time" : "normal");
    fflush(stdout);

    int poll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event want = {.events = EPOLLIN, .data.fd = listener}, ready[512];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &want);
    want.data.fd = timer;
    epoll_ctl(poll, EPOLL_CTL_ADD, timer, &want);
    int64_t armed = 0;
    int overdue = 0;
    while (!ended) {
        int n = epoll_wait(poll, ready, 512, overdue ? 0 : -1);
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) {
                int next;
                while ((next = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
                    if (next >= MOST) { close(next); continue; }
                    setsockopt(next, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    streams[next].open = 1;
                    streams[next].length = streams[next].answering = 0;
                    want.data.fd = next;
                    epoll_ctl(poll, EPOLL_CTL_ADD, next, &want);
                }
            } else if (fd == timer) {
                uint64_t ticks;
                if (read(timer, &ticks, sizeof ticks) < 0) continue;
                armed = 0;
            } else {
                struct stream *s = &streams[fd];
                ssize_t got = read(fd, s->request + s->length, REQUEST - 1 - s->length);
                if (got < 0 && errno == EAGAIN) continue;
                if (got <= 0) { client_left(fd); continue; }
                s->length += got;
                if (whole_request(s)) answer(fd);
            }
        }
        int64_t instant = now();
        if (freeze_at > 0 && posts && instant >= freeze_at) {
            struct timespec until = {(freeze_at + freeze_for) / 1000000000LL, (freeze_at + freeze_for) % 1000000000LL};
            while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0) && !ended) {}
            fprintf(log_file, "-1 %lld %lld 0 0 0 0 0\n", (long long)instant, (long long)now());
            freeze_at = -1;
            instant = now();
        }
        if (slots) begin_waiting(instant);
        int64_t next = freeze_at > 0 && posts ? freeze_at : INT64_MAX;
        overdue = 0;
        for (int i = count - 1; i >= 0; i--) { /* from the end: one that leaves is replaced by one that had its turn */
            struct stream *s = &streams[active[i]];
            int fd = active[i];
            if (s->due <= instant) write_event(fd);
            if (!s->open || !s->answering) continue;
            if (s->due <= instant) overdue = 1;
            else if (s->due < next) next = s->due;
        }
        if (slots && count < slots && head_of != tail_of) overdue = 1;
        if (!overdue && next != armed) {
            struct itimerspec arm = {.it_value = {0, 0}};
            if (next != INT64_MAX) arm.it_value = (struct timespec){next / 1000000000LL, next % 1000000000LL};
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &arm, 0);
            armed = next;
        }
    }
    fclose(log_file);
    FILE *out = gaps_path ? fopen(gaps_path, "w") : 0;
    for (int i = 0; out && i < BUCKETS; i++)
        if (gaps[i]) fprintf(out, "%d %u\n", i * BUCKET_NS / 1000, gaps[i]);
    if (out) fclose(out);
    return 0;
}
