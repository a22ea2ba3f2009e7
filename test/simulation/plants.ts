/** Mistakes as they are made, put into the runtime or the client for a test: each breaks a promise that the simulator must find broken. */

import { PushSenderOf } from "../../runtime/backend/push-sender.js";
import { SessionMirrors } from "../../runtime/backend/session-mirrors.js";
import { FrameKind } from "../../runtime/bus/envelope.js";
import { HomeAccounts } from "../../runtime/channel/home-accounts.js";
import { FailureDetector } from "../../runtime/cluster/failure-detector.js";
import { HeldForHome } from "../../runtime/cluster/held-for-home.js";
import { HomeBarrier } from "../../runtime/cluster/home-barrier.js";
import { Registrar } from "../../runtime/cluster/registrar.js";
import { UserHome } from "../../runtime/cluster/user-home.js";
import { View } from "../../runtime/cluster/view.js";
import { Failure } from "../../runtime/failure.js";
import { Delivery } from "../../runtime/frontend/delivery.js";
import { Forwarder } from "../../runtime/frontend/forwarder.js";
import { Gaps } from "../../runtime/frontend/gaps.js";
import { RunningServer } from "../../runtime/running-server.js";
import { Bindings } from "../../runtime/session/bindings.js";
import type { FrontendSession } from "../../runtime/session/frontend-session.js";
import { currentUse } from "../../runtime/session/session-uses.js";
import { Slab } from "../../wire/slab.js";
import type { Timing } from "../../wire/timing.js";
import { Calls } from "../runtime/lab/generated/client-typescript/runtime/calls.js";
import type { Promised } from "./ledger.js";

export interface Plant {
  readonly mistake: string;
  /** What breaks first. */
  readonly promise: Promised;
  /** It shows while one home of channels or users dies upon another. */
  readonly amongDeathsOf?: "channels" | "users";
  /** Returns what takes it out again. */
  plant(): () => void;
}

type Method = (this: never, ...values: never[]) => unknown;

/** Replaces a method of a class, also a private one. */
function replaced(owner: { readonly prototype: object }, name: string, make: (original: Method) => Method): () => void {
  const original: unknown = Reflect.get(owner.prototype, name);
  if (typeof original !== "function") throw new TypeError(`there is no method ${name} to plant a mistake in`);
  Reflect.set(owner.prototype, name, make(original as Method));
  return () => void Reflect.set(owner.prototype, name, original);
}

/** Calls `frame` twice for every fourth frame of a kind. */
function twice(kind: number): () => void {
  let count = 0;
  return replaced(RunningServer, "frame", (original) => {
    return function (this: never, ...values: never[]) {
      const [, slab, start] = values as unknown as Parameters<RunningServer["frame"]>;
      const again = slab.bytes[start] === kind && count++ % 4 === 0;
      Reflect.apply(original, this, values);
      if (again) Reflect.apply(original, this, values);
    } as Method;
  });
}

