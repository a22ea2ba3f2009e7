/** How many frames may wait on a link beside how many bytes: what takes them up pays by the frame, however small they are. */

/** As many as are all that may wait when each has this: 65,536 of the 16 MB that `linkBytes` is unless configured. */
const BYTES_A_FRAME = 256;

export const framesWithin = (linkBytes: number): number => Math.ceil(linkBytes / BYTES_A_FRAME);
