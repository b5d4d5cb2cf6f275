// What a bridge tells of the network behind it, in any kit: networks, and how what is on them maps to Matrix.
"use strict";

const { Names } = require("./names");

const PROTOCOL = "irc";

class ThirdParty {
  // `id`: what the network is called.
  constructor({ id, domain, names }) {
    this._id = id;
    this._names = new Names({ domain, ...names });
  }

  protocol() {
    return {
      user_fields: ["nickname"],
      location_fields: ["channel"],
      icon: "mxc://hsdomain.com/irc",
      field_types: {
        nickname: { regexp: "[^ ]+", placeholder: "nick" },
        channel: { regexp: "#[^ ]+", placeholder: "#channel" },
      },
      instances: [{ network_id: this._id, desc: `IRC by ${this._id}`, fields: { network: this._id } }],
    };
  }

  usersOf({ nickname }) {
    return [this._entry({ userid: this._names.userId(nickname) }, { nickname })];
  }

  usersById(userid) {
    return [this._entry({ userid }, { nickname: this._names.nick(userid) })];
  }

  locationsOf({ channel }) {
    const alias = `#${this._names.aliasLocalpart(channel)}:${this._names.domain}`;
    return [this._entry({ alias }, { channel })];
  }

  locationsById(alias) {
    return [this._entry({ alias }, { channel: this._names.channel(alias) })];
  }

  _entry(id, fields) {
    return { ...id, protocol: PROTOCOL, fields };
  }
}

module.exports = { PROTOCOL, ThirdParty };
