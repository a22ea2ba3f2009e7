/*
 * What the load generator is asked to do. Filled in from the command line by options.c, read by everything else.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <netinet/in.h>
#include <stdint.h>

enum mode { MODE_REQUEST, MODE_FANOUT, MODE_IDLE };

/* What a WebSocket message holds: frames that each start with a big-endian u16 counting them whole, or one frame, binary or text. */
enum framing { FRAMING_LENGTH, FRAMING_MESSAGE, FRAMING_TEXT };

/* How a sequence is written: all bytes of its width, groups of seven bits with the lowest first, or digits. */
enum sequence_format { SEQUENCE_BIG, SEQUENCE_LITTLE, SEQUENCE_VARINT, SEQUENCE_DECIMAL };

/* A protocol frame as it goes on the wire, without the WebSocket frame around it. */
struct frame {
  uint8_t *bytes;
  uint32_t size;
};

/* A frame to send, unless it is empty; and how the frame begins that has to arrive before the next step. */
struct step {
  struct frame send;
  struct frame expected;
  /* Without an expected frame: the next step comes after the answer with the same sequence, or at once. */
  int has_sequence;
};

/* What one connection does before the load begins. */
struct prologue {
  /* Of its upgrade; NULL for the path of all. */
  char *path;
  struct step *steps;
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
  /* Where the sequence stands in what is sent and in what is answered: bytes from the frame's start, width, format. */
  uint32_t sequence_at;
  uint32_t answer_sequence_at;
  uint32_t sequence_width;
  enum sequence_format sequence_format;
  enum framing framing;
  /* Request mode: what every answer is but for its sequence; empty for whatever it may be. */
  struct frame answer;
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
