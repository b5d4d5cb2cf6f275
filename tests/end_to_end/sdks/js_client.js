// A user's client on matrix-js-sdk. What arrives in the timelines and for its device is told as it comes.
"use strict";

const { setTimeout: pause } = require("timers/promises");
const { bound, serve, tell, tellToken } = require("./control");
const functions = require("./js_functions");

const RETRY_MS = 100;

let sdk;
let client;

async function register(homeserver, username, password) {
  const anonymous = sdk.createClient({ baseUrl: homeserver });
  const request = { username, password };
  let registered;
  try {
    registered = await anonymous.registerRequest(request);
  } catch (error) {
    if (error.httpStatus !== 401) throw error;
    const auth = { type: "m.login.dummy", session: error.data.session };
    registered = await anonymous.registerRequest({ ...request, auth });
  }
  tellToken(registered.access_token);
  const session = await anonymous.loginRequest({
    type: "m.login.password",
    identifier: { type: "m.id.user", user: username },
    password,
  });
  tellToken(session.access_token);
  return session;
}

function plain(event) {
  const { event_id, type, sender, content, origin_server_ts, state_key, room_id } = event.getEffectiveEvent();
  return { event_id, type, sender, content, origin_server_ts, state_key, room_id };
}

// Sends it again, under the same transaction ID, until it is taken: what a user does who sees
// "not delivered" and presses "send again".
async function send(room, content) {
  const txnId = client.makeTxnId();
  try {
    return (await client.sendEvent(room, "m.room.message", content, txnId)).event_id;
  } catch (error) {
    console.error("not sent:", error.message);
  }
  const timeline = client.getRoom(room);
  for (;;) {
    const waiting = timeline.getPendingEvents().find((event) => event.getTxnId() === txnId);
    if (!waiting) {
      const sent = timeline.getLiveTimeline().getEvents();
      return sent.find((event) => event.getUnsigned().transaction_id === txnId)?.getId();
    }
    try {
      return (await client.resendEvent(waiting, timeline)).event_id;
    } catch {
      await pause(RETRY_MS);
    }
  }
}

serve({
  ...bound(functions, () => client),
  async start({ homeserver, username, password }) {
    // The package is a module, which is not found by NODE_PATH.
    sdk = await import(require.resolve("matrix-js-sdk"));
    const session = await register(homeserver, username, password);
    client = sdk.createClient({
      baseUrl: homeserver,
      accessToken: session.access_token,
      userId: session.user_id,
      deviceId: session.device_id,
    });
    client.on("Room.timeline", (event, room, toStart, removed, { liveEvent }) => {
      if (room && liveEvent && !toStart && !removed) tell(plain(event));
    });
    client.on("toDeviceEvent", (event) =>
      tell({ to_device: { type: event.getType(), sender: event.getSender(), content: event.getContent() } }),
    );
    const ready = new Promise((resolve) => client.on("sync", (state) => state === "PREPARED" && resolve()));
    // Detached: what is being sent is not in the timeline before it has come back.
    await client.startClient({ initialSyncLimit: 50, pendingEventOrdering: "detached" });
    await ready;
    return { user_id: session.user_id, access_token: session.access_token };
  },
  join: async ({ room }) => (await client.joinRoom(room)).roomId,
  create_room: async ({ options }) => (await client.createRoom(options)).room_id,
  invite: ({ room, user }) => client.invite(room, user),
  leave: ({ room }) => client.leave(room),
  kick: ({ room, user, reason }) => client.kick(room, user, reason),
  send: ({ room, body }) => send(room, { msgtype: "m.text", body }),
  set_topic: ({ room, topic }) => client.setRoomTopic(room, topic),
  profile: ({ user }) => client.getProfileInfo(user),
  resolve: async ({ alias }) => (await client.getRoomIdForAlias(alias)).room_id,
  // As the client itself sees it, from what came with sync.
  async members({ room }) {
    const joined = client.getRoom(room)?.getJoinedMembers() ?? [];
    return Object.fromEntries(joined.map((member) => [member.userId, member.name]));
  },
  async state({ room, type }) {
    return client.getRoom(room)?.getLiveTimeline().getState("f").getStateEvents(type, "")?.getContent() ?? null;
  },
  // Everything back to the room's beginning, oldest first.
  async history({ room }) {
    const timeline = client.getRoom(room);
    let length;
    do {
      length = timeline.timeline.length;
      await client.scrollback(timeline, 20);
    } while (timeline.timeline.length > length);
    return timeline.timeline.map(plain);
  },
  // "I am online again": doesn't wait for the next of its own attempts.
  retry: async () => client.retryImmediately(),
});
