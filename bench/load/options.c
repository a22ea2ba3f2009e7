/*
 * The load generator's command line. Every number has a bound: this program is a load for one's own loopback, nothing else.
 */
#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below the 20,000 descriptors a process commonly has. */
#define MOST_CONNECTIONS 18000
#define MOST_IN_FLIGHT 1024
#define MOST_SECONDS 600
#define LONGEST_FRAME 65535
#define MOST_PROLOGUE_FRAMES 16

static const char usage[] =
    "usage: load request|fanout|idle --port N --connections N [options]\n"
    "  --address A           where the server listens, within 127.0.0.0/8 (127.0.0.1)\n"
    "  --path P              path of the WebSocket upgrade (/)\n"
    "  --framing F           of a WebSocket message: length (frames that begin with a big-endian u16 counting them),\n"
    "                        message (one binary frame) or text (one frame of text) (length)\n"
    "  --prologue FILE       steps before the load, in hex, separated by commas; one line for all connections or one for each.\n"
    "                        `frame` is sent, and with the framing `length` its answer is awaited; after `frame>start` a frame\n"
    "                        that begins with `start` is. A line may begin with its connection's path and a space\n"
    "  --sequence-at N       offset of the sequence in a frame sent (2)\n"
    "  --answer-sequence-at N  offset of the sequence in a frame received (2)\n"
    "  --sequence-width N    bytes it has: 1, 2 or 4 (4), or up to 4 of a varint, up to 9 digits\n"
    "  --sequence-format F   big, little, varint (groups of 7 bits, lowest first) or decimal (big)\n"
    "  --error-at N          offset of an answer's error code, a big-endian u16; without it none is checked\n"
    "request:\n"
    "  --request HEX         the frame to send; only its sequence is changed\n"
    "  --in-flight N         requests in flight on each connection (1)\n"
    "  --answer HEX          what every answer is but for its sequence; without it, whatever has one\n"
    "  --first-sequence N    the first request's sequence on each connection (1)\n"
    "fanout:\n"
    "  --push-id N --push-id-at N  message id of the frames that count, and where it stands, a big-endian u16\n"
    "  --ack HEX --ack-every N     connection 0 sends this frame for every N pushes it has received\n"
    "request and fanout:\n"
    "  --seconds S --warmup S      measured time and the time before it (2, 1)\n"
    "  --begin ready|input         when all connections are open, or when standard input then has a word or ends (ready)\n"
    "  --stall S                   seconds without any progress after which the run has failed (5)\n";

