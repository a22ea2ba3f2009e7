/*
 * Latencies in nanoseconds, counted in buckets of at most 1.6 % width, so that a percentile needs no list of samples.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

/* 64 buckets for each power of two. */
#define BUCKET_BITS 6
#define BUCKETS (64 << BUCKET_BITS)

static inline uint32_t bucket_of(uint64_t nanoseconds) {
  if (nanoseconds < 1 << BUCKET_BITS) return (uint32_t)nanoseconds;
  uint32_t shift = (uint32_t)(63 - __builtin_clzll(nanoseconds)) - BUCKET_BITS;
  return ((shift + 1) << BUCKET_BITS) + (uint32_t)((nanoseconds >> shift) & ((1 << BUCKET_BITS) - 1));
}

/* The least latency that falls into the bucket. */
static inline uint64_t bucket_start(uint32_t bucket) {
  if (bucket < 1 << BUCKET_BITS) return bucket;
  uint32_t shift = (bucket >> BUCKET_BITS) - 1;
  return (uint64_t)((bucket & ((1 << BUCKET_BITS) - 1)) | 1 << BUCKET_BITS) << shift;
}

/* Microseconds below which `share` of the samples lie; 0 when there are none. */
static inline double percentile(const uint64_t *buckets, uint64_t samples, double share) {
  uint64_t wanted = (uint64_t)((double)samples * share), seen = 0;
  for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
    seen += buckets[bucket];
    if (seen > wanted) return (double)bucket_start(bucket) / 1000;
  }
  return 0;
}

#endif
