// How names on IRC become Matrix IDs and back.
"use strict";

class Names {
  // `userPrefix` "irc_" and `aliasPrefix` "irc_" make @irc_bob:d and #irc_matrix:d of Bob and #matrix.
  constructor({ domain, userPrefix, aliasPrefix, keepsCase }) {
    Object.assign(this, { domain, userPrefix, aliasPrefix, keepsCase });
  }

  userId(nick) {
    return `@${this.userPrefix}${this.keepsCase ? nick : nick.toLowerCase()}:${this.domain}`;
  }

  // The nick behind a user ID, null if it is none of ours. IRC doesn't care about capitals.
  nick(userId) {
    const [localpart] = userId.slice(1).split(`:${this.domain}`);
    return localpart.startsWith(this.userPrefix) ? localpart.slice(this.userPrefix.length) : null;
  }

  aliasLocalpart(channel) {
    return this.aliasPrefix + channel.slice(1);
  }

  channel(alias) {
    const [localpart] = alias.slice(1).split(`:${this.domain}`);
    return localpart.startsWith(this.aliasPrefix) ? "#" + localpart.slice(this.aliasPrefix.length) : null;
  }
}

module.exports = { Names };
