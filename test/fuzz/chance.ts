/** Chance from a seed: the same numbers on every machine, and what frames are made of them. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** splitmix32. */
  uint32(): number {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    let value = this.state;
    value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return (value ^ (value >>> 15)) >>> 0;
  }

  /** From 0 up to, and without, `end`. */
  below(end: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * end);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let index = 0; index < length; index++) bytes[index] = this.uint32() & 0xff;
    return bytes;
  }

  /** A number that codecs like least: at an edge of some width, beside one, or anywhere. */
  edge(): number {
    const edges = [
      0, 1, 2, 20, 21, 23, 24, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
    ];
    return this.once(3) ? this.uint32() : this.pick(edges);
  }
}

/** Bytes that look like a protobuf message, more or less: tags, varints, lengths, pieces of text, groups. */
export function likeProtobuf(chance: Chance): Buffer {
  const parts: Buffer[] = [];
  for (let fields = chance.below(6); fields > 0; fields--) {
    const type = chance.pick([0, 0, 1, 2, 2, 2, 3, 4, 5, 6, 7]);
    parts.push(varint(((chance.once(4) ? chance.edge() : chance.below(8)) * 8 + type) >>> 0));
    if (type === 0) parts.push(chance.once(4) ? Buffer.alloc(chance.below(14), 0xff) : varint(chance.edge()));
    else if (type === 1) parts.push(chance.bytes(chance.once(4) ? chance.below(8) : 8));
    else if (type === 5) parts.push(chance.bytes(chance.once(4) ? chance.below(4) : 4));
    else if (type === 2) {
      const body = chance.once(2)
        ? chance.bytes(chance.below(20))
        : Buffer.from(chance.pick(["", "*", "ann", "lobby", "ä€😀"]));
      parts.push(varint(chance.once(4) ? chance.edge() : body.length), body);
    } else if (chance.once(3)) {
      parts.push(Buffer.alloc(chance.below(200), 0x0b));
    }
  }
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** One of the ways in which bytes come out wrong. `others` are what pieces may be spliced in from. */
export function mutated(chance: Chance, bytes: Buffer, others: readonly Buffer[]): Buffer {
  const copy = Buffer.from(bytes);
  switch (chance.below(9)) {
    case 0:
    case 1:
      for (let flips = 1 + chance.below(4); flips > 0 && copy.length > 0; flips--) {
        copy[chance.below(copy.length)]! ^= 1 << chance.below(8);
      }
      return copy;
    case 2:
      return copy.subarray(0, chance.below(copy.length + 1));
    case 3:
      return Buffer.concat([copy, chance.bytes(chance.below(40))]);
    case 4: {
      const other = chance.pick(others);
      return Buffer.concat([
        copy.subarray(0, chance.below(copy.length + 1)),
        other.subarray(chance.below(other.length + 1)),
      ]);
    }
    case 5: {
      const at = chance.below(copy.length + 1);
      return Buffer.concat([copy.subarray(0, at), chance.bytes(1 + chance.below(8)), copy.subarray(at)]);
    }
    case 6: {
      const at = chance.below(copy.length + 1);
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + chance.below(8))]);
    }
    case 7: {
      // An extreme number somewhere.
      if (copy.length < 4) return copy;
      const at = chance.below(copy.length - 3);
      if (chance.once(2)) copy.writeUInt16BE(chance.edge() & 0xffff, at);
      else copy.writeUInt32BE(chance.edge(), at);
      return copy;
    }
    default:
      return Buffer.concat([copy, chance.pick(others), copy]);
  }
}
