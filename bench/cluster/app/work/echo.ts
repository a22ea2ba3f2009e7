import type { Line, WorkEcho } from "../../generated/server/index.js";

export class Echo implements WorkEcho {
  hit(line: Line): Line {
    return line;
  }
}
