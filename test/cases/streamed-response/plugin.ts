import { stream } from 'hono/streaming'
import type { Plugin } from 'postern/plugin'

export const StreamWords: Plugin = (c) =>
  stream(c, async (out) => {
    for (const word of ['one ', 'two ', 'three']) await out.write(word)
  })

export const StreamBytes: Plugin = () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('raw '))
      controller.enqueue(new TextEncoder().encode('stream'))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'X-Own': '1' } })
}
