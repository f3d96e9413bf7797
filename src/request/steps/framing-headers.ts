/** What frames a message or belongs to one connection (RFC 9110 §7.6.1, RFC 9112 §6). */
const FRAMING = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether a header is the gateway's own business: a definition can neither set nor remove it. */
export function isFraming(name: string): boolean {
  return FRAMING.has(name.toLowerCase())
}
