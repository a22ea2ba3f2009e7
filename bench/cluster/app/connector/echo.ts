import type { ConnectorEcho, Line } from "../../generated/server/index.js";

export class Echo implements ConnectorEcho {
  hit(line: Line): Line {
    return line;
  }
}
