// A user's client on matrix-bot-sdk's MatrixClient. What arrives with sync is told as it comes.
"use strict";

const { setTimeout: pause } = require("timers/promises");
const { LogLevel, LogService, MatrixAuth, MatrixClient } = require("matrix-bot-sdk");
const functions = require("./bot_functions");
const { bound, serve, tell, tellTokensOf } = require("./control");

const RETRY_MS = 100;

tellTokensOf(MatrixClient);

let client;
let sent = 0;

// Sends it again until it is taken, or refused: what a user does who sees "not delivered". The kit gives each attempt a
// transaction ID of its own, so it is given one here, as the kit's request has it.
async function send(room, content) {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${Date.now()}__${++sent}`;
  for (;;) {
    try {
      return (await client.doRequest("PUT", path, null, content)).event_id;
    } catch (error) {
      if (error.statusCode && error.statusCode < 500) throw error;
      await pause(RETRY_MS);
    }
  }
}

serve({
  ...bound(functions, () => client),
  async start({ homeserver, username, password }) {
    LogService.setLevel(LogLevel.WARN);
    const auth = new MatrixAuth(homeserver);
    await auth.passwordRegister(username, password);
    client = await auth.passwordLogin(username, password);
    client.on("room.event", (room_id, event) => tell({ ...event, room_id }));
    client.on("room.invite", (room_id, event) => tell({ ...event, room_id }));
    client.on("room.leave", (room_id, event) => tell({ ...event, room_id }));
    await client.start({ room: { timeline: { limit: 50 } } });
    return { user_id: await client.getUserId(), access_token: client.accessToken };
  },
  join: ({ room }) => client.joinRoom(room),
  create_room: ({ options }) => client.createRoom(options),
  invite: ({ room, user }) => client.inviteUser(user, room),
  leave: ({ room }) => client.leaveRoom(room),
  kick: ({ room, user, reason }) => client.kickUser(user, room, reason),
  send: ({ room, body }) => send(room, { msgtype: "m.text", body }),
  // Its attempts to sync can't be hurried.
  retry: async () => {},
  set_topic: ({ room, topic }) => client.sendStateEvent(room, "m.room.topic", "", { topic }),
  profile: ({ user }) => client.getUserProfile(user),
  resolve: ({ alias }) => client.resolveRoom(alias),
  async members({ room }) {
    const joined = await client.getJoinedRoomMembersWithProfiles(room);
    return Object.fromEntries(Object.entries(joined).map(([user, { display_name }]) => [user, display_name ?? user]));
  },
  async state({ room, type }) {
    try {
      return await client.getRoomStateEvent(room, type, "");
    } catch (error) {
      if (error.errcode === "M_NOT_FOUND") return null;
      throw error;
    }
  },
  async history({ room }) {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages`;
    const events = [];
    let more = {};
    do {
      const page = await client.doRequest("GET", path, { dir: "b", limit: 20, ...more });
      events.unshift(...page.chunk.reverse());
      more = page.end && { from: page.end };
    } while (more);
    return events;
  },
});
