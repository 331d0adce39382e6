/** Calls back when an interruption may be over: a page that is seen again, a device that came or went, a network. */
export function onWake(wake: () => void): () => void {
  const leaving = new AbortController();
  const options = { signal: leaving.signal };
  document.addEventListener('visibilitychange', wake, options);
  window.addEventListener('online', wake, options);
  window.addEventListener('pageshow', wake, options);
  navigator.mediaDevices?.addEventListener('devicechange', wake, options);
  return () => leaving.abort();
}
