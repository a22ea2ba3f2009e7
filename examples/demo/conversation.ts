/** Four people in two rooms: what they do, and what everybody should hear of it. */
import { Bot } from "./bot.js";
import type { CallTimes } from "./call-times.js";
import type { Transcript } from "./transcript.js";

/** Lines that everybody says after the conversation, so that the times mean something. Within the route's rate of 20 a second. */
const MORE_LINES = Array.from({ length: 10 }, (_, index) => `line ${index + 1}`);

export async function converse(gate: string, times: CallTimes, transcript: Transcript): Promise<Bot[]> {
  const connect = (name: string, room: string) => Bot.connect(gate, name, room, times, transcript);
  const ann = await connect("ann", "lobby");
  const bob = await connect("bob", "lobby");
  const cid = await connect("cid", "kitchen");
  const dee = await connect("dee", "kitchen");
  const lobby = (does: () => unknown, ...expected: string[]) => transcript.step("lobby", does, expected);
  const kitchen = (does: () => unknown, ...expected: string[]) => transcript.step("kitchen", does, expected);

  await lobby(() => ann.enter(), "ann enters and finds ann");
  await lobby(() => bob.enter(), "bob enters and finds ann, bob", "ann hears that bob entered");
  await kitchen(() => cid.enter(), "cid enters and finds cid");
  await kitchen(() => dee.enter(), "dee enters and finds cid, dee", "cid hears that dee entered");

  await lobby(
    () => ann.send("*", "has anybody seen the cat?"),
    "ann says: has anybody seen the cat?",
    "ann hears ann say: has anybody seen the cat?",
    "bob hears ann say: has anybody seen the cat?",
  );
  await kitchen(() => dee.typing(), "dee is typing", "cid sees that dee is typing", "dee sees that dee is typing");
  await kitchen(
    () => dee.send("*", "the cat is on the stove"),
    "dee says: the cat is on the stove",
    "cid hears dee say: the cat is on the stove",
    "dee hears dee say: the cat is on the stove",
  );
  await lobby(
    () => bob.send("ann", "try the kitchen"),
    "bob whispers to ann: try the kitchen",
    "ann hears bob whisper: try the kitchen",
  );
  await lobby(async () => {
    const impostor = await connect("ann", "lobby");
    await impostor
      .enter()
      .catch((error: Error) => transcript.record("lobby", `a second ann is refused: ${error.name}`));
    impostor.client.close();
  }, "a second ann is refused: NAME_TAKEN");
  for (const [one, other] of [[ann, bob] as const, [cid, dee] as const]) {
    await transcript.step(
      one.room,
      () => Promise.all([one, other].map(chatter)),
      [one, other].flatMap(({ name }) =>
        MORE_LINES.flatMap((text) => [
          `${name} says: ${text}`,
          `${one.name} hears ${name} say: ${text}`,
          `${other.name} hears ${name} say: ${text}`,
        ]),
      ),
      `${one.name} and ${other.name} say ${MORE_LINES.length} lines each, and hear all ${2 * MORE_LINES.length}`,
    );
  }
  await lobby(() => bob.leave(), "bob leaves", "ann hears that bob left");
  await kitchen(() => cid.leave(), "cid leaves", "dee hears that cid left");
  return [ann, bob, cid, dee];
}

async function chatter(bot: Bot): Promise<void> {
  for (const text of MORE_LINES) await bot.send("*", text);
}
