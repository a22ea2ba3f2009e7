import type { ConnectorContext, ConnectorEntry, EnterRequest, EnterResponse } from "../../generated/server/index.js";

export class Entry implements ConnectorEntry {
  async enter({ uid }: EnterRequest, { session }: ConnectorContext): Promise<EnterResponse> {
    await session.update({ name: uid });
    await session.bind(uid);
    return {};
  }
}
