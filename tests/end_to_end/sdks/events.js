// The form of events that all kits leave to their users.
"use strict";

// `sendEvent(client, room, type, content)` is the kit's.
function send(sendEvent) {
  return {
    react: (client, { room, event, key }) =>
      sendEvent(client, room, "m.reaction", {
        "m.relates_to": { rel_type: "m.annotation", event_id: event, key },
      }),
    edit: (client, { room, event, body }) =>
      sendEvent(client, room, "m.room.message", {
        msgtype: "m.text",
        body: `* ${body}`,
        "m.new_content": { msgtype: "m.text", body },
        "m.relates_to": { rel_type: "m.replace", event_id: event },
      }),
  };
}

module.exports = { send };
