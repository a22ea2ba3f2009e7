/** A client that is nothing but bytes, written as hex: what a frame of somebody else's protocol is can be read in the test. */
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import WebSocket from "ws";

export class HexLine {
  /** What arrived and was not asked for yet. */
  private rest = "";
  private over = false;
  private waiting: (() => void)[] = [];
  private readonly write: (bytes: Buffer) => void;
  /** Ends the connection at once. */
  readonly leave: () => void;

  private constructor(write: (bytes: Buffer) => void, leave: () => void) {
    this.write = write;
    this.leave = leave;
    onTestFinished(leave);
  }

  static async tcp(url: string): Promise<HexLine> {
    const socket: Socket = connect(Number(new URL(url).port), "127.0.0.1");
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    const line = new HexLine(
      (bytes) => socket.write(bytes),
      () => socket.destroy(),
    );
    socket.on("error", () => {});
    socket.on("data", (bytes) => line.arrived(bytes));
    socket.on("close", () => line.ended());
    return line;
  }

  static async webSocket(url: string): Promise<HexLine> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    const line = new HexLine(
      (bytes) => socket.send(bytes),
      () => socket.terminate(),
    );
    socket.on("error", () => {});
    socket.on("message", (bytes) => line.arrived(bytes as Buffer));
    socket.on("close", () => line.ended());
    return line;
  }

  /** Sends hex; blanks are for the reader. */
  send(...hex: readonly string[]): void {
    this.write(Buffer.from(hex.join("").replaceAll(" ", ""), "hex"));
  }

  /** Takes as many bytes as `hex` has, once they are there, or what there is when the connection is over. Compare with `plain(hex)`. */
  async take(hex: string): Promise<string> {
    const length = plain(hex).length;
    while (this.rest.length < length && !this.over) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const taken = this.rest.slice(0, length);
    this.rest = this.rest.slice(length);
    return taken;
  }

  /** Everything that arrives until the server has closed. */
  async last(): Promise<string> {
    while (!this.over) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.rest;
  }

  private arrived(bytes: Buffer): void {
    this.rest += bytes.toString("hex");
    this.wake();
  }

  private ended(): void {
    this.over = true;
    this.wake();
  }

  private wake(): void {
    for (const look of this.waiting.splice(0)) look();
  }
}

export const plain = (hex: string) => hex.replaceAll(" ", "");
export const hexOf = (text: string) => Buffer.from(text).toString("hex");

/** A number in so many bytes. */
export const number = (value: number, bytes: number) => value.toString(16).padStart(bytes * 2, "0");

/** TeamTalk's frame: length, version, flag, service, command, sequence, reserved, body. */
export function pdu(service: number, command: number, sequence: number, body = "", version = 1): string {
  const rest = [version, 0, service, command, sequence, 0].map((value) => number(value, 2)).join("");
  return number(16 + plain(body).length / 2, 4) + rest + plain(body);
}

/** The JSON protocol's request: id, sequence, length of the frame, and the text. */
export function jsonRequest(messageId: number, sequence: number, body: unknown): string {
  const text = hexOf(JSON.stringify(body));
  return number(messageId, 2) + number(sequence, 2) + number(6 + text.length / 2, 2) + text;
}

export function jsonResponse(messageId: number, sequence: number, body: unknown, code = 0): string {
  const text = body === undefined ? "" : hexOf(JSON.stringify(body));
  return number(messageId, 2) + number(sequence, 2) + number(8 + text.length / 2, 2) + number(code, 2) + text;
}
