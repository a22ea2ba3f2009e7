/** The string methods of Node's Buffer, which a slab's bytes have there: several times faster than what browsers offer. */

export interface NativeText {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  utf8Write(text: string, at: number, length: number): number;
}

/** Whether a slab's bytes have them. */
export const hasNativeText: boolean = (() => {
  const prototype = (globalThis as { Buffer?: { prototype: Partial<NativeText> } }).Buffer?.prototype;
  return (
    typeof prototype?.latin1Slice === "function" &&
    typeof prototype.ucs2Slice === "function" &&
    typeof prototype.utf8Write === "function"
  );
})();
