// newKey makes an idempotency key: one for every intent, the same for every repetition of it. It does not use
// crypto.randomUUID, which is absent on plain HTTP addresses other than loopback.
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
