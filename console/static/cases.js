// Says that cases have changed. It reloads nothing by itself: somebody may be typing.

import { listen } from "./api.js";

const bar = document.querySelector("[data-changed]");
let opened = false;

listen((topics) => {
  const changed = topics.includes("cases") || (topics.includes("*") && opened);
  opened = true;
  if (changed) bar.hidden = false;
});
