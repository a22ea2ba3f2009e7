/** Where a probe asks how a server is: `/healthz`, `/readyz` and `/metrics`, on a port that no client uses. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import type { Timing } from "../../wire/timing.js";
import { ListenError } from "../frontend/listener.js";
import { hostInUrl } from "../frontend/open-listeners.js";
import { CollectedMetrics } from "./collected-metrics.js";
import { ProcessMetrics } from "./process-metrics.js";
import { type CurrentServer, registerServerMetrics } from "./server-metrics.js";

export interface OperateEndpointOptions {
  /** `chat-2` */
  readonly id: string;
  readonly type: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly server: CurrentServer;
  /** Why it should be replaced; null while it is well. */
  readonly illness: () => string | null;
  readonly timing: Timing;
}

export class OperateEndpoint {
  /** `http://127.0.0.1:9100` */
  url = "";
  private readonly options: OperateEndpointOptions;
  private readonly registry = new Registry();
  private readonly http: Server;
  private readonly process: ProcessMetrics;

  private constructor(options: OperateEndpointOptions) {
    const { registry } = this;
    this.options = options;
    registry.setDefaultLabels({ server: options.id, type: options.type });
    registerServerMetrics(registry, options.server);
    this.process = new ProcessMetrics(new CollectedMetrics(registry), options.timing);
    this.http = createServer((request, response) => void this.answer(request, response));
    // A probe is no reason to stay.
    this.http.unref();
  }

  /** Listens. Rejects with ListenError. */
  static async open(options: OperateEndpointOptions): Promise<OperateEndpoint> {
    const endpoint = new OperateEndpoint(options);
    const { host, port, id } = options;
    try {
      await new Promise<void>((resolve, reject) => {
        endpoint.http.once("error", reject);
        endpoint.http.listen({ host, port, exclusive: true }, resolve);
      });
      // The system may refuse to accept for a while; that ends no server.
      endpoint.http.on("error", () => {});
    } catch (error) {
      endpoint.process.close();
      throw new ListenError(
        `${id} cannot listen on ${host}:${port} for health and metrics: ${(error as Error).message}`,
      );
    }
    endpoint.url = `http://${hostInUrl(host)}:${(endpoint.http.address() as AddressInfo).port}`;
    return endpoint;
  }

  async close(): Promise<void> {
    this.process.close();
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    this.http.closeAllConnections();
    await closed;
  }

  private async answer({ method, url = "/" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, text: string, type = "text/plain; charset=utf-8") => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
      response.end(method === "HEAD" ? undefined : text);
    };
    if (method !== "GET" && method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      say(405, "GET and HEAD are answered\n");
      return;
    }
    switch (url.replace(/[?#].*$/s, "")) {
      case "/healthz": {
        const illness = this.options.illness();
        say(illness === null ? 200 : 503, `${illness ?? "ok"}\n`);
        return;
      }
      case "/readyz": {
        const reason = this.options.illness() ?? unreadiness(this.options.server);
        say(reason === null ? 200 : 503, `${reason ?? "ok"}\n`);
        return;
      }
      case "/metrics":
        try {
          say(200, await this.registry.metrics(), this.registry.contentType);
        } catch (error) {
          say(500, `${error instanceof Error ? error.message : String(error)}\n`);
        }
        return;
      default:
        say(404, "there are /healthz, /readyz and /metrics\n");
    }
  }
}

/** Why a server should be given no work; null when it should. */
function unreadiness(current: CurrentServer): string | null {
  const server = current();
  if (server === null) return "it is not on the bus: it starts, stops, or comes back";
  if (server.state === "starting") return "it starts";
  if (server.state === "draining") return "it drains";
  if (server.place?.up !== true) return "the bus is down";
  return null;
}
