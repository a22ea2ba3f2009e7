/**
 * A well-behaved client that goes on talking while others misbehave: it enters a room of its own, says a line to itself, and checks the
 * answer and the push, again and again, with a line that never comes twice.
 */
import { ChatLine, EnterResponse, SendResponse } from "../../generated/server/index.js";
import { decoded, enterFrame, Id, sendFrame } from "./frames.js";
import { RawClient } from "./raw-client.js";

let witnesses = 0;

export class Witness {
  /** Lines that were answered and pushed as they should be. */
  rounds = 0;
  private readonly client: RawClient;
  private readonly name: string;
  private sequence = 2;
  private pushes = 0;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  private constructor(client: RawClient, name: string) {
    this.client = client;
    this.name = name;
  }

  /** Enters, and begins to talk. The cluster must run without rates. */
  static async start(url: string): Promise<Witness> {
    const name = `witness-${++witnesses}`;
    const client = await RawClient.open(url);
    client.send(enterFrame(2, name, name));
    const answer = await client.answer(2);
    const { members } = decoded(EnterResponse, answer.body);
    if (answer.errorCode !== 0 || members.join() !== name) throw new Error(`the witness could not enter: ${members}`);
    const witness = new Witness(client, name);
    witness.running = witness.talk();
    // Whoever awaits `stop` is told.
    witness.running.catch(() => {});
    return witness;
  }

  /** Waits for so many rounds more. Rejects when the witness was not served as it should be. */
  async more(rounds: number): Promise<void> {
    const goal = this.rounds + rounds;
    while (this.rounds < goal) await Promise.race([this.running, new Promise((resolve) => setImmediate(resolve))]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    await this.client.close();
  }

  private async talk(): Promise<void> {
    while (!this.stopped) {
      const sequence = ++this.sequence;
      const text = `${this.name} says line ${sequence}`;
      this.client.send(sendFrame(sequence, this.name, text));
      const push = await this.client.next((frame) => frame.messageId === Id.ON_CHAT);
      const answer = await this.client.answer(sequence);
      const line = decoded(ChatLine, push.body);
      this.check(answer.errorCode === 0 && answer.messageId === Id.SEND, `answered ${answer.errorCode}`);
      this.check(decoded(SendResponse, answer.body).sentAt === line.sentAt, "answered with another time");
      this.check(push.sequence === ++this.pushes, `push ${push.sequence} instead of ${this.pushes}`);
      this.check(line.text === text && line.from === this.name && line.room === this.name, JSON.stringify(line));
      this.check(this.client.frames.length === 0, `${this.client.frames.length} frames that nobody asked for`);
      this.rounds++;
    }
  }

  private check(fine: boolean, what: string): void {
    if (!fine) throw new Error(`${this.name}, line ${this.sequence}: ${what}`);
  }
}
