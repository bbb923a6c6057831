// The simulator's addresses, and news of one user's chat for as long as somebody looks at it.

export async function post(name, body) {
  const response = await fetch(`/simulator/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// onState(state) for every change; onLost(true | false) when the simulator is gone or back. Returns a function to stop.
export function watch(who, onState, onLost) {
  const stop = new AbortController();
  (async () => {
    let since = "";
    while (!stop.signal.aborted) {
      try {
        const query = new URLSearchParams({ ...who, since });
        const response = await fetch(`/simulator/state?${query}`, { signal: stop.signal });
        if (!response.ok) throw new Error(String(response.status));
        const state = await response.json();
        if (stop.signal.aborted) return;
        onLost(false);
        if (String(state.version) !== since) onState(state);
        since = String(state.version);
      } catch {
        if (stop.signal.aborted) return;
        onLost(true);
        since = "";
        await pause(1000);
      }
    }
  })();
  return () => stop.abort();
}
