// What a ghost does besides messages, on an Intent of matrix-appservice-bridge, and where that has
// no function of its own on the client below it.
"use strict";

const onClient = require("./bot_functions");
const { send } = require("./events");

module.exports = {
  typing: (intent, { room, typing }) => intent.sendTyping(room, typing),
  read: (intent, { room, event }) => intent.sendReadReceipt(room, event),
  set_presence: (intent, { presence, status }) => intent.setPresence(presence, status),
  set_avatar: (intent, { uri }) => intent.setAvatarUrl(uri),
  event: async (intent, { room, event }) => (await intent.getEvent(room, event, false)).event,
  ...send((intent, room, type, content) => intent.sendEvent(room, type, content)),
  upload: (intent, argument) => onClient.upload(intent.matrixClient, argument),
  download: (intent, argument) => onClient.download(intent.matrixClient, argument),
  redact: (intent, argument) => onClient.redact(intent.matrixClient, argument),
};
