// What a user does besides messages, on a MatrixClient of matrix-bot-sdk: a person's or a ghost's.
"use strict";

const { send } = require("./events");

module.exports = {
  typing: (client, { room, typing }) => client.setTyping(room, typing),
  read: (client, { room, event }) => client.sendReadReceipt(room, event),
  set_display_name: (client, { to }) => client.setDisplayName(to),
  set_presence: (client, { presence, status }) => client.setPresenceStatus(presence, status),
  presence: async (client, { user }) => {
    const { state, statusMessage } = await client.getPresenceStatusFor(user);
    return { presence: state, status: statusMessage };
  },
  upload: (client, { text, file }) => client.uploadContent(Buffer.from(text), "text/plain", file),
  async download(client, { uri }) {
    const { data, contentType } = await client.downloadContent(uri);
    return { text: Buffer.from(data).toString(), type: contentType };
  },
  set_avatar: (client, { uri }) => client.setAvatarUrl(uri),
  redact: (client, { room, event, reason }) => client.redactEvent(room, event, reason),
  event: (client, { room, event }) => client.getEvent(room, event),
  ...send((client, room, type, content) => client.sendEvent(room, type, content)),
  set_account_data: (client, { type, content }) => client.setAccountData(type, content),
  account_data: (client, { type }) => client.getAccountData(type),
  devices: (client) => client.getOwnDevices(),
};