export const plants: readonly Plant[] = [
  {
    mistake: "an unbind takes the uid from whoever has it",
    promise: "one owner of a uid",
    plant: () =>
      replaced(UserHome, "release", () => {
        return function (this: { readonly holders: Map<string, unknown> }, uid: string) {
          this.holders.delete(uid);
        } as Method;
      }),
  },
  {
    mistake: "a claim does not look at who has the uid",
    promise: "one owner of a uid",
    plant: () =>
      replaced(UserHome, "claim", (original) => {
        return function (this: { readonly holders: Map<string, unknown> }, ...values: never[]) {
          this.holders.delete(values[0] as string);
          return Reflect.apply(original, this as never, values);
        } as Method;
      }),
  },
  {
    mistake: "a new home answers before all have registered with it",
    promise: "one owner of a uid",
    plant: () => replaced(HomeBarrier, "reached", () => (async () => {}) as Method),
  },
  {
    mistake: "a request is delivered twice",
    promise: "at most one execution",
    plant: () => twice(FrameKind.REQUEST),
  },
  {
    mistake: "a push to a channel is delivered twice",
    promise: "nothing reaches a wrong session",
    plant: () => twice(FrameKind.PUSH_MEMBERS),
  },
  {
    mistake: "a push to a user is delivered twice",
    promise: "nothing reaches a wrong session",
    plant: () => twice(FrameKind.PUSH_USER),
  },
  {
    mistake: "a push to a user goes also to a session that gave the uid up before it came",
    promise: "a push to a user reaches nobody else",
    plant: () =>
      replaced(Delivery, "toSession", (original) => {
        return function (this: never, ...values: never[]) {
          const [push, slot, generation, , ...rest] = values as unknown as Parameters<Delivery["toSession"]>;
          return Reflect.apply(original, this, [push, slot, generation, "", ...rest]);
        } as Method;
      }),
  },
  {
    mistake: "a push to a user goes to one of the sessions that share the uid",
    promise: "no push to a user is missed",
    plant: () =>
      replaced(UserHome, "forwardPush", (original) => {
        return function (this: { readonly holders: Map<string, unknown[]> }, ...values: never[]) {
          const [uid] = values as unknown as [string];
          const holders = this.holders.get(uid);
          if (holders !== undefined) this.holders.set(uid, holders.slice(0, 1));
          Reflect.apply(original, this as never, values);
          if (holders !== undefined) this.holders.set(uid, holders);
        } as Method;
      }),
  },
  {
    mistake: "clients are not told of what may be lost with the home of a user",
    promise: "no push to a user is missed",
    amongDeathsOf: "users",
    plant: () => replaced(Gaps, "tell", () => (() => {}) as Method),
  },
  {
    mistake: "a home passes on a push to a user after the next one",
    promise: "pushes to a user come in their sender's order",
    plant: () => {
      let count = 0;
      return replaced(UserHome, "forwardPush", (original) => {
        return function (this: { readonly core: { readonly timing: Timing } }, ...values: never[]) {
          const [uid, linkId, headerBytes, slab, start, end] = values as unknown as Parameters<UserHome["forwardPush"]>;
          const copy = new Slab(end - start);
          copy.append(slab, start, end);
          const pass = () => Reflect.apply(original, this as never, [uid, linkId, headerBytes, copy, 0, end - start]);
          if (count++ % 4 === 0) this.core.timing.after(5, pass);
          else pass();
        } as Method;
      });
    },
  },
  {
    mistake: "the sessions of a lost connector are not ended",
    promise: "session closed exactly once",
    plant: () => replaced(SessionMirrors, "left", () => (() => {}) as Method),
  },
  {
    mistake: "a server goes on after it stood still for longer than the window",
    promise: "no late execution",
    plant: () =>
      replaced(FailureDetector, "awake", (original) => {
        return function (this: { seen: number; readonly timing: { now(): number } }) {
          this.seen = Math.max(this.seen, this.timing.now() - 1_000);
          return Reflect.apply(original, this as never, []);
        } as Method;
      }),
  },
  {
    mistake: "what waits for its home goes last first",
    promise: "pushes come in their sender's order",
    amongDeathsOf: "channels",
    plant: () =>
      replaced(HeldForHome, "drain", (original) => {
        return function (this: { readonly held: unknown[] }, ...values: never[]) {
          this.held.reverse();
          Reflect.apply(original, this as never, values);
        } as Method;
      }),
  },
  {
    mistake: "clients are told of a home's death when it is noticed, and not when nobody sends to it any more",
    promise: "no push is missed",
    amongDeathsOf: "channels",
    plant: () => replaced(Registrar, "died", () => (() => {}) as Method),
  },
  {
    mistake: "a lost request is said not to have run",
    promise: "executed is true to the facts",
    plant: () =>
      replaced(Forwarder, "lost", () => {
        return function (this: { fail(call: unknown, failure: Failure): void }, call: unknown) {
          this.fail(call, Failure.of("BACKEND_LOST", "the backend is lost", "no"));
        } as Method;
      }),
  },
  {
    mistake: "a frontend without members does not say so",
    promise: "nothing is left behind",
    plant: () => replaced(HomeAccounts, "emptied", () => (() => {}) as Method),
  },
  {
    mistake: "a patched session is not told again to servers that know it",
    promise: "the session is up to date",
    plant: () =>
      replaced(Bindings, "setUid", (original) => {
        return function (this: never, ...values: never[]) {
          const [session] = values as unknown as [{ version: number }];
          const { version } = session;
          Reflect.apply(original, this, values);
          if (version > 2) session.version = version;
        } as Method;
      }),
  },
  {
    mistake: "a client has no deadline of its own, and trusts its server to keep one",
    promise: "one outcome by the deadline",
    plant: () =>
      replaced(Calls, "request", (original) => {
        return function (this: never, ...values: never[]) {
          const [route, message, , ahead] = values as unknown as Parameters<Calls["request"]>;
          return Reflect.apply(original, this, [route, message, 86_400_000, ahead]);
        } as Method;
      }),
  },
  {
    mistake: "a push leaves when the handler that sends it has returned",
    promise: "pushes come before the answer",
    plant: () =>
      replaced(PushSenderOf, "toSession", (original) => {
        return function (this: { readonly core: { readonly timing: Timing } }, ...values: never[]) {
          this.core.timing.defer(() => void Reflect.apply(original, this as never, values));
        } as Method;
      }),
  },
  {
    mistake: "who has missed a beat stays a suspect",
    promise: "views agree",
    plant: () =>
      replaced(View, "suspected", (original) => {
        return function (this: never, ...values: never[]) {
          const [, suspect] = values as unknown as Parameters<View["suspected"]>;
          return suspect ? Reflect.apply(original, this, values) : true;
        } as Method;
      }),
  },
  {
    mistake: "a session whose server is gone is given no other",
    promise: "all is back to normal",
    plant: () =>
      replaced(Forwarder, "choose", (original) => {
        return function (this: { refuse(...values: unknown[]): void }, ...values: never[]) {
          const [session, route, request] = values as unknown as [FrontendSession, { typeIndex: number }, unknown];
          if (currentUse(session, route.typeIndex)?.peer.alive !== false)
            return Reflect.apply(original, this as never, values);
          this.refuse(session, route, request, Failure.of("NO_SERVER", "the session's server is gone", "no"));
          return null;
        } as Method;
      }),
  },
];
