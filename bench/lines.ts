/** What the suites send: one chat line that is 64 bytes as a protobuf body; the same up, down and pushed. */

export const LINE_BYTES = 64;

/** `target` takes 3 bytes, `text` 54, `sentAt` 7. */
export const line = {
  target: "*",
  text: "a line that somebody says to all the others in here.",
  sentAt: Date.UTC(2026, 0, 1),
};
