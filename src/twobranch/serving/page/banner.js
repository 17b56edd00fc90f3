// Says when the server is gone, and that it is back.

import { connection } from "./connection.js";
import { element } from "./dom.js";

const LINGER = 4000; // milliseconds for which its return is told

/** Show the state of the connection in the element #connection. */
export function showConnection() {
  const banner = element("connection");
  let timer = 0;
  const say = (text, kind) => {
    clearTimeout(timer);
    banner.hidden = !text;
    banner.className = kind;
    banner.textContent = text;
  };
  connection.on("gone", () => say("The server does not answer. Trying again until it does …", "gone"));
  connection.on("back", () => {
    say("The server is back.", "back");
    timer = setTimeout(() => say("", ""), LINGER);
  });
}