void fail(int code, const char *format, ...) {
  va_list values;
  va_start(values, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
  exit(code);
}

static double number(const char *name, const char *text, double least, double most) {
  char *end;
  double value = strtod(text, &end);
  if (*text == '\0' || *end != '\0' || !(value >= least && value <= most))
    fail(2, "%s %s must be a number from %g to %g", name, text, least, most);
  return value;
}

static uint32_t whole(const char *name, const char *text, double least, double most) {
  double value = number(name, text, least, most);
  if (value != (double)(uint32_t)value) fail(2, "%s %s must be a whole number", name, text);
  return (uint32_t)value;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static struct frame hex_frame(const char *where, const char *text, size_t digits, size_t least) {
  if (digits < 2 * least || digits % 2 != 0 || digits / 2 > LONGEST_FRAME)
    fail(2, "%s: a frame of %zu hex digits is not %zu to %d whole bytes", where, digits, least, LONGEST_FRAME);
  struct frame frame = {malloc(digits / 2), (uint32_t)(digits / 2)};
  for (uint32_t at = 0; at < frame.size; at++) {
    int high = hex_digit(text[2 * at]), low = hex_digit(text[2 * at + 1]);
    if (high < 0 || low < 0) fail(2, "%s: '%.2s' is not a byte in hex", where, text + 2 * at);
    frame.bytes[at] = (uint8_t)(high << 4 | low);
  }
  return frame;
}

static struct step read_step(const char *file, const char *text, size_t size) {
  struct step step = {0};
  const char *mark = memchr(text, '>', size);
  size_t digits = mark == NULL ? size : (size_t)(mark - text);
  if (mark != NULL) step.expected = hex_frame(file, mark + 1, size - digits - 1, 1);
  if (mark == NULL || digits > 0) step.send = hex_frame(file, text, digits, 1);
  return step;
}

static struct prologue read_prologue(const char *file, const char *line, size_t size) {
  struct prologue prologue = {NULL, calloc(MOST_PROLOGUE_FRAMES, sizeof(struct step)), 0};
  const char *blank = memchr(line, ' ', size);
  if (*line == '/' && blank != NULL) {
    prologue.path = strndup(line, (size_t)(blank - line));
    size -= (size_t)(blank + 1 - line);
    line = blank + 1;
  }
  while (size > 0) {
    const char *comma = memchr(line, ',', size);
    size_t length = comma == NULL ? size : (size_t)(comma - line);
    if (prologue.count == MOST_PROLOGUE_FRAMES)
      fail(2, "%s: a line has more than %d frames", file, MOST_PROLOGUE_FRAMES);
    prologue.steps[prologue.count++] = read_step(file, line, length);
    size -= comma == NULL ? length : length + 1;
    line += length + 1;
  }
  return prologue;
}

static void read_prologues(const char *file, struct options *options) {
  FILE *stream = fopen(file, "r");
  if (stream == NULL) fail(2, "--prologue %s cannot be read: %s", file, strerror(errno));
  options->prologues = calloc(MOST_CONNECTIONS, sizeof(struct prologue));
  char *line = NULL;
  size_t capacity = 0;
  ssize_t size;
  while ((size = getline(&line, &capacity, stream)) > 0) {
    if (line[size - 1] == '\n') size--;
    if (options->prologue_count == MOST_CONNECTIONS) fail(2, "%s has more than %d lines", file, MOST_CONNECTIONS);
    options->prologues[options->prologue_count++] = read_prologue(file, line, (size_t)size);
  }
  free(line);
  fclose(stream);
}

static enum mode read_mode(const char *word) {
  if (strcmp(word, "request") == 0) return MODE_REQUEST;
  if (strcmp(word, "fanout") == 0) return MODE_FANOUT;
  if (strcmp(word, "idle") == 0) return MODE_IDLE;
  fail(2, "mode '%s' must be request, fanout or idle", word);
}

static enum framing read_framing(const char *word) {
  if (strcmp(word, "length") == 0) return FRAMING_LENGTH;
  if (strcmp(word, "message") == 0) return FRAMING_MESSAGE;
  if (strcmp(word, "text") == 0) return FRAMING_TEXT;
  fail(2, "--framing %s must be length, message or text", word);
}

static enum sequence_format read_sequence_format(const char *word) {
  if (strcmp(word, "big") == 0) return SEQUENCE_BIG;
  if (strcmp(word, "little") == 0) return SEQUENCE_LITTLE;
  if (strcmp(word, "varint") == 0) return SEQUENCE_VARINT;
  if (strcmp(word, "decimal") == 0) return SEQUENCE_DECIMAL;
  fail(2, "--sequence-format %s must be big, little, varint or decimal", word);
}

static void read_option(const char *name, const char *value, struct options *options) {
#define IS(text) (strcmp(name, text) == 0)
  if (IS("--address")) {
    if (inet_pton(AF_INET, value, &options->address) != 1 || ntohl(options->address.s_addr) >> 24 != 127)
      fail(2, "--address %s must be within 127.0.0.0/8: load is for one's own machine", value);
  } else if (IS("--port")) options->port = (uint16_t)whole(name, value, 1, 65535);
  else if (IS("--path")) options->path = value;
  else if (IS("--connections")) options->connections = whole(name, value, 1, MOST_CONNECTIONS);
  else if (IS("--prologue")) read_prologues(value, options);
  else if (IS("--sequence-at")) options->sequence_at = whole(name, value, 0, LONGEST_FRAME);
  else if (IS("--answer-sequence-at")) options->answer_sequence_at = whole(name, value, 0, LONGEST_FRAME);
  else if (IS("--sequence-width")) options->sequence_width = whole(name, value, 1, 9);
  else if (IS("--sequence-format")) options->sequence_format = read_sequence_format(value);
  else if (IS("--framing")) options->framing = read_framing(value);
  else if (IS("--answer")) options->answer = hex_frame(name, value, strlen(value), 1);
  else if (IS("--error-at")) options->error_at = (int32_t)whole(name, value, 0, LONGEST_FRAME);
  else if (IS("--request")) options->request = hex_frame(name, value, strlen(value), 2);
  else if (IS("--in-flight")) options->in_flight = whole(name, value, 1, MOST_IN_FLIGHT);
  else if (IS("--first-sequence")) options->first_sequence = whole(name, value, 0, 4294967295.0);
  else if (IS("--push-id")) options->push_id = whole(name, value, 0, 65535);
  else if (IS("--push-id-at")) options->push_id_at = whole(name, value, 0, LONGEST_FRAME);
  else if (IS("--ack")) options->ack = hex_frame(name, value, strlen(value), 2);
  else if (IS("--ack-every")) options->ack_every = whole(name, value, 1, 1e6);
  else if (IS("--begin")) {
    options->begin_on_input = strcmp(value, "input") == 0;
    if (!options->begin_on_input && strcmp(value, "ready") != 0) fail(2, "--begin %s must be ready or input", value);
  }
  else if (IS("--seconds")) options->seconds = number(name, value, 0.01, MOST_SECONDS);
  else if (IS("--warmup")) options->warmup = number(name, value, 0, MOST_SECONDS);
  else if (IS("--stall")) options->stall = number(name, value, 0.1, MOST_SECONDS);
  else fail(2, "unknown option %s\n%s", name, usage);
#undef IS
}

static void check_frame(const char *name, const struct frame *frame, const struct options *options) {
  if (frame->bytes == NULL) fail(2, "%s is missing\n%s", name, usage);
  if (frame->size < options->sequence_at + options->sequence_width)
    fail(2, "%s has %u bytes: no room for a sequence of %u at %u", name, frame->size, options->sequence_width,
         options->sequence_at);
}

void read_options(int count, char **words, struct options *options) {
  if (count < 2) fail(2, "no mode given\n%s", usage);
  *options = (struct options){
      .mode = read_mode(words[1]),
      .path = "/",
      .in_flight = 1,
      .first_sequence = 1,
      .sequence_at = 2,
      .answer_sequence_at = 2,
      .sequence_width = 4,
      .error_at = -1,
      .warmup = 1,
      .seconds = 2,
      .stall = 5,
  };
  options->address.s_addr = htonl(INADDR_LOOPBACK);
  for (int at = 2; at < count; at += 2) {
    if (at + 1 == count) fail(2, "option %s has no value\n%s", words[at], usage);
    read_option(words[at], words[at + 1], options);
  }
  if (options->port == 0 || options->connections == 0) fail(2, "--port and --connections are needed\n%s", usage);
  if (options->sequence_format <= SEQUENCE_LITTLE && (options->sequence_width == 3 || options->sequence_width > 4))
    fail(2, "--sequence-width %u must be 1, 2 or 4", options->sequence_width);
  if (options->sequence_format == SEQUENCE_VARINT && options->sequence_width > 4)
    fail(2, "--sequence-width %u must be a number from 1 to 4", options->sequence_width);
  if (options->mode == MODE_REQUEST) check_frame("--request", &options->request, options);
  if (options->ack_every > 0) check_frame("--ack", &options->ack, options);
  if (options->prologue_count > 1 && options->prologue_count < options->connections)
    fail(2, "--prologue has %u lines for %u connections: one for all, or one for each", options->prologue_count,
         options->connections);
  if (options->answer.bytes != NULL && options->answer.size < options->answer_sequence_at + options->sequence_width)
    fail(2, "--answer has %u bytes: no room for a sequence of %u at %u", options->answer.size, options->sequence_width,
         options->answer_sequence_at);
  for (uint32_t line = 0; line < options->prologue_count; line++) {
    for (uint32_t at = 0; at < options->prologues[line].count; at++) {
      struct step *step = &options->prologues[line].steps[at];
      step->has_sequence = options->framing == FRAMING_LENGTH && step->expected.size == 0;
      if (step->has_sequence) check_frame("a frame of --prologue", &step->send, options);
    }
  }
}
