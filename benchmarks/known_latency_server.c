/* An OpenAI-compatible streaming server whose latency is known: the truth against which a load client is judged.
 *
 *   known_latency_server TTFT_US ITL_US TOKENS TOKENS_PER_CHUNK LOG
 *
 * Prints its port. Each request is answered with TOKENS tokens, the first after TTFT_US, the others ITL_US apart, TOKENS_PER_CHUNK in one
 * event. LOG gets one line a request when it has ended: received first last done, nanoseconds of CLOCK_MONOTONIC, taken beside the system
 * calls. One thread, one timer armed for the next due instant; no allocation after the start. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
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

enum { MOST = 4096, REQUEST = 65536 };

struct stream {
    int open, answering, length, sent;
    int64_t due, received, first;
    char request[REQUEST];
};

static struct stream streams[MOST];
static int active[MOST], count;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int chunk(char *out, const char *event) {
    return sprintf(out, "%zx\r\n%s\r\n", strlen(event), event);
}

static void send_all(int fd, const char *data, size_t n) {
    while (n) {
        ssize_t done = write(fd, data, n);
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
    char *length = strcasestr(s->request, "content-length:");
    return s->length >= body + 4 - s->request + (length ? atoi(length + 15) : 0);
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    const int64_t ttft = atoll(argv[1]) * 1000, itl = atoll(argv[2]) * 1000;
    const int tokens = atoi(argv[3]), per_chunk = atoi(argv[4]);
    FILE *log = fopen(argv[5], "w");
    signal(SIGPIPE, SIG_IGN);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (!log || bind(listener, (void *)&at, sizeof at) || listen(listener, MOST) || getsockname(listener, (void *)&at, &size)) return 1;
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);

    static char event[8192], end[2048], text[4096];
    const char *head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    const char *shape = "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                        "\"delta\":{\"content\":\"%s\"},\"finish_reason\":null}]}\n\n";
    char words[2048] = "";
    for (int i = 0; i < per_chunk; i++) strcat(words, " word");
    sprintf(text, shape, words);
    const int event_size = chunk(event, text);
    int end_size = chunk(end, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n");
    sprintf(text, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":%d}}\n\n", tokens);
    end_size += chunk(end + end_size, text);
    end_size += chunk(end + end_size, "data: [DONE]\n\n");
    end_size += sprintf(end + end_size, "0\r\n\r\n");

    int poll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event want = {.events = EPOLLIN, .data.fd = listener}, ready[512];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &want);
    want.data.fd = timer;
    epoll_ctl(poll, EPOLL_CTL_ADD, timer, &want);
    for (;;) {
        int n = epoll_wait(poll, ready, 512, -1);
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
            } else if (fd != timer) {
                struct stream *s = &streams[fd];
                ssize_t got = read(fd, s->request + s->length, REQUEST - 1 - s->length);
                if (got < 0 && errno == EAGAIN) continue;
                if (got <= 0) { close(fd); s->open = 0; continue; }
                s->length += got;
                if (!whole_request(s)) continue;
                s->received = now();
                s->due = s->received + ttft;
                s->length = s->sent = 0;
                if (!s->answering) active[count++] = fd;
                s->answering = 1;
                send_all(fd, head, strlen(head));
            } else {
                uint64_t ticks;
                if (read(timer, &ticks, sizeof ticks) < 0) continue;
            }
        }
        int64_t next = INT64_MAX;
        for (int i = 0; i < count; i++) {
            struct stream *s = &streams[active[i]];
            while (s->open && s->sent < tokens && s->due <= now()) {
                int64_t at_write = now();
                if (!s->sent) s->first = at_write;
                send_all(active[i], event, event_size);
                s->sent += per_chunk;
                s->due += itl * per_chunk;
                if (s->sent >= tokens) {
                    send_all(active[i], end, end_size);
                    fprintf(log, "%lld %lld %lld %lld\n", (long long)s->received, (long long)s->first, (long long)at_write, (long long)now());
                }
            }
            if (!s->open || s->sent >= tokens) {
                s->answering = 0;
                active[i--] = active[--count];
            } else if (s->due < next) next = s->due;
        }
        fflush(log);
        struct itimerspec arm = {.it_value = {0, 0}};
        if (next != INT64_MAX) arm.it_value = (struct timespec){next / 1000000000LL, next % 1000000000LL};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &arm, 0);
    }
}
