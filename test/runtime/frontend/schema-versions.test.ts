/** Clients of other schemas than the server's: who is let in, who is turned away for good, and who turns away himself. */
import { describe, expect, it } from "vitest";
import { description } from "../lab/generated/client-typescript/routes.js";
import { Connection, type ConnectOptions } from "../lab/generated/client-typescript/runtime/index.js";
import { manifest } from "../lab/generated/server/index.js";
import { type Lab, startLab } from "../lab/lab.js";
import { controlId, failureOf, RawClient, welcomeOf } from "../lab/raw-client.js";

const OWN = manifest.schemaHash;
const EARLIER = "eeeeeeeeeeeeeeee";
const MUCH_EARLIER = "dddddddddddddddd";
const FOREIGN = "ffffffffffffffff";
const UNKNOWN_ID = 4711;

/** A cluster of version 3 that understands its own schema and an earlier one. */
const start = () => startLab({}, { manifest: { lineage: [OWN, EARLIER], clientLineage: [MUCH_EARLIER] } });

async function hello(lab: Lab, fields: { version: number; schemaHash: string }): Promise<RawClient> {
  const client = await RawClient.connect(lab);
  await client.hello(fields);
  return client;
}

/** The generated client, were it generated from another schema. */
const clientOf = (schema: { version: number; schemaHash: string; lineage: string[] }) => ({
  connect: (options: ConnectOptions) => Connection.open({ ...description, ...schema }, options),
});

describe("a client of an older schema", () => {
  it.each([EARLIER, MUCH_EARLIER])("is taken when the server's lineage has it: %s", async (schemaHash) => {
    const client = await hello(await start(), { version: 2, schemaHash });
    expect(welcomeOf(client.take()[0]!)).toMatchObject({ understood: true, schemaHash: OWN, version: 3 });
  });

  it("is refused for good when not, and told why", async () => {
    const lab = await start();
    const client = await hello(lab, { version: 2, schemaHash: FOREIGN });
    expect(client.closed).toEqual({
      code: 4503,
      reason: `schema ${FOREIGN} (version 2) is incompatible with the server's ${OWN} (version 3): update the client`,
    });
    expect(client.take()).toEqual([]);
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(0);
    const generated = clientOf({ version: 2, schemaHash: FOREIGN, lineage: [FOREIGN] });
    await expect(lab.connect(generated)).rejects.toMatchObject({ name: "ConnectError", code: 4503 });
  });
});

describe("a client of a schema that may be newer", () => {
  it.each([3, 4])("is welcomed in version %s, and stays when it understands the server", async (version) => {
    const lab = await start();
    const client = await hello(lab, { version, schemaHash: FOREIGN });
    expect(welcomeOf(client.take()[0]!)).toMatchObject({ understood: false, schemaHash: OWN, version: 3 });
    const generated = clientOf({ version, schemaHash: FOREIGN, lineage: [FOREIGN, OWN] });
    expect((await lab.connect(generated)).state.kind).toBe("open");
  });

  it("closes itself for good when it does not", async () => {
    const lab = await start();
    const generated = clientOf({ version: 4, schemaHash: FOREIGN, lineage: [FOREIGN, EARLIER] });
    await expect(lab.connect(generated)).rejects.toMatchObject({
      name: "ConnectError",
      code: 4503,
      message: `cannot connect to lab: lab, schema ${FOREIGN} of version 4, is not compatible with the server's, ${OWN} of version 3`,
    });
    await lab.settle();
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(0);
  });

  it("may call what the server does not have yet, as often as it likes", async () => {
    const client = await hello(await start(), { version: 4, schemaHash: FOREIGN });
    client.take();
    for (let sequence = 2; sequence <= 40; sequence++) await client.ask(UNKNOWN_ID, sequence);
    expect(client.closed).toBeNull();
    const answers = client.take();
    expect(new Set(answers.map(({ error }) => error))).toEqual(new Set(["UNKNOWN_MESSAGE"]));
    expect(failureOf(answers[0]!)).toMatchObject({ executed: 1, message: expect.stringContaining("4711") });
  });
});

describe("a client that tells no schema", () => {
  it("is taken by its version alone, and has no excuse", async () => {
    const lab = await start();
    expect((await hello(lab, { version: 1, schemaHash: "" })).closed?.code).toBe(4503);
    const client = await hello(lab, { version: 2, schemaHash: "" });
    expect(welcomeOf(client.take()[0]!)).toMatchObject({ understood: false });
    for (let sequence = 2; sequence <= 11; sequence++) await client.ask(UNKNOWN_ID, sequence);
    expect(client.closed?.code).toBe(4500);
    expect(client.take().at(-1)?.messageId).toBe(controlId("KICK"));
  });
});
