/*
 * Sockets and WebSocket framing of the load generator. Client frames carry a mask of zero: legal, and nothing to compute.
 */
#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Well below the 28,232 ports an address has. */
#define CONNECTIONS_PER_SOURCE 4000
#define RECEIVE_BYTES (256 * 1024)
#define LONGEST_CONTROL_FRAME 125
/* A protocol frame's most. */
#define LONGEST_HELD 65535

enum opcode { OPCODE_TEXT = 1, OPCODE_BINARY = 2, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

static uint8_t received[LONGEST_HELD + RECEIVE_BYTES];

static void watch(struct connection *connection, int epoll, int operation) {
  struct epoll_event event = {.events = EPOLLIN | (connection->wants_writable ? EPOLLOUT : 0), .data.ptr = connection};
  if (epoll_ctl(epoll, operation, connection->fd, &event) != 0) fail(1, "epoll_ctl: %s", strerror(errno));
}

static void set_wants_writable(struct connection *connection, int epoll, int wants) {
  if (connection->wants_writable == wants) return;
  connection->wants_writable = wants;
  watch(connection, epoll, EPOLL_CTL_MOD);
}

void start_connecting(struct connection *connection, const struct options *options, int epoll) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(1, "connection %u: socket: %s", connection->index, strerror(errno));
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  // Closing resets: ten thousand connections a round would otherwise leave their ports in TIME_WAIT for a minute.
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  struct sockaddr_in source = {.sin_family = AF_INET};
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + connection->index / CONNECTIONS_PER_SOURCE);
  if (bind(fd, (struct sockaddr *)&source, sizeof source) != 0)
    fail(1, "connection %u: bind: %s", connection->index, strerror(errno));
  struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons(options->port), .sin_addr = options->address};
  if (connect(fd, (struct sockaddr *)&target, sizeof target) != 0 && errno != EINPROGRESS)
    fail(1, "connection %u to port %u: %s", connection->index, options->port, strerror(errno));
  connection->fd = fd;
  connection->state = STATE_CONNECTING;
  connection->wants_writable = 1;
  watch(connection, epoll, EPOLL_CTL_ADD);
}

void send_upgrade(struct connection *connection, const struct options *options, int epoll) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) fail(1, "connection %u to port %u: %s", connection->index, options->port, strerror(error));
  const char *own = prologue_of(connection)->path;
  char request[1024];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: Z2F0ZXNtaXRoLWJlbmNoLg==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        own == NULL ? options->path : own, options->port);
  if (length >= (int)sizeof request) fail(2, "a path has more than %zu characters", sizeof request - 256);
  connection->state = STATE_UPGRADING;
  set_wants_writable(connection, epoll, 0);
  send_bytes(connection, (uint8_t *)request, (uint32_t)length, epoll);
}

static uint32_t put_head(uint8_t *target, enum opcode opcode, uint32_t size) {
  target[0] = (uint8_t)(0x80 | opcode);
  uint32_t at = 2;
  if (size < 126) target[1] = (uint8_t)(0x80 | size);
  else {
    target[1] = 0x80 | 126;
    target[2] = (uint8_t)(size >> 8);
    target[3] = (uint8_t)size;
    at = 4;
  }
  memset(target + at, 0, 4);
  return at + 4;
}

static enum opcode opcode_of(const struct options *options) {
  return options->framing == FRAMING_TEXT ? OPCODE_TEXT : OPCODE_BINARY;
}

uint32_t put_message(uint8_t *target, const struct options *options, const uint8_t *frame, uint32_t size) {
  uint32_t head = put_head(target, opcode_of(options), size);
  memcpy(target + head, frame, size);
  return head + size;
}

static void append(uint8_t **bytes, uint32_t *size, uint32_t *capacity, const uint8_t *more, uint32_t count) {
  if (*size + count > *capacity) {
    *capacity = *size + count;
    *bytes = realloc(*bytes, *capacity);
    if (*bytes == NULL) fail(1, "no memory for %u bytes", *capacity);
  }
  memcpy(*bytes + *size, more, count);
  *size += count;
}

void send_bytes(struct connection *connection, const uint8_t *bytes, uint32_t size, int epoll) {
  ssize_t sent = 0;
  if (connection->waiting_size == 0) {
    sent = send(connection->fd, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) fail(1, "connection %u: send: %s", connection->index, strerror(errno));
    if (sent < 0) sent = 0;
  }
  if ((uint32_t)sent == size) return;
  append(&connection->waiting, &connection->waiting_size, &connection->waiting_capacity, bytes + sent,
         size - (uint32_t)sent);
  set_wants_writable(connection, epoll, 1);
}

void send_waiting(struct connection *connection, int epoll) {
  ssize_t sent = send(connection->fd, connection->waiting, connection->waiting_size, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) fail(1, "connection %u: send: %s", connection->index, strerror(errno));
  if (sent <= 0) return;
  connection->waiting_size -= (uint32_t)sent;
  memmove(connection->waiting, connection->waiting + sent, connection->waiting_size);
  if (connection->waiting_size == 0) set_wants_writable(connection, epoll, 0);
}

