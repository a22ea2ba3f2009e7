/*
 * The load generator: opens WebSocket connections to this machine's own loopback, keeps requests in flight on them or receives
 * pushes, and prints what came back as JSON lines: {"event":"ready"}, {"event":"measuring"}, {"event":"result",...}.
 * One thread, epoll, pre-encoded frames, one write per refill: it must not be what is measured, and prints its own CPU share.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "connection.h"
#include "histogram.h"

/* Connections being opened at once: below a listener's usual backlog. */
#define MOST_OPENING 128
#define MOST_EVENTS 256
#define IDLE_SECONDS 600
#define SECOND 1000000000ULL

static struct options options;
static struct connection *connections;
static int epoll;
static uint32_t started, opened;
/* All connections are open, and nothing has to happen before somebody says so. */
static int holding;
/* Of the event being handled. */
static uint64_t now;
/* Answers that the connection being read has got since its last refill. */
static uint32_t to_refill;
/* Request mode: the WebSocket message that every request is a copy of. */
static uint8_t *message;
static uint32_t message_size, message_sequence_at;
static uint8_t *refill;
static uint32_t ring_mask, least_sequence, most_sequence;

/* Counted since the measured window began, except `progress`. */
static uint64_t answered, errors, progress;
static uint32_t first_error;
static uint64_t latencies[BUCKETS];

static uint64_t clock_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static uint64_t cpu_time(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * SECOND +
         ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000;
}

static uint32_t get_sequence(const uint8_t *at) {
  uint32_t value = 0, width = options.sequence_width;
  for (uint32_t byte = 0; byte < width; byte++) switch (options.sequence_format) {
    case SEQUENCE_BIG: value = value << 8 | at[byte]; break;
    case SEQUENCE_LITTLE: value = value << 8 | at[width - 1 - byte]; break;
    case SEQUENCE_VARINT: value = value << 7 | (at[width - 1 - byte] & 0x7f); break;
    case SEQUENCE_DECIMAL: value = value * 10 + at[byte] - '0'; break;
  }
  return value;
}

static void put_sequence(uint8_t *at, uint32_t value) {
  uint32_t last = options.sequence_width - 1;
  for (uint32_t byte = 0; byte <= last; byte++) switch (options.sequence_format) {
    case SEQUENCE_BIG: at[last - byte] = (uint8_t)value, value >>= 8; break;
    case SEQUENCE_LITTLE: at[byte] = (uint8_t)value, value >>= 8; break;
    case SEQUENCE_VARINT: at[byte] = (uint8_t)((value & 0x7f) | (byte < last ? 0x80 : 0)), value >>= 7; break;
    case SEQUENCE_DECIMAL: at[last - byte] = (uint8_t)('0' + value % 10), value /= 10; break;
  }
}

/* Every sequence has the whole width, so that a frame's size never changes; 0 is nobody's. */
static void bound_sequences(void) {
  uint64_t least = 1, past = 1;
  enum sequence_format format = options.sequence_format;
  uint32_t base = format == SEQUENCE_VARINT ? 128 : format == SEQUENCE_DECIMAL ? 10 : 256;
  for (uint32_t byte = 0; byte < options.sequence_width; byte++) {
    if (base != 256) least = past;
    past *= base;
  }
  least_sequence = (uint32_t)least;
  most_sequence = (uint32_t)(past - 1);
}

static uint32_t sequence_after(uint32_t sequence) {
  return sequence >= most_sequence || sequence < least_sequence ? least_sequence : sequence + 1;
}

static uint32_t take_sequence(struct connection *connection) {
  uint32_t sequence = connection->next_sequence;
  if (sequence < least_sequence || sequence > most_sequence) sequence = least_sequence;
  connection->next_sequence = sequence_after(sequence);
  return sequence;
}

static void start_next(void) {
  if (started == options.connections) return;
  struct connection *connection = &connections[started];
  connection->index = started++;
  connection->next_sequence = options.first_sequence;
  if (options.mode == MODE_REQUEST) connection->departures = calloc(ring_mask + 1, sizeof(struct departure));
  start_connecting(connection, &options, epoll);
}

const struct prologue *prologue_of(const struct connection *connection) {
  static const struct prologue none;
  if (options.prologue_count == 0) return &none;
  return &options.prologues[options.prologue_count == 1 ? 0 : connection->index];
}

/* Takes the next steps of the prologue, up to one that waits; behind the last one the connection is open. */
static void advance_prologue(struct connection *connection) {
  const struct prologue *prologue = prologue_of(connection);
  progress++;
  for (; connection->prologue_at < prologue->count; connection->prologue_at++) {
    const struct step *step = &prologue->steps[connection->prologue_at];
    if (step->send.size > 0) {
      uint8_t bytes[step->send.size + 8];
      send_bytes(connection, bytes, put_message(bytes, &options, step->send.bytes, step->send.size), epoll);
    }
    if (step->has_sequence || step->expected.size > 0) return;
  }
  connection->state = STATE_OPEN;
  opened++;
  start_next();
}

