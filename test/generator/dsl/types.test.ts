/**
 * What an editor refuses while a schema is written: each line below an expected error is one that the compiler must not accept. That
 * they are refused at run time too is what the rules' fixtures show.
 */
import { describe, expect, it } from "vitest";
import {
  backend,
  bit,
  bits,
  bytes,
  connector,
  constant,
  cron,
  decimal,
  every,
  f32,
  gate,
  hash,
  id,
  layout,
  leastLoaded,
  messageField,
  notify,
  push,
  request,
  reserved,
  role,
  roundRobin,
  rpc,
  sessionData,
  text,
  u8,
  u16,
  u32,
  u64,
  uid,
  until,
  varint,
} from "../../../generator/dsl/index.js";

describe("routes", () => {
  it("take the options of their kind", () => {
    const options = { public: true, timeout: "2s", rate: "20/s", maxBytes: "4kb", order: "route" } as const;
    expect(request(1, "a.B", "a.C", options)).toMatchObject({ definition: "request", id: 1, options });
    expect(notify(1, "a.B", { rate: { perSecond: 2, burst: 4, over: "drop" } })).toMatchObject({ message: "a.B" });
    expect(push(id(7, 1), "a.B", { overflow: "latest" })).toMatchObject({ id: [7, 1] });
    expect(rpc("a.B", "a.C", { timeout: 500 })).toMatchObject({ request: "a.B", response: "a.C" });
  });

  it("refuse options their kind has no use for", () => {
    // @ts-expect-error a request is answered, never held
    request(1, "a.B", "a.C", { overflow: "drop" });
    // @ts-expect-error a request over its rate is answered
    request(1, "a.B", "a.C", { rate: { perSecond: 1, over: "drop" } });
    // @ts-expect-error nobody calls a push
    push(1, "a.B", { public: true });
    // @ts-expect-error nobody waits for a push
    push(1, "a.B", { timeout: "1s" });
    // @ts-expect-error clients do not call remotes
    rpc("a.B", "a.C", { public: true });
    // @ts-expect-error remotes carry no id
    rpc(1, "a.B", "a.C");
  });

  it("refuse quantities without a known unit", () => {
    // @ts-expect-error years
    request(1, "a.B", "a.C", { timeout: "1y" });
    // @ts-expect-error per fortnight
    request(1, "a.B", "a.C", { rate: "1/f" });
    // @ts-expect-error gigabytes
    request(1, "a.B", "a.C", { maxBytes: "1gb" });
    expect(request(1, "a.B", "a.C")).not.toHaveProperty("options.timeout");
  });
});

describe("fields", () => {
  it("take the roles that fit their form", () => {
    expect(u16(role.messageId())).toMatchObject({ name: "u16", meaning: { name: "messageId" } });
    expect(u16({ byteOrder: "little" })).toMatchObject({ meaning: undefined, options: { byteOrder: "little" } });
    expect(u16(role.messageId(), { byteOrder: "little" })).toMatchObject({
      meaning: { name: "messageId" },
      options: { byteOrder: "little" },
    });
    expect(bytes(32, role.checksum("crc32"))).toMatchObject({ form: { kind: "bytes", size: 32 } });
    expect(u32(role.userId())).toMatchObject({ form: { bits: 32 } });
    expect(u8(constant(1, { onRead: "ignore" }))).toMatchObject({ meaning: { value: 1 } });
    expect(bytes(4, reserved())).toMatchObject({ meaning: { definition: "reserved" } });
    expect(varint(role.sequence())).toMatchObject({ form: { kind: "varint" } });
    expect(decimal("/", role.messageId(), { when: { kind: [1, 2] } })).toMatchObject({ form: { delimiter: "/" } });
    expect(until(" ", role.route(), { most: 40 })).toMatchObject({ options: { most: 40 } });
    expect(bits({ first: "lowest" }, { a: bit(3, role.compressed(), { at: 1 }), b: bit(5, reserved()) })).toMatchObject(
      {
        definition: "bits",
        fields: { a: { width: 3, options: { at: 1 } } },
      },
    );
  });

  it("refuse roles that do not", () => {
    // @ts-expect-error an address is text
    u32(role.clientIp());
    // @ts-expect-error a time has 64 bits
    u32(role.timestamp());
    // @ts-expect-error a number of 64 bits is no message id
    u64(role.messageId());
    // @ts-expect-error an id is no fraction
    f32(role.messageId());
    // @ts-expect-error a message id is no text
    text("u8", role.messageId());
    // @ts-expect-error a length in front has 8, 16 or 32 bits
    text("u64");
    // @ts-expect-error a number in digits ends somewhere
    decimal();
    // @ts-expect-error half a byte counts no requests
    bit(4, role.sequence());
    // @ts-expect-error what is in a group has bits
    bits({}, { a: u8() });
    // @ts-expect-error a length in front needs no padding
    text("u8", { pad: " " });
    // @ts-expect-error the four kinds have numbers
    role.kind({ request: 1 });
    // @ts-expect-error that is no checksum
    role.checksum("md5");
    // @ts-expect-error there are two byte orders
    layout({ byteOrder: "middle" }, {});
    expect(text("u8", role.clientIp())).toMatchObject({ form: { prefix: 8 } });
  });
});

describe("server types", () => {
  it("refuse rules that are another kind's", () => {
    // @ts-expect-error a gate chooses connectors, it does not look for a key
    gate("gate", { typeId: 1, choose: uid() });
    // @ts-expect-error hash() is a gate's
    backend("chat", { typeId: 3, routeBy: hash() });
    // @ts-expect-error a backend's servers are chosen among its own type
    backend("chat", { typeId: 3, routeBy: leastLoaded({ of: "connector" }) });
    // @ts-expect-error frontends are not routed to
    connector("connector", { typeId: 2, routeBy: leastLoaded() });
    // @ts-expect-error a push is no handler
    backend("chat", { typeId: 3, handlers: { room: { said: push(1, "a.B") } } });
    // @ts-expect-error a handler is no remote
    backend("chat", { typeId: 3, remotes: { room: { say: request(1, "a.B", "a.C") } } });
    // @ts-expect-error a remote is no schedule
    backend("chat", { typeId: 3, schedules: { room: { sweep: rpc("a.B", "a.C") } } });
    // @ts-expect-error a schedule is no handler
    backend("chat", { typeId: 3, handlers: { room: { sweep: every("10s") } } });
    // @ts-expect-error an interval has no time zone
    every("10s", { timezone: "UTC" });
    // @ts-expect-error a day is no unit
    every("1d");
    expect(cron("0 4 * * *", { on: "each" })).toMatchObject({ expression: "0 4 * * *", options: { on: "each" } });
    expect([leastLoaded(), roundRobin({ of: "connector" }), hash({ of: "connector" })]).toMatchObject([
      { rule: "leastLoaded" },
      { rule: "roundRobin", options: { of: "connector" } },
      { rule: "hash", options: { of: "connector" } },
    ]);
    expect([backend("a", { typeId: 1, routeBy: leastLoaded() }), sessionData("room"), messageField("x")]).toMatchObject(
      [
        { kind: "backend", name: "a" },
        { rule: "sessionData", field: "room" },
        { rule: "messageField", field: "x" },
      ],
    );
  });
});
