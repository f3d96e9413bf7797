/** A body that is all there when it is given. */
export type WholeBody = string | Uint8Array

const requests = new WeakSet<Request>()
const responses = new WeakMap<Response, WholeBody>()

/** Notes that a plugin made a request from a body it had at hand, so that its length can be told before it is sent. */
export function noteInMemory(request: Request): void {
  requests.add(request)
}

export function isInMemory(request: Request): boolean {
  return requests.has(request)
}

/** Notes the body that a plugin made a response from, which then need not be read out of a stream. */
export function noteBody(response: Response, body: WholeBody): void {
  responses.set(response, body)
}

/** The body that a response was made from, unless it was read already. */
export function bodyAtHand(response: Response): Uint8Array | undefined {
  const body = response.bodyUsed ? undefined : responses.get(response)
  return typeof body === 'string' ? Buffer.from(body) : body
}