void upgraded(struct connection *connection) {
  connection->state = STATE_PROLOGUE;
  advance_prologue(connection);
}

static uint32_t error_of(const struct connection *connection, const uint8_t *frame, uint32_t size) {
  if (options.error_at < 0) return 0;
  if (size < (uint32_t)options.error_at + 2)
    fail(1, "connection %u: an answer of %u bytes has no error code at %d", connection->index, size, options.error_at);
  return (uint32_t)(frame[options.error_at] << 8 | frame[options.error_at + 1]);
}

static int is_push(const uint8_t *frame, uint32_t size) {
  return options.mode == MODE_FANOUT && size >= options.push_id_at + 2 &&
         (uint32_t)(frame[options.push_id_at] << 8 | frame[options.push_id_at + 1]) == options.push_id;
}

static void count_error(uint32_t code) {
  if (errors++ == 0) first_error = code;
}

static int is_expected(const uint8_t *frame, uint32_t size) {
  const uint32_t at = options.answer_sequence_at, behind = at + options.sequence_width;
  return size == options.answer.size && memcmp(frame, options.answer.bytes, at) == 0 &&
         memcmp(frame + behind, options.answer.bytes + behind, size - behind) == 0;
}

static void receive_answer(struct connection *connection, const uint8_t *frame, uint32_t size) {
  uint32_t sequence = get_sequence(frame + options.answer_sequence_at);
  struct departure *departure = &connection->departures[sequence & ring_mask];
  if (departure->nanoseconds == 0 || departure->sequence != sequence)
    fail(1, "connection %u: a frame answers sequence %u, which is not in flight", connection->index, sequence);
  latencies[bucket_of(now - departure->nanoseconds)]++;
  departure->nanoseconds = 0;
  uint32_t error = error_of(connection, frame, size);
  if (error != 0) count_error(error);
  else if (options.answer.size > 0 && !is_expected(frame, size)) count_error(0);
  answered++;
  progress++;
  to_refill++;
}

static void receive_push(struct connection *connection, const uint8_t *frame) {
  uint32_t sequence = get_sequence(frame + options.answer_sequence_at);
  if (connection->last_push != 0 && sequence != sequence_after(connection->last_push)) count_error(0);
  connection->last_push = sequence;
  connection->unacknowledged++;
  connection->delivered++;
  answered++;
  progress++;
}

void receive_frame(struct connection *connection, const uint8_t *frame, uint32_t size) {
  if (is_push(frame, size)) {
    receive_push(connection, frame);
    return;
  }
  const struct step *step = NULL;
  if (connection->state == STATE_PROLOGUE) step = &prologue_of(connection)->steps[connection->prologue_at];
  if (step != NULL && !step->has_sequence) {
    if (size < step->expected.size || memcmp(frame, step->expected.bytes, step->expected.size) != 0) return;
    connection->prologue_at++;
    advance_prologue(connection);
    return;
  }
  if (size < options.answer_sequence_at + options.sequence_width)
    fail(1, "connection %u: a frame of %u bytes has no sequence", connection->index, size);
  if (step != NULL) {
    if (get_sequence(frame + options.answer_sequence_at) != get_sequence(step->send.bytes + options.sequence_at)) return;
    uint32_t error = error_of(connection, frame, size);
    if (error != 0)
      fail(1, "connection %u: frame %u of the prologue was answered with error code %u", connection->index,
           connection->prologue_at + 1, error);
    connection->prologue_at++;
    advance_prologue(connection);
  } else if (options.mode == MODE_REQUEST) receive_answer(connection, frame, size);
}

/* Puts `count` more requests in flight, with one write. */
static void send_requests(struct connection *connection, uint32_t count) {
  uint64_t departs = clock_now();
  for (uint32_t at = 0; at < count; at++) {
    uint8_t *target = refill + at * message_size;
    uint32_t sequence = take_sequence(connection);
    memcpy(target, message, message_size);
    put_sequence(target + message_sequence_at, sequence);
    connection->departures[sequence & ring_mask] = (struct departure){sequence, departs};
  }
  send_bytes(connection, refill, count * message_size, epoll);
}

static void send_acks(struct connection *connection) {
  while (connection->unacknowledged >= options.ack_every) {
    connection->unacknowledged -= options.ack_every;
    put_sequence(options.ack.bytes + options.sequence_at, take_sequence(connection));
    uint8_t bytes[options.ack.size + 8];
    send_bytes(connection, bytes, put_message(bytes, &options, options.ack.bytes, options.ack.size), epoll);
  }
}

static void handle(struct connection *connection, uint32_t events) {
  now = clock_now();
  if (events & EPOLLOUT) {
    if (connection->state == STATE_CONNECTING) send_upgrade(connection, &options, epoll);
    else if (connection->waiting_size > 0) send_waiting(connection, epoll);
  }
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || connection->state == STATE_CONNECTING) return;
  to_refill = 0;
  receive_bytes(connection, &options, epoll);
  if (to_refill > 0) send_requests(connection, to_refill);
  if (options.ack_every > 0 && connection->index == 0) send_acks(connection);
}

