/** A gate's `GET /entry?uid=&protocol=`: which connector a client is to use. */
import type { HttpRequest, HttpResponse } from "uWebSockets.js";
import type { Logger } from "pino";
import type { Endpoint } from "../backend/application.js";
import { Failure } from "../failure.js";

export function answerEntry(
  choose: (uid: string, protocol: string) => Endpoint,
  log: Logger,
  response: HttpResponse,
  request: HttpRequest,
): void {
  let status = "200 OK";
  let body: object;
  try {
    const { url, server } = choose(request.getQuery("uid") ?? "", request.getQuery("protocol") ?? "");
    body = { url, server };
  } catch (error) {
    const failure = error instanceof Failure ? error : Failure.of("INTERNAL", "the gate failed", "unknown");
    if (failure !== error) log.error({ err: error }, "GET /entry failed");
    status = "503 Service Unavailable";
    body = { error: failure.name, message: failure.message };
  }
  response.cork(() => {
    response.writeStatus(status);
    response.writeHeader("Content-Type", "application/json");
    // Browsers ask from the page's origin, which is not the gate's.
    response.writeHeader("Access-Control-Allow-Origin", "*");
    response.writeHeader("Cache-Control", "no-store");
    // A client asks once: a connection that is kept would only hold up the end of the process.
    response.end(JSON.stringify(body), true);
  });
}
