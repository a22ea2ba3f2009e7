/** One bot: a client of the reference application that writes down what it hears, and how long its calls took. */
import { WebSocket } from "ws";
import { ChatClient } from "../../generated/client-typescript/index.js";
import type { CallTimes } from "./call-times.js";
import type { Transcript } from "./transcript.js";

export class Bot {
  readonly name: string;
  readonly room: string;
  readonly client: ChatClient;
  /** The address of the connector that the gate chose. */
  readonly url: string;
  readonly #times: CallTimes;
  readonly #transcript: Transcript;

  private constructor(name: string, room: string, client: ChatClient, times: CallTimes, transcript: Transcript) {
    this.name = name;
    this.room = room;
    this.client = client;
    this.url = client.state.kind === "open" ? client.state.url : "";
    this.#times = times;
    this.#transcript = transcript;
    const hear = (text: string) => transcript.record(room, `${name} ${text}`);
    client.chat.onAdd((member) => hear(`hears that ${member.name} entered`));
    client.chat.onLeave((member) => hear(`hears that ${member.name} left`));
    client.chat.onTyping((typing) => hear(`sees that ${typing.name} is typing`));
    client.chat.onChat((line) => hear(`hears ${line.from} ${line.target === "*" ? "say" : "whisper"}: ${line.text}`));
  }

  /** Asks the gate for a connector, and connects there. */
  static async connect(
    gate: string,
    name: string,
    room: string,
    times: CallTimes,
    transcript: Transcript,
  ): Promise<Bot> {
    const client = await ChatClient.connect({ gate, uid: name, webSocket: WebSocket });
    return new Bot(name, room, client, times, transcript);
  }

  async enter(): Promise<void> {
    const call = this.client.connector.entry.enter({ room: this.room, name: this.name });
    const { members } = await this.#times.measure("connector.entry.enter", call);
    this.#transcript.record(this.room, `${this.name} enters and finds ${members.join(", ")}`);
  }

  async send(target: string, text: string): Promise<void> {
    await this.#times.measure("chat.room.send", this.client.chat.room.send({ target, text }));
    this.#transcript.record(this.room, `${this.name} ${target === "*" ? "says" : `whispers to ${target}`}: ${text}`);
  }

  typing(): void {
    this.client.chat.room.typing({ name: "" });
    this.#transcript.record(this.room, `${this.name} is typing`);
  }

  leave(): void {
    this.client.close();
    this.#transcript.record(this.room, `${this.name} leaves`);
  }
}
