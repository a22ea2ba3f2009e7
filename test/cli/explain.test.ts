import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gatesmith } from "./support/command.js";

const body = "0a012a12026869";
const checksum = (hex: string) => crc32(Buffer.from(hex, "hex")).toString(16).padStart(8, "0");
const request = `001f000000020000019a6a1d2c0007d100670000${checksum(body)}${body}`;

describe("gatesmith explain", () => {
  it("names every field of a request with its offset, and decodes the body", async () => {
    const { code, stdout, stderr } = await gatesmith("explain", request);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`main.request, 31 bytes
offset  width  field       hex               value
     0      2  length      001f              31 (counts the frame)
     2      4  seq         00000002          2
     6      8  sentAt      0000019a6a1d2c00  1762716888064 2025-11-09T19:34:48.064Z
    14      2  messageId   07d1              2001 chat.room.send
    16      2  serverType  0067              103 chat
    18      1  compressed  00                0
    19      1  encrypted   00                0
    20      4  checksum    ${checksum(body)}          ok
    24      7  body        ${body}    chat.SendRequest

{
  "target": "*",
  "text": "hi"
}
`);
  });

  it("tells a reply, a push, a failure and a control message of a response apart", async () => {
    const response = (id: string, error: string, payload: string) => {
      const length = (21 + payload.length / 2).toString(16).padStart(4, "0");
      return `${length}00000003${id}00670000019a6a1d2c0000${error}${payload}`;
    };
    const frames = [
      response("07d1", "0000", "0880d8f4d0a633"),
      response("0837", "0000", "0a03616e6e"),
      response("07d1", "03eb", "0a026e6f1002"),
      response("fffe", "0000", "0880d8f4d0a633"),
    ];
    const { code, stdout } = await gatesmith("explain", ...frames);
    expect(code).toBe(0);
    expect(stdout).toContain("2001 chat.room.send");
    expect(stdout).toContain('"sentAt": "1762716888064"');
    expect(stdout).toContain("2103 chat.onAdd");
    expect(stdout).toContain('"name": "ann"');
    expect(stdout).toContain("1003 NO_SUCH_MEMBER");
    expect(stdout).toContain("gatesmith.Failure");
    expect(stdout).toContain("65534 gatesmith.Pong");
    expect(stdout.match(/next frame, from byte/g)).toHaveLength(3);
  });

  it("says what a wrong checksum should be, and shows only the layout that knows the message", async () => {
    const { code, stdout, stderr } = await gatesmith("explain", request.replace(checksum(body), "00000001"));
    expect(code).toBe(1);
    expect(stdout).toContain(`problem wrong checksum: 00000001, and these bytes have ${checksum(body)}`);
    expect(stdout).not.toContain("main.response");
    expect(stderr).toBe("error the frame decodes as no main.request nor main.response\n");
  });

  it("says how far a frame came that is cut off", async () => {
    const { code, stdout } = await gatesmith("explain", "--layout", "main.request", request.slice(0, 20));
    expect(code).toBe(1);
    expect(stdout).toContain("     2      4  seq     00000002  2\n");
    expect(stdout).toContain("problem sentAt needs 8 bytes from offset 6, and the frame has 4 bytes left");
  });

  it("says where a body stops making sense", async () => {
    const broken = "0a052a";
    const frame = `001b000000020000019a6a1d2c0007d100670000${checksum(broken)}${broken}`;
    const { code, stdout } = await gatesmith("explain", frame);
    expect(code).toBe(1);
    expect(stdout).toContain("problem the body is no chat.SendRequest: ");
  });

  it("refuses a message sent to the wrong server type", async () => {
    const { code, stdout } = await gatesmith("explain", request.replace("07d10067", "07d10066"));
    expect(code).toBe(1);
    expect(stdout).toContain("problem serverType is 102, and chat.room.send is answered by 103 chat");
  });

  it("reads the internal header when asked to", async () => {
    const internal = `${"00".repeat(16)}0000000107d100670000019a6a1d2c000001000200000a${Buffer.from("10.0.0.255").toString("hex")}`;
    const { code, stdout } = await gatesmith("explain", "--layout", "internal", internal);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +38 +11 +clientIp +0a31302e302e302e323535 +"10\.0\.0\.255"$/m);
  });

  it("suggests the layout that was meant", async () => {
    const { code, stderr } = await gatesmith("explain", "--layout", "main.reqest", "00");
    expect(code).toBe(2);
    expect(stderr).toContain('no layout is called "main.reqest"; did you mean "main.request"?');
  });
});
