/**
 * Each kind of step, in a definition that asks for a key and has plugins, under load while the definitions are put in place anew: every
 * answer is right, whichever load has served it, what is refused has its body, and the log tells of it. All kinds go at once, over one gateway.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { stepKinds } from '../../src/request/steps/index.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange, openConnection, type RawResponse } from '../harness/raw-client.ts'
import { until } from '../harness/until.ts'
import type { Echo, Probe } from './kind-row.ts'
import { kinds } from './kinds.ts'
import { openSteps, type StepsStage } from './steps-stage.ts'

/** Between them they send all requests. */
const CONNECTIONS = 16
/** Of each kind, while the definitions are loaded once. */
const REQUESTS = 24
const RELOADS = 5
/** Which of the requests are refused: some kinds take their time for it. */
const REFUSED_EVERY = 4

test('every kind of step has its row', () => {
  assert.deepEqual(Object.keys(kinds).sort(), stepKinds.map(({ key }) => key).sort())
})

describe('a kind of step holds with a key and plugins, under load, through reloads, and the log tells', () => {
  let stage: StepsStage
  let loads: Map<string, Load>
  before(async () => {
    stage = await openSteps(kinds)
    assert.deepEqual(stage.gateway.report.failed, [])
    loads = await loadAll(stage)
  })
  after(() => stage[Symbol.asyncDispose]())

  for (const [key, { passes, refuses, logged }] of Object.entries(kinds)) {
    test(key, async () => {
      const { errors, answered, rounds } = loads.get(key) as Load
      assert.deepEqual(errors, [])
      assert.equal(answered, RELOADS * REQUESTS)
      assert.ok(rounds.size > 1, `answers of several loads, found those of ${[...rounds]}`)
      for (const probe of passes) check(await exchange(stage.gateway.port, bytesOf(key, probe)), probe)
      await lineOf(stage, key, logged)
      if (refuses) await lineOf(stage, key, { prefix: 'access-log', status: String(refuses.status) })
    })
  }
})

/** What has become of the requests of one kind. */
interface Load {
  /** The first few that were not answered as they should be. */
  readonly errors: string[]
  /** The loads of the definition that have answered. */
  readonly rounds: Set<string>
  answered: number
}

/** Sends requests of all kinds while all definitions are put in place anew, several times. */
async function loadAll(stage: StepsStage): Promise<Map<string, Load>> {
  const loads = new Map(Object.keys(kinds).map((key): [string, Load] => [key, { errors: [], rounds: new Set(), answered: 0 }]))
  for (const [key, { first = [] }] of Object.entries(kinds)) {
    for (const probe of first) check(await exchange(stage.gateway.port, bytesOf(key, probe)), probe)
  }
  for (let round = 1; round <= RELOADS; round += 1) {
    const requests = Array.from({ length: REQUESTS }, (_, i) =>
      [...loads.keys()].map((key) => ({ key, probe: probeOf(key, i) })),
    ).flat()
    const ask = async () => {
      using connection = await openConnection(stage.gateway.port)
      for (let next = requests.shift(); next !== undefined; next = requests.shift()) {
        await connection.send(bytesOf(next.key, next.probe))
        note(await connection.receive(), next.probe, loads.get(next.key) as Load)
      }
    }
    await Promise.all([stage.redefine(round), ...Array.from({ length: CONNECTIONS }, ask)])
    assert.deepEqual(stage.gateway.report.failed, [])
  }
  return loads
}

function probeOf(key: string, number: number): Probe {
  const { passes, refuses } = kinds[key] as (typeof kinds)[string]
  return refuses && number % REFUSED_EVERY === 0 ? refuses : (passes[number % passes.length] as Probe)
}

function note(response: RawResponse, probe: Probe, load: Load): void {
  load.answered += 1
  const round = headerValue(response.head.lines, 'x-round')
  if (round !== undefined) load.rounds.add(round)
  try {
    check(response, probe)
  } catch (error) {
    if (load.errors.length < 3) load.errors.push(String(error))
  }
}

function bytesOf(key: string, { request, lines = [], body }: Probe): Buffer {
  return formatRequest(request.replace(' ', ` /${key}`), lines, body)
}

function check({ status, head, text }: RawResponse, probe: Probe): void {
  const circumstances = `${probe.request} with ${probe.lines?.join(', ')}: ${text}\n${head.lines.join('\n')}`
  assert.equal(status, probe.status, circumstances)
  for (const [name, value] of Object.entries(probe.headers ?? {})) {
    assert.equal(headerValue(head.lines, name) ?? null, value, `${name} of ${circumstances}`)
  }
  if (probe.error !== undefined) assert.equal(text, `{\n    "error": ${JSON.stringify(probe.error)}\n}`, circumstances)
  if (probe.text !== undefined) assert.equal(text, probe.text, circumstances)
  if (probe.upstream) checkEcho(JSON.parse(text), probe.upstream, circumstances)
}

function checkEcho(echo: Echo, { headers = {}, ...fields }: Partial<Echo>, circumstances: string): void {
  assert.partialDeepStrictEqual(echo, fields, circumstances)
  for (const [name, value] of Object.entries(headers)) {
    assert.equal(echo.headers[name] ?? null, value, `${name} upstream of ${circumstances}`)
  }
}

/** Waits for a line of the log that is about the API of a kind, and has these fields. */
function lineOf({ gateway }: StepsStage, key: string, fields: Readonly<Record<string, string>>): Promise<unknown> {
  const isMeant = (line: Record<string, unknown>) =>
    line.api_id === key && Object.entries(fields).every(([name, value]) => String(line[name]) === value)
  return until(`a line of "${key}" with ${JSON.stringify(fields)} in the log`, () =>
    gateway.log.lines.some((line) => line.includes(key) && isMeant(JSON.parse(line))),
  )
}
