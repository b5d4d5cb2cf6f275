// Stands in for the native library, which its package downloads from elsewhere. The kits load
// it, but use nothing of it while encryption is off; if one does, this says what is missing.
"use strict";

module.exports = new Proxy(
  {},
  {
    get(_, name) {
      if (typeof name === "symbol" || name === "__esModule" || name === "then") return undefined;
      return class {
        constructor() {
          throw new Error(`encryption is off here, but ${name} was asked for`);
        }
      };
    },
  },
);