/* Bytes of the answer to the upgrade, or 0 when its end has not arrived. */
static uint32_t cut_upgrade(struct connection *connection, const uint8_t *bytes, uint32_t size) {
  const uint8_t *end = memmem(bytes, size, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  if (size < 12 || memcmp(bytes + 8, " 101", 4) != 0)
    fail(1, "connection %u: the upgrade was refused: %.*s", connection->index, (int)(size < 60 ? size : 60), bytes);
  upgraded(connection);
  return (uint32_t)(end - bytes) + 4;
}

/* Handles a WebSocket frame's head, and all of a control frame. Returns its bytes, or 0 when they have not all arrived. */
static uint32_t cut_head(struct connection *connection, const struct options *options, const uint8_t *bytes, uint32_t size,
                         int epoll) {
  if (size < 2) return 0;
  uint32_t opcode = bytes[0] & 0x0f, length = bytes[1] & 0x7f;
  uint32_t head = length < 126 ? 2 : length == 126 ? 4 : 10;
  if (size < head) return 0;
  uint64_t payload = length;
  if (head > 2) {
    payload = 0;
    for (uint32_t at = 2; at < head; at++) payload = payload << 8 | bytes[at];
  }
  if (opcode == opcode_of(options) && bytes[0] & 0x80) {
    connection->payload_left = payload;
    return head;
  }
  if (opcode < 8 || payload > LONGEST_CONTROL_FRAME)
    fail(1, "connection %u: a WebSocket frame starting %02x %02x is not a whole message of the kind expected",
         connection->index, bytes[0], bytes[1]);
  if (size < head + payload) return 0;
  const uint8_t *body = bytes + head;
  if (opcode == OPCODE_CLOSE)
    fail(1, "connection %u was closed by the server with code %u: %.*s", connection->index,
         payload < 2 ? 1005 : body[0] << 8 | body[1], payload < 2 ? 0 : (int)payload - 2, body + 2);
  if (opcode == OPCODE_PING) {
    uint8_t pong[8 + LONGEST_CONTROL_FRAME];
    uint32_t start = put_head(pong, OPCODE_PONG, (uint32_t)payload);
    memcpy(pong + start, body, payload);
    send_bytes(connection, pong, start + (uint32_t)payload, epoll);
  }
  return head + (uint32_t)payload;
}

/* Hands over a message that is one frame. Returns its bytes, or 0 when they have not all arrived. */
static uint32_t cut_message(struct connection *connection, const uint8_t *bytes, uint32_t size) {
  uint32_t length = (uint32_t)connection->payload_left;
  if (connection->payload_left > LONGEST_HELD)
    fail(1, "connection %u: a message of %llu bytes", connection->index, (unsigned long long)connection->payload_left);
  if (size < length) return 0;
  connection->payload_left = 0;
  receive_frame(connection, bytes, length);
  return length;
}

/* Hands over one of a message's frames. Returns its bytes, or 0 when they have not all arrived. */
static uint32_t cut_frame(struct connection *connection, const uint8_t *bytes, uint32_t size) {
  if (connection->payload_left < 2) fail(1, "connection %u: a message ends inside a frame's length", connection->index);
  if (size < 2) return 0;
  uint32_t length = (uint32_t)(bytes[0] << 8 | bytes[1]);
  if (length < 2 || length > connection->payload_left)
    fail(1, "connection %u: a frame of %u bytes, where its message has %llu more", connection->index, length,
         (unsigned long long)connection->payload_left);
  if (size < length) return 0;
  connection->payload_left -= length;
  receive_frame(connection, bytes, length);
  return length;
}

void receive_bytes(struct connection *connection, const struct options *options, int epoll) {
  uint32_t start = connection->held_size;
  if (start > LONGEST_HELD) fail(1, "connection %u: %u bytes without an end", connection->index, start);
  if (start > 0) memcpy(received, connection->held, start);
  ssize_t count = recv(connection->fd, received + start, RECEIVE_BYTES, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0)
    fail(1, "connection %u was lost: %s", connection->index, count == 0 ? "the server closed it" : strerror(errno));
  uint32_t size = start + (uint32_t)count, at = 0, cut;
  while (at < size) {
    if (connection->state == STATE_UPGRADING) cut = cut_upgrade(connection, received + at, size - at);
    else if (connection->payload_left == 0) cut = cut_head(connection, options, received + at, size - at, epoll);
    else if (options->framing == FRAMING_LENGTH) cut = cut_frame(connection, received + at, size - at);
    else cut = cut_message(connection, received + at, size - at);
    if (cut == 0) break;
    at += cut;
  }
  connection->held_size = 0;
  if (at < size) append(&connection->held, &connection->held_size, &connection->held_capacity, received + at, size - at);
}
