// What a person does besides messages, on matrix-js-sdk, and what their client makes of what
// others do, as it came with sync.
"use strict";

const { send } = require("./events");

function find(client, room, event) {
  return client.getRoom(room).findEventById(event);
}

function toMap(object) {
  return new Map(Object.entries(object));
}

module.exports = {
  typing: (client, { room, typing }) => client.sendTyping(room, typing, 30_000),
  who_types: async (client, { room }) =>
    client.getRoom(room).getJoinedMembers().filter((member) => member.typing).map((member) => member.userId),
  read: (client, { room, event }) => client.sendReadReceipt(find(client, room, event)),
  who_has_read: async (client, { room, event }) => client.getRoom(room).getUsersReadUpTo(find(client, room, event)),
  set_read_marker: (client, { room, event }) => client.setRoomReadMarkers(room, event),
  read_marker: async (client, { room }) =>
    client.getRoom(room).getAccountData("m.fully_read")?.getContent().event_id ?? null,
  set_display_name: (client, { to }) => client.setDisplayName(to),
  set_presence: (client, { presence, status }) => client.setPresence({ presence, status_msg: status }),
  async presence(client, { user }) {
    const { presence, status_msg } = await client.getPresence(user);
    return { presence, status: status_msg };
  },
  // What it has been told, rather than what it asks for.
  async seen_presence(client, { user }) {
    const { presence, presenceStatusMsg } = client.getUser(user) ?? {};
    return { presence, status: presenceStatusMsg };
  },
  upload: async (client, { text, file }) =>
    (await client.uploadContent(Buffer.from(text), { type: "text/plain", name: file })).content_uri,
  async download(client, { uri }) {
    const url = client.mxcUrlToHttp(uri, undefined, undefined, undefined, false, true, true);
    const response = await fetch(url, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
    return { text: await response.text(), type: response.headers.get("content-type") };
  },
  third_party_protocols: (client) => client.getThirdpartyProtocols(),
  third_party_users: (client, { protocol, fields }) => client.getThirdpartyUser(protocol, fields),
  third_party_locations: (client, { protocol, fields }) => client.getThirdpartyLocation(protocol, fields),
  redact: async (client, { room, event, reason }) =>
    (await client.redactEvent(room, event, undefined, { reason })).event_id,
  event: (client, { room, event }) => client.fetchRoomEvent(room, event),
  ...send(async (client, room, type, content) => (await client.sendEvent(room, type, content)).event_id),
  // The message as it is shown: edited, or redacted.
  shown: async (client, { room, event }) => find(client, room, event)?.getContent() ?? null,
  reactions: async (client, { room, event }) =>
    (client.getRoom(room).relations.getChildEventsForEvent(event, "m.annotation", "m.reaction")?.getRelations() ?? []).map(
      (reaction) => [reaction.getSender(), reaction.getRelation().key],
    ),
  set_account_data: (client, { type, content }) => client.setAccountData(type, content),
  account_data: async (client, { type }) => client.getAccountData(type)?.getContent() ?? null,
  set_room_account_data: (client, { room, type, content }) => client.setRoomAccountData(room, type, content),
  room_account_data: async (client, { room, type }) =>
    client.getRoom(room).getAccountData(type)?.getContent() ?? null,
  set_tag: (client, { room, tag, order }) => client.setRoomTag(room, tag, { order }),
  delete_tag: (client, { room, tag }) => client.deleteRoomTag(room, tag),
  tags: async (client, { room }) => client.getRoom(room).tags,
  own_device: async (client) => client.getDeviceId(),
  devices: async (client) => (await client.getDevices()).devices,
  rename_device: (client, { device, to }) => client.setDeviceDetails(device, { display_name: to }),
  delete_device: (client, { device, auth }) => client.deleteDevice(device, auth),
  send_to_device: (client, { type, user, device, content }) =>
    client.sendToDevice(type, toMap({ [user]: toMap({ [device]: content }) })),
};
