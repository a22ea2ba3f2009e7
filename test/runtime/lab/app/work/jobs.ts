import type { Text, WorkContext, WorkJobs, WorkRemoteContext, WorkServer } from "../../generated/server/index.js";

export class Jobs implements WorkJobs {
  readonly server: WorkServer;

  constructor(server: WorkServer) {
    this.server = server;
  }

  ask(_request: Text, _context: WorkContext): Text {
    return this.server.notImplemented("work.jobs.ask");
  }

  tell(_message: Text, _context: WorkContext): void {
    this.server.notImplemented("work.jobs.tell");
  }

  open(_request: Text, _context: WorkContext): Text {
    return this.server.notImplemented("work.jobs.open");
  }

  rated(_request: Text, _context: WorkContext): Text {
    return this.server.notImplemented("work.jobs.rated");
  }

  dropped(_message: Text, _context: WorkContext): void {
    this.server.notImplemented("work.jobs.dropped");
  }

  refused(_message: Text, _context: WorkContext): void {
    this.server.notImplemented("work.jobs.refused");
  }

  small(_request: Text, _context: WorkContext): Text {
    return this.server.notImplemented("work.jobs.small");
  }

  alone(_request: Text, _context: WorkContext): Text {
    return this.server.notImplemented("work.jobs.alone");
  }

  other(_request: Text, _context: WorkContext): Text {
    return this.server.notImplemented("work.jobs.other");
  }

  free(_request: Text, _context: WorkContext): Text {
    return this.server.notImplemented("work.jobs.free");
  }

  call(_request: Text, _context: WorkRemoteContext): Text {
    return this.server.notImplemented("work.jobs.call");
  }
}
