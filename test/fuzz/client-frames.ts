/** What a client might send if it had no idea, or bad intentions: valid frames of every route, and everything they can be made into. */
import { EntryRequest } from "../../generated/server/index.js";
import { Hello, Ping } from "../../wire/control.js";
import {
  encoded,
  enterFrame,
  helloFrame,
  Id,
  pingFrame,
  requestFrame,
  sendFrame,
  Type,
  typingFrame,
} from "../abuse/frames.js";
import { type Chance, likeProtobuf, mutated } from "./chance.js";

const ids = [Id.QUERY, Id.ENTER, Id.SEND, Id.TYPING, Id.ON_CHAT, Id.ON_TYPING, Id.KICK, Id.FAILURE, Id.PING, Id.HELLO];
const types = [Type.CONTROL, Type.GATE, Type.CONNECTOR, Type.CHAT];
const ROOMS = ["lobby", "den", "x", "", "*", "constructor", "__proto__", "y".repeat(33)];
const NAMES = ["ann", "bob", "*", "", "toString", "__proto__", "ä€😀", "z".repeat(32)];

/** One that a correct client could send, with this sequence. */
export function validFrame(chance: Chance, sequence: number): Buffer {
  switch (chance.below(8)) {
    case 0:
      return requestFrame({
        messageId: Id.QUERY,
        sequence,
        serverType: Type.GATE,
        body: encoded(EntryRequest, { uid: chance.pick(NAMES) }),
      });
    case 1:
    case 2:
      return enterFrame(sequence, chance.pick(ROOMS), chance.pick(NAMES));
    case 3:
    case 4:
      return sendFrame(sequence, chance.pick(NAMES), "t".repeat(chance.below(chance.once(20) ? 5_000 : 50)));
    case 5:
      return typingFrame(sequence);
    case 6:
      return pingFrame(sequence);
    default:
      return helloFrame(chance.below(3), sequence);
  }
}

const samples: readonly Buffer[] = [
  helloFrame(),
  pingFrame(),
  enterFrame(2, "lobby", "ann"),
  sendFrame(3, "*", "hello"),
  typingFrame(4),
  requestFrame({
    messageId: Id.HELLO,
    sequence: 1,
    serverType: 0,
    body: encoded(Hello, { ...Hello.create(), client: "c" }),
  }),
  requestFrame({
    messageId: Id.PING,
    sequence: 0,
    serverType: 0,
    body: encoded(Ping, { ackedPush: 9, ackedSequence: 7 }),
  }),
];

/** A message of the transport: any number of frames, or none. */
export function fuzzedMessage(chance: Chance, sequence: number): Buffer {
  const frame = validFrame(chance, chance.once(10) ? chance.edge() : sequence);
  switch (chance.below(12)) {
    case 0:
    case 1:
      return frame;
    case 2:
    case 3:
    case 4:
      return mutated(chance, frame, samples);
    case 5: {
      // Right in its header, and in its checksum; anything in its body.
      const body = chance.once(2) ? likeProtobuf(chance) : mutated(chance, frame.subarray(24), samples);
      return requestFrame({ messageId: chance.pick(ids), sequence, serverType: chance.pick(types), body });
    }
    case 6:
      return requestFrame({
        messageId: chance.edge() & 0xffff,
        sequence: chance.edge(),
        serverType: chance.edge() & 0xffff,
        compressed: chance.once(4) ? chance.below(256) : 0,
        encrypted: chance.once(4) ? chance.below(256) : 0,
        body: likeProtobuf(chance),
      });
    case 7:
      return requestFrame({
        messageId: chance.pick(ids),
        sequence,
        serverType: chance.pick(types),
        length: chance.edge() & 0xffff,
        body: chance.bytes(chance.below(64)),
      });
    case 8:
      return chance.bytes(chance.below(chance.once(50) ? 70_000 : 120));
    case 9:
      return Buffer.concat([frame, mutated(chance, frame, samples), validFrame(chance, sequence + 1)]);
    case 10:
      return mutated(chance, mutated(chance, mutated(chance, frame, samples), samples), samples);
    default:
      return Buffer.concat(
        Array.from({ length: chance.below(12) }, (_, index) => validFrame(chance, sequence + index)),
      );
  }
}
