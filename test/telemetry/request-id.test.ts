import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { headerValues } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

/** The ids that the upstream and the client see. */
async function idsOf(settings: object, { sent }: { sent?: string } = {}) {
  await using stage = await openStage({
    config: { request_id: settings },
    script: async (call) => {
      await call.receive()
      await call.answer(200, ['X-Request-Id: of-upstream', 'x-request-id: again'], 'ok')
    },
  })
  const line = sent === undefined ? '' : `x-request-id: ${sent}\r\n`
  const { head } = await exchange(stage.port, `GET /api/ HTTP/1.1\r\nHost: a\r\n${line}\r\n`)
  const lines = stage.upstream.requests[0]?.head.lines ?? []
  return { upstream: headerValues(lines, 'x-request-id'), client: headerValues(head.lines, 'x-request-id') }
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/

describe('the id of a request', () => {
  test('is nobody’s business unless the configuration says so', async () => {
    assert.deepEqual(await idsOf({}, { sent: 'mine' }), { upstream: ['mine'], client: ['of-upstream', 'again'] })
  })

  test('is told to upstream and client, in place of what they had', async () => {
    const { upstream, client } = await idsOf({ to_upstream: true, to_client: true }, { sent: 'mine' })
    assert.equal(upstream.length, 1)
    assert.match(upstream[0] as string, UUID)
    assert.deepEqual(client, upstream)
  })

  test('is the client’s own where that is taken, and well formed', async () => {
    const settings = { accept: true, to_upstream: true, to_client: true }
    assert.deepEqual(await idsOf(settings, { sent: 'a.b:c/d_1-2' }), { upstream: ['a.b:c/d_1-2'], client: ['a.b:c/d_1-2'] })
    for (const sent of ['with space', '"quoted"', 'x'.repeat(129), '']) {
      const { upstream, client } = await idsOf(settings, { sent })
      assert.match(upstream[0] as string, UUID, sent)
      assert.deepEqual(client, upstream)
    }
  })

  test('may have another header', async () => {
    await using stage = await openStage({ config: { request_id: { header: 'X-Trace', accept: true, to_upstream: true } } })
    await exchange(stage.port, 'GET /api/ HTTP/1.1\r\nHost: a\r\nx-trace: one\r\n\r\n')
    assert.deepEqual(headerValues(stage.upstream.requests[0]?.head.lines ?? [], 'X-Trace'), ['one'])
  })

  test('is on answers of the gateway’s own as well', async () => {
    await using stage = await openStage({
      config: { request_id: { to_client: true } },
      definition: { use_keyless: false, use_standard_auth: true },
    })
    const { status, head } = await exchange(stage.port, 'GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.equal(status, 401)
    assert.match(headerValues(head.lines, 'x-request-id')[0] as string, UUID)
  })
})
