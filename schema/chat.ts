import { backend, notify, push, request, rpc, sessionData } from "gatesmith/schema";

/** Keeps the rooms. All members of a room are on one server. */
export const chat = backend("chat", {
  typeId: 103,
  routeBy: sessionData("room"),
  handlers: {
    room: {
      /** Say something to the room, or to one member. */
      send: request(2001, "chat.SendRequest", "chat.SendResponse", { rate: "20/s", maxBytes: 4096 }),
      /** Tell the others that a line is being written. */
      typing: notify(2002, "chat.Typing", { rate: { perSecond: 2, burst: 4, over: "drop" } }),
    },
  },
  pushes: {
    /** A line was said, to everybody or to you. */
    onChat: push(2101, "chat.ChatLine"),
    /** Somebody is writing. */
    onTyping: push(2102, "chat.Typing", { overflow: "latest" }),
    /** Somebody entered the room. */
    onAdd: push(2103, "chat.Member"),
    /** Somebody left the room. */
    onLeave: push(2104, "chat.Member"),
  },
  remotes: {
    room: {
      /** Adds the session to the room, and tells the members. */
      add: rpc("chat.AddMember", "chat.Members"),
    },
  },
});