/* Handles what has arrived, waiting for it if need be. Fails when nothing at all has happened for too long. */
static void turn(int milliseconds) {
  static uint64_t progress_before, progress_at;
  struct epoll_event events[MOST_EVENTS];
  int count = epoll_wait(epoll, events, MOST_EVENTS, milliseconds);
  if (count < 0 && errno != EINTR) fail(1, "epoll_wait: %s", strerror(errno));
  for (int at = 0; at < count; at++) handle(events[at].data.ptr, events[at].events);
  now = clock_now();
  if (progress != progress_before || progress_at == 0) {
    progress_before = progress;
    progress_at = now;
  } else if ((double)(now - progress_at) > options.stall * SECOND && !holding) {
    fail(1, "stalled: nothing arrived for %g seconds, with %u of %u connections open and %llu frames received",
         options.stall, opened, options.connections, (unsigned long long)answered);
  }
}

static void turn_until(uint64_t end) {
  while (now < end) turn(10);
}

/* Holds the connections until whoever started this program writes to its standard input, or closes it. */
static void hold(void) {
  uint64_t end = clock_now() + IDLE_SECONDS * SECOND;
  holding = 1;
  char ignored[64];
  while (clock_now() < end) {
    turn(20);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&input, 1, 0) > 0 && read(STDIN_FILENO, ignored, sizeof ignored) >= 0) {
      holding = 0;
      return;
    }
  }
  fail(1, "held %u connections for %d seconds, and nobody said a word", opened, IDLE_SECONDS);
}

static void prepare_requests(void) {
  message = malloc(options.request.size + 8);
  message_size = put_message(message, &options, options.request.bytes, options.request.size);
  message_sequence_at = message_size - options.request.size + options.sequence_at;
  refill = malloc((size_t)options.in_flight * message_size);
  // Twice what is in flight: an answer out of order must not find its place taken.
  for (ring_mask = 1; ring_mask < 2 * options.in_flight - 1; ring_mask = ring_mask << 1 | 1) continue;
}

static void print_result(uint64_t wall, uint64_t cpu, double opening) {
  double seconds = (double)wall / SECOND;
  uint64_t least = UINT64_MAX, most = 0;
  for (uint32_t at = 0; at < options.connections; at++) {
    if (connections[at].delivered < least) least = connections[at].delivered;
    if (connections[at].delivered > most) most = connections[at].delivered;
  }
  printf("{\"event\":\"result\",\"connections\":%u,\"inFlight\":%u,\"seconds\":%.4f,\"answered\":%llu,\"perSecond\":%.1f,"
         "\"errors\":%llu,\"firstError\":%u,\"p50\":%.1f,\"p99\":%.1f,\"cpu\":%.3f,\"openingSeconds\":%.3f,"
         "\"leastDelivered\":%llu,\"mostDelivered\":%llu}\n",
         opened, options.in_flight, seconds, (unsigned long long)answered, (double)answered / seconds,
         (unsigned long long)errors, first_error, percentile(latencies, answered, 0.5),
         percentile(latencies, answered, 0.99), (double)cpu / (double)wall, opening, (unsigned long long)least,
         (unsigned long long)most);
}

/* Warms up, then measures. */
static void measure(double opening) {
  if (options.mode == MODE_REQUEST)
    for (uint32_t at = 0; at < opened; at++) send_requests(&connections[at], options.in_flight);
  now = clock_now();
  turn_until(now + (uint64_t)(options.warmup * SECOND));
  puts("{\"event\":\"measuring\"}");
  answered = errors = 0;
  memset(latencies, 0, sizeof latencies);
  for (uint32_t at = 0; at < opened; at++) connections[at].delivered = 0;
  uint64_t began = clock_now(), cpu_began = cpu_time();
  turn_until(began + (uint64_t)(options.seconds * SECOND));
  print_result(now - began, cpu_time() - cpu_began, opening);
}

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  read_options(count, words, &options);
  bound_sequences();
  if (options.mode == MODE_REQUEST) prepare_requests();
  connections = calloc(options.connections, sizeof(struct connection));
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (connections == NULL || epoll < 0) fail(1, "cannot start: %s", strerror(errno));
  uint64_t began = clock_now();
  while (started < options.connections && started < MOST_OPENING) start_next();
  while (opened < options.connections) turn(10);
  double opening = (double)(clock_now() - began) / SECOND;
  printf("{\"event\":\"ready\",\"connections\":%u,\"openingSeconds\":%.3f}\n", opened, opening);
  if (options.mode == MODE_IDLE || options.begin_on_input) hold();
  if (options.mode != MODE_IDLE) measure(opening);
  return 0;
}
