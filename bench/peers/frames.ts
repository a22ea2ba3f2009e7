/** What clients of each peer say on the wire, written from its protocol: the same line for all, in the body that is usual there. */
import { line } from "../lines.js";
import { hex, type LoadOptions, type Step } from "../load/load.js";

type Talk = Pick<LoadOptions, "path" | "prologues" | "more">;

const text = (words: string) => Buffer.from(words, "utf8");

/**
 * pomelo's protocol, which pinus has too. A package is a type and a length of three bytes; in a package of data is a message: flags, a
 * number of seven bits a byte, in requests the route, and a body of JSON. The dictionary has one route, and its code is 1.
 */
export function pomeloTalk(): Talk {
  const body = text(JSON.stringify(line));
  const shake = text(JSON.stringify({ sys: { type: "bench", version: "1.0.0" } }));
  const [SHAKE, SHAKEN, DATA] = [1, 2, 4];
  const pack = (type: number, content: Uint8Array) => {
    const head = Buffer.of(type, content.length >> 16, content.length >> 8, content.length);
    return Buffer.concat([head, content]);
  };
  const number = Buffer.of(0x80, 0x01);
  const request = pack(DATA, Buffer.concat([Buffer.of(0x01), number, Buffer.of(0, 1), body]));
  const prologue: (Uint8Array | Step)[] = [
    { send: pack(SHAKE, shake), expected: Buffer.of(SHAKE) },
    pack(SHAKEN, Buffer.alloc(0)),
    // The connector connects to the backend with the first request, and loses some of those that come meanwhile.
    { send: request, expected: Buffer.of(DATA) },
  ];
  return {
    prologues: [prologue],
    more: {
      framing: "message",
      "sequence-format": "varint",
      "sequence-width": number.length,
      "sequence-at": 5,
      "answer-sequence-at": 5,
      request: hex(request),
      answer: hex(pack(DATA, Buffer.concat([Buffer.of(0x04), number, body]))),
    },
  };
}

/** engine.io 4 and socket.io 5: packets of text; an event that asks for an acknowledgement has a number, and so has that. */
export function socketIoTalk(): Talk {
  const number = "10000";
  return {
    path: "/socket.io/?EIO=4&transport=websocket",
    prologues: [
      [
        { send: null, expected: text("0{") },
        { send: text("40"), expected: text("40") },
      ],
    ],
    more: {
      framing: "text",
      "sequence-format": "decimal",
      "sequence-width": number.length,
      "sequence-at": 2,
      "answer-sequence-at": 2,
      request: hex(text(`42${number}${JSON.stringify(["hit", line])}`)),
      answer: hex(text(`43${number}${JSON.stringify([line])}`)),
    },
  };
}

/**
 * Colyseus 0.16: a byte for the kind of message, its type, and MessagePack as msgpackr writes it, with two bytes for the size of a map.
 * There are no answers in this protocol, so the line carries a number, in the four bytes that numbers above 65,535 have.
 */
export function colyseusTalk(): Talk {
  const [JOIN, DATA] = [10, 13];
  const short = (word: string) => Buffer.concat([Buffer.of(0xa0 | word.length), text(word)]);
  const long = (words: string) => Buffer.concat([Buffer.of(0xd9, words.length), text(words)]);
  const sentAt = Buffer.alloc(9, 0xcb);
  sentAt.writeDoubleBE(line.sentAt, 1);
  const fields = [short("target"), short(line.target), short("text"), long(line.text), short("sentAt"), sentAt];
  const start = Buffer.concat([Buffer.of(DATA), short("hit"), Buffer.of(0xde, 0, 4), short("id"), Buffer.of(0xce)]);
  const message = Buffer.concat([start, Buffer.alloc(4), ...fields]);
  return {
    prologues: [[{ send: null, expected: Buffer.of(JOIN) }, Buffer.of(JOIN)]],
    more: {
      framing: "message",
      "sequence-at": start.length,
      "answer-sequence-at": start.length,
      "first-sequence": 65_536,
      request: hex(message),
      answer: hex(message),
    },
  };
}

/** A seat in the room for each connection: the path its socket asks for. */
export async function colyseusSeats(port: number, connections: number): Promise<string[]> {
  const paths: string[] = [];
  for (let seat = 0; seat < connections; seat++) {
    const answer = await fetch(`http://127.0.0.1:${port}/matchmake/joinOrCreate/echo`, { method: "POST", body: "{}" });
    const { room, sessionId } = (await answer.json()) as SeatReservation;
    paths.push(`/${room.processId}/${room.roomId}?sessionId=${sessionId}`);
  }
  return paths;
}

interface SeatReservation {
  readonly room: { readonly processId: string; readonly roomId: string };
  readonly sessionId: string;
}
