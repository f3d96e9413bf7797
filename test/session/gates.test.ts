import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../../src/request/chain/exchange.ts'
import { keyExpiry } from '../../src/request/steps/key-expiry/step.ts'
import type { StepTools } from '../../src/request/steps/step-kind.ts'
import type { StepSource } from '../../src/request/steps/step-source.ts'

test('a request that nothing has given a session is refused, should one come so far', async () => {
  const open = await keyExpiry.read({ keyless: false } as StepSource)
  const [step] = open?.({} as StepTools) ?? []
  const answers: Response[] = []
  const events: string[] = []
  const exchange = {
    incoming: { headers: {} },
    token: '',
    api: { maxPluginBody: 1000, events: { tell: (event: string) => events.push(event) } },
    openDraft: () => ({ replace: (response: Response) => answers.push(response) }),
  } as unknown as Exchange
  assert.equal(step?.run(exchange, null as never, 0), 'done')
  assert.equal(answers[0]?.status, 400)
  assert.deepEqual(events, ['AuthFailure'])
  assert.equal(
    (exchange.error as Error).message,
    'Session state is missing or unset! Please make sure that auth headers are properly applied',
  )
})

test('a keyless API has none of the steps about sessions', () => {
  assert.equal(keyExpiry.read({ keyless: true } as StepSource), null)
})
