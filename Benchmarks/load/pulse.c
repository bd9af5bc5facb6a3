// Makes HTTP requests by many connections, at a fixed rate or as quickly as they are answered.
//
//   pulse PORT CONNECTIONS RATE SECONDS COUNT FILE
//
// RATE is in requests a second. With one, request number i is due i / RATE seconds after the start whatever became of the others ("open
// loop"), for SECONDS; a request that finds no free connection waits, and its latency counts from when it was due. What could not be sent
// within SECONDS is not sent any more. With a RATE of 0 each connection sends its next request once the last is answered, until COUNT are,
// or for SECONDS when COUNT is 0. FILE holds whole requests, each ended by a zero byte; they are sent in turn. The first line of the output
// is the start in microseconds since 1970. A line for each answer follows: when it was due in microseconds since the start, the latency in
// microseconds, the status (0: the connection broke, or 15 s passed without an answer), and Retry-After in seconds (-1: none was named).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { room = 64 * 1024 };

typedef struct {
    const char *text;
    size_t size;
} Request;

typedef struct {
    int descriptor;
    long long due;
    size_t filled;
    char answer[room + 1];
} Connection;

static Request *requests;
static size_t requestCount;
static struct sockaddr_in server;
static int poller;
static long long start, begun, ended;

static void stop(const char *what) {
    fprintf(stderr, "pulse: %s: %s\n", what, strerror(errno));
    exit(1);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void readRequests(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) stop(path);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    if (!text || fread(text, 1, size, file) != size) stop(path);
    fclose(file);
    for (char *next = text; next < text + size; next += strlen(next) + 1) requestCount++;
    requests = calloc(requestCount, sizeof *requests);
    size_t index = 0;
    for (char *next = text; next < text + size; next += strlen(next) + 1) requests[index++] = (Request){next, strlen(next)};
}

static void connectTo(Connection *connection) {
    connection->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->descriptor < 0) stop("socket");
    int on = 1;
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection->descriptor, (struct sockaddr *)&server, sizeof server)) stop("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->descriptor, &event)) stop("epoll_ctl");
}

static void answered(Connection *connection, int status, int retryAfter) {
    printf("%lld %lld %d %d\n", (connection->due - start) / 1000, (now() - connection->due) / 1000, status, retryAfter);
    connection->due = -1;
    ended++;
}

static void reconnect(Connection *connection) {
    close(connection->descriptor);
    connectTo(connection);
}

// Requests are far smaller than a socket's buffer, so that one send takes each.
static void request(Connection *connection, long long due) {
    Request next = requests[begun++ % (long long)requestCount];
    connection->due = due;
    connection->filled = 0;
    if (send(connection->descriptor, next.text, next.size, MSG_NOSIGNAL) != (ssize_t)next.size) {
        answered(connection, 0, -1);
        reconnect(connection);
    }
}

static const char *header(const char *head, const char *end, const char *name) {
    size_t size = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line < end; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, size)) return line + 2 + size;
    return NULL;
}

static int isWhole(const Connection *connection, const char *end) {
    const char *length = header(connection->answer, end, "content-length:");
    if (length) return connection->filled >= (size_t)(end - connection->answer) + 4 + strtoul(length, NULL, 10);
    if (header(connection->answer, end, "transfer-encoding:")) return strstr(end, "\r\n0\r\n\r\n") != NULL;
    return 1;
}

static void receive(Connection *connection) {
    ssize_t size = recv(connection->descriptor, connection->answer + connection->filled, room - connection->filled, 0);
    if (size <= 0) {
        if (connection->due >= 0) answered(connection, 0, -1);
        reconnect(connection);
        return;
    }
    connection->filled += (size_t)size;
    connection->answer[connection->filled] = 0;
    const char *end = strstr(connection->answer, "\r\n\r\n");
    if (!end || !isWhole(connection, end) || connection->due < 0) return;
    const char *retry = header(connection->answer, end, "retry-after:");
    const char *closing = header(connection->answer, end, "connection: close");
    answered(connection, atoi(connection->answer + 9), retry ? atoi(retry) : -1);
    if (closing) reconnect(connection);
}

int main(int argumentCount, char **arguments) {
    if (argumentCount != 7) {
        fputs("usage: pulse PORT CONNECTIONS RATE SECONDS COUNT FILE\n", stderr);
        return 2;
    }
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connectionCount = atoi(arguments[2]);
    double rate = atof(arguments[3]);
    long long seconds = (long long)(atof(arguments[4]) * 1e9), count = atoll(arguments[5]), patience = 15000000000LL;
    long long wanted = rate > 0 ? (long long)(rate * (double)seconds / 1e9) : count > 0 ? count : -1;
    readRequests(arguments[6]);
    poller = epoll_create1(0);
    Connection *connections = calloc((size_t)connectionCount, sizeof *connections);
    int *idle = malloc((size_t)connectionCount * sizeof *idle), idleCount = 0;
    for (int i = 0; i < connectionCount; i++) {
        connections[i].due = -1;
        connectTo(&connections[i]);
        idle[idleCount++] = i;
    }
    struct epoll_event *events = malloc((size_t)connectionCount * sizeof *events);
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    start = now();
    printf("%lld\n", wall.tv_sec * 1000000LL + wall.tv_nsec / 1000);
    int isTimed = rate > 0 || wanted < 0;
    while (1) {
        long long time = now(), wake = start + seconds + patience;
        int isOver = (wanted >= 0 && begun >= wanted) || (isTimed && time >= start + seconds);
        if (isOver && ended == begun) break;
        while (!isOver && idleCount > 0 && (wanted < 0 || begun < wanted)) {
            long long due = rate > 0 ? start + (long long)(1e9 * (double)begun / rate) : (time = now());
            if (due > time) {
                wake = due;
                break;
            }
            Connection *connection = &connections[idle[--idleCount]];
            request(connection, due);
            if (connection->due < 0) idle[idleCount++] = (int)(connection - connections);
        }
        if (isTimed && !isOver && wake > start + seconds) wake = start + seconds;
        if (isTimed && time >= start + seconds + patience) {
            for (int i = 0; i < connectionCount; i++)
                if (connections[i].due >= 0) answered(&connections[i], 0, -1);
            break;
        }
        long long wait = wake - now();
        if (wait < 0) wait = 0;
        struct timespec interval = {wait / 1000000000, wait % 1000000000};
        int ready = epoll_pwait2(poller, events, connectionCount, isTimed ? &interval : NULL, NULL);
        if (ready < 0 && errno != EINTR) stop("epoll_pwait2");
        for (int i = 0; i < ready; i++) {
            Connection *connection = events[i].data.ptr;
            int wasBusy = connection->due >= 0;
            receive(connection);
            if (wasBusy && connection->due < 0) idle[idleCount++] = (int)(connection - connections);
        }
    }
    return 0;
}
