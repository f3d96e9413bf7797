import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

const plugin = `
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Plugin } from 'postern/plugin'

export const Wait: Plugin = async (c) => {
  const { signal } = c.req.raw
  await once(signal, 'abort')
  c.var.log.info('told to stop: ' + signal.reason.message)
}

export const AskLate: Plugin = async (c) => {
  const { raw } = c.req
  await delay(100)
  c.var.log.info('asked late: ' + raw.signal.aborted)
}

export const Observe: Plugin = (c) => {
  c.header('X-Aborted', String(c.req.raw.signal.aborted))
  c.req.raw = c.req.raw
  c.req.raw.headers.set('X-Seen', 'yes')
}
`

test('c.req.raw.signal aborts when the plugin’s own time is up, and for that plugin alone', async () => {
  const skipped = { path: 'plugin.js', on_error: 'skip', timeout_ms: 30 }
  await using stage = await openStage({
    plugin,
    definition: {
      custom_middleware: {
        driver: 'jsplugin',
        pre: [
          { name: 'Wait', ...skipped },
          { name: 'AskLate', ...skipped },
          { name: 'Observe', path: 'plugin.js' },
        ],
      },
    },
  })
  const { status, head } = await exchange(stage.port, 'GET /api/ HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.equal(status, 200)
  assert.ok(head.lines.includes('X-Aborted: false'))
  assert.ok(stage.upstream.requests[0]?.head.lines.includes('X-Seen: yes'), 'the view is of the request that goes upstream')
  await stage.gateway.log.waitFor('told to stop: Run the plugin \\"Wait\\" (pre) failed: it took longer than timeout_ms (30)')
  await stage.gateway.log.waitFor('asked late: true')
})
