// What a page shows is fetched anew after hints: each thing at most so often, and one fetch of it at a time. Then an
// answer that comes late is never shown over a later one, and answers that take long are shown all the same, however
// often something changes.

import { isAway, Refused } from "/static/api.js";

const LATER = 3000;
const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

// fetches: a function for each name; refused(error): what the server would not tell, but for the moment's absence.
// Returns soon(name), after which that is fetched once more, begun later than now.
export function fetching(fetches, every, refused) {
  const wanted = new Set(), busy = new Set(), last = new Map();

  async function keepUp(name) {
    busy.add(name);
    try {
      while (wanted.has(name)) {
        await pause((last.get(name) ?? -every) + every - performance.now());
        wanted.delete(name);
        last.set(name, performance.now());
        await fetches[name]();
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (isAway(error)) setTimeout(() => soon(name), LATER);
      else refused(error);
    } finally {
      busy.delete(name);
    }
    if (wanted.has(name)) keepUp(name);
  }

  function soon(name) {
    wanted.add(name);
    if (!busy.has(name)) keepUp(name);
  }
  return soon;
}
