/*
 * One WebSocket client connection, and how its bytes become protocol frames: a WebSocket message is one of them, or holds several
 * end to end, each of which starts with a big-endian u16 that counts the whole frame.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "options.h"

enum state { STATE_CONNECTING, STATE_UPGRADING, STATE_PROLOGUE, STATE_OPEN };

/* When the request with this sequence left; 0 nanoseconds once it is answered. */
struct departure {
  uint32_t sequence;
  uint64_t nanoseconds;
};

struct connection {
  int fd;
  uint32_t index;
  enum state state;
  uint32_t prologue_at;
  uint32_t next_sequence;
  /* What is still to come of the WebSocket message being received. */
  uint64_t payload_left;
  /* The beginning of something whose rest has not arrived. */
  uint8_t *held;
  uint32_t held_size;
  uint32_t held_capacity;
  /* What the socket did not take yet. */
  uint8_t *waiting;
  uint32_t waiting_size;
  uint32_t waiting_capacity;
  int wants_writable;
  /* Request mode: a ring over the sequence. */
  struct departure *departures;
  /* Fan-out mode. */
  uint32_t last_push;
  uint32_t unacknowledged;
  uint64_t delivered;
};

/* Starts connecting. Sources are spread over 127.0.0.0/8, so that ports do not run out. */
void start_connecting(struct connection *connection, const struct options *options, int epoll);

/* Sends the WebSocket upgrade. */
void send_upgrade(struct connection *connection, const struct options *options, int epoll);

/* Writes a client's WebSocket frame around `frame` to `target`, which has room for 8 bytes more. Returns the bytes written. */
uint32_t put_message(uint8_t *target, const struct options *options, const uint8_t *frame, uint32_t size);

/* Sends everything, at once where the socket takes it. */
void send_bytes(struct connection *connection, const uint8_t *bytes, uint32_t size, int epoll);

/* The socket takes bytes again. */
void send_waiting(struct connection *connection, int epoll);

/* Reads what is there, and calls `receive_frame` for each whole protocol frame. */
void receive_bytes(struct connection *connection, const struct options *options, int epoll);

/* Given by load.c: what a connection does before the load; the upgrade was accepted; a whole protocol frame was received. */
const struct prologue *prologue_of(const struct connection *connection);
void upgraded(struct connection *connection);
void receive_frame(struct connection *connection, const uint8_t *frame, uint32_t size);

#endif
