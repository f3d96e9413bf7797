import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Chain } from '../../src/request/chain/chain.ts'
import type { Exchange } from '../../src/request/chain/exchange.ts'
import { phaseSet, type RequestPhase, requestPhases, responsePhases } from '../../src/request/chain/phases.ts'
import type { Step, Verdict } from '../../src/request/chain/step.ts'

type Run = (exchange: Exchange, chain: Chain, index: number) => Verdict | Promise<Verdict>

function stage() {
  const ran: string[] = []
  const exchange = { leftOut: 0, trace: null } as unknown as Exchange
  const step = (phase: RequestPhase, run: Run = () => 'go-on'): Step => ({
    name: phase,
    phase,
    run: (...args) => {
      ran.push(phase)
      return run(...args)
    },
  })
  const chain = (steps: readonly Step[]) => Chain.ofRequest(steps, () => void ran.push('end'))
  return { ran, exchange, step, chain }
}

test('phases that an exchange leaves out are not run', () => {
  const { ran, exchange, step, chain } = stage()
  exchange.leftOut = phaseSet(['limits', 'jwt'])
  const whole = chain([step('pre'), step('jwt'), step('session'), step('limits'), step('post')])
  void whole.run(exchange)
  void whole.run(exchange, 2)
  assert.deepEqual(ran, ['pre', 'session', 'post', 'end', 'session', 'post', 'end'])
})

test('what a step leaves out holds for the chains that follow, too', async () => {
  const { ran, exchange, step, chain } = stage()
  const inner = chain([step('auth_token'), step('limits'), step('post')])
  const outer = chain([
    step('path_access', async (it, self, index): Promise<Verdict> => {
      await self.runWithoutSession(it, index + 1)
      return 'done'
    }),
    step('pre'),
    step('jwt'),
    step('loop', async (it): Promise<Verdict> => {
      await inner.run(it)
      return 'done'
    }),
  ])
  await outer.run(exchange)
  assert.deepEqual(ran, ['path_access', 'pre', 'loop', 'post', 'end'])
})

test('what is left out later adds to what is left out already', () => {
  const { ran, exchange, step, chain } = stage()
  exchange.leftOut = phaseSet(['api_limits'])
  const whole = chain([
    step('path_access', (it, self, index) => {
      void self.runWithoutSession(it, index + 1)
      return 'done'
    }),
    step('auth_token'),
    step('api_limits'),
    step('post'),
  ])
  void whole.run(exchange)
  assert.deepEqual(ran, ['path_access', 'post', 'end'])
})

test('every phase has a bit of its own', () => {
  const phases = [...requestPhases, ...responsePhases]
  assert.equal(new Set(phases.map((phase) => phaseSet([phase]))).size, phases.length)
  assert.ok(phases.length < 32)
})
