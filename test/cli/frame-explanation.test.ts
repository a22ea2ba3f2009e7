/** What `explain` says of other people's frames, whose headers are not all numbers of a fixed size. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { explainFrame, type FrameExplanation } from "../../cli/frame-explanation.js";
import { namedLayouts } from "../../cli/frame-meaning.js";
import { MessageJson } from "../../cli/message-json.js";
import { loadProject } from "../../generator/load/index.js";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const ascii = (text: string) => Buffer.from(text, "latin1").toString("hex");

async function explain(example: string, layout: string, hex: string): Promise<FrameExplanation> {
  const { model } = await loadProject(`${examples}/${example}`);
  const named = namedLayouts(model!).find(({ name }) => name === layout)!;
  return explainFrame(model!, new MessageJson(model!), named, Buffer.from(hex, "hex"), 0);
}

describe("pomelo's frames", () => {
  it("show the bits of a byte, a number in 7 bits a byte, and what is there because of them", async () => {
    const { text, message } = await explain("pomelo", "pomelo.request", `0400001001ac020001${ascii('{"rid":"1"}')}`);
    expect(message).toBe("connector.entryHandler.enter");
    expect(text).toBe(`pomelo.request, 20 bytes
offset  width  field   hex                     value
     0      1  packet  04                      4
     1      3  length  000010                  16 (counts the rest)
     4      1  byCode  01                      1 (bit 0)
     4      1  kind    01                      0 (bits 1 to 3) request
     4      1  gzip    01                      0 (bit 4)
     4      1  unused  01                      reserved (bits 5 to 7)
     5      2  id      ac02                    300
     7      2  code    0001                    1 connector.entryHandler.enter
     9     11  body    7b22726964223a2231227d  pomelo.Enter

{
  "rid": "1"
}`);
  });

  it("may name no route when they answer, and hold no message at all", async () => {
    const answer = await explain("pomelo", "pomelo.response", `0400000504ac02${ascii("{}")}`);
    expect(answer.problems).toEqual([]);
    expect(answer.text).toMatch(/^ +4 +1 +kind +04 +2 \(bits 1 to 3\) response$/m);
    const heartbeat = await explain("pomelo", "pomelo.response", "03000000");
    expect(heartbeat.problems).toEqual([]);
    expect(heartbeat.text).not.toContain("kind");
  });

  it("name what nobody knows", async () => {
    const { problems } = await explain(
      "pomelo",
      "pomelo.request",
      `040000080207${ascii("no.such")}`.replace("08", "09"),
    );
    expect(problems).toEqual(['no message that a client may send has the route "no.such" in the schema pomelo']);
  });
});

describe("Mir's frames", () => {
  it("show their delimiters, and where the next begins", async () => {
    const { text, end } = await explain("mir", "byDigit.request", ascii("%A12/hello$0%X7/$0"));
    expect(end).toBe(12);
    expect(text).toBe(`byDigit.request, 12 bytes
offset  width  field   hex         value
     0      1  start   25          "%"
     1      1  what    41          65 "A" login.gate.data
     2      3  socket  31322f      12
     5      5  body    68656c6c6f  raw()
    10      2  end     2430        "$0"`);
  });

  it.each([
    ["%A12/hello", 'no "$0" ends the frame'],
    ["#A12/hello$0", 'the frame begins with "#", and not with "%"'],
    ["%A12$0", 'socket is not followed by "/"'],
    ["%A1x/$0", 'socket is no number: "1x"'],
    ["%\x0112/$0", "what is byte 1, which is no visible character"],
    ["%$0", "what needs 1 byte from offset 1, and the frame has 0 bytes left"],
  ])("%j: %s", async (frame, problem) => {
    expect((await explain("mir", "byDigit.request", ascii(frame))).problems).toEqual([problem]);
  });
});

describe("TeamTalk's frames", () => {
  it.each([
    ["teamtalk.request", "00000010000100000007070100000000", "heartbeat"],
    ["teamtalk.response", "0000001400010000000101070000000008071001", "kick"],
    ["teamtalk.response", "0000001400010000000101040005000008051000", "connector.login.login"],
  ])("%s %s is %s", async (layout, frame, name) => {
    const { message, problems } = await explain("teamtalk", layout, frame);
    expect({ message, problems }).toEqual({ message: name, problems: [] });
  });
});
