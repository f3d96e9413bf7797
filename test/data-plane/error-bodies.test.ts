import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

const xml = '<?xml version = "1.0" encoding = "UTF-8"?>\n<error>There was a problem proxying the request</error>'
const json = '{\n    "error": "There was a problem proxying the request"\n}'

for (const [sent, received, body] of [
  [undefined, 'application/json', json],
  ['text/plain', 'application/json', json],
  ['application/json; charset=utf-8', 'application/json', json],
  ['application/xml', 'application/xml', xml],
  ['text/xml; charset=utf-8', 'text/xml', xml],
  ['application/soap+xml', 'application/soap+xml', xml],
] as const) {
  test(`an error is ${received} where the request's Content-Type is ${sent ?? 'missing'}`, async () => {
    await using stage = await openStage({ script: ({ close }) => close('end') })
    const { status, head, text } = await exchange(
      stage.port,
      formatRequest('POST /api/', sent ? [`Content-Type: ${sent}`] : [], '<a/>'),
    )
    assert.equal(status, 500)
    assert.equal(headerValue(head.lines, 'content-type'), received)
    assert.equal(text, body)
  })
}

test('an error answers HEAD without a body', async () => {
  await using stage = await openStage({ script: ({ close }) => close('end') })
  const { status, body } = await exchange(stage.port, formatRequest('HEAD /api/'))
  assert.equal(status, 500)
  assert.equal(body.length, 0)
})
