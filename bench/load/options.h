/*
 * What the load generator is asked to do. Filled in from the command line by options.c, read by everything else.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <netinet/in.h>
#include <stdint.h>

enum mode { MODE_REQUEST, MODE_FANOUT, MODE_IDLE };

/* A protocol frame as it goes on the wire, without the WebSocket frame around it. */
struct frame {
  uint8_t *bytes;
  uint32_t size;
};

/* The frames one connection sends before the load begins, each after the answer to the one before. */
struct prologue {
  struct frame *frames;
  uint32_t count;
};

struct options {
  enum mode mode;
  struct in_addr address;
  uint16_t port;
  const char *path;
  uint32_t connections;
  /* Request mode: requests in flight on each connection, and the frame they are copies of. */
  uint32_t in_flight;
  struct frame request;
  uint32_t first_sequence;
  /* Fan-out mode: connection 0 sends `ack` for every `ack_every` pushes it has received; 0 sends none. */
  struct frame ack;
  uint32_t ack_every;
  /* Fan-out mode: only frames with this message id count. */
  uint32_t push_id;
  uint32_t push_id_at;
  /* One list for all connections, or one for each. */
  struct prologue *prologues;
  uint32_t prologue_count;
  /* Where the sequence stands in what is sent and in what is answered: bytes from the frame's start, width, byte order. */
  uint32_t sequence_at;
  uint32_t answer_sequence_at;
  uint32_t sequence_width;
  int little_endian;
  /* Where an answer's error code, a big-endian u16, stands; -1 for frames without one. */
  int32_t error_at;
  /* The load begins when standard input has something to read, or ends; not as soon as all connections are open. */
  int begin_on_input;
  double warmup;
  double seconds;
  double stall;
};

/* Reads the command line. Prints what is wrong and exits with 2 when it makes no sense. */
void read_options(int count, char **words, struct options *options);

/* Prints `load: ` and the message to stderr, and exits. */
void fail(int code, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

#endif
