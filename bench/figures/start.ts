import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../ask.ts'
import type { Child } from '../child.ts'
import { type Measurement, progress } from '../measurement.ts'
import { prepareGateway } from '../postern.ts'
import type { Figure } from '../report/results.ts'
import { summarise } from '../report/statistics.ts'
import { manyDefinitions, pathOfApi } from '../scenarios/routing.ts'
import { measuredPath } from '../server.ts'
import { fewer } from '../settings.ts'
import { buildGateway, builtGateway } from './built-gateway.ts'

const APIS = 10_000
/** On a machine that has nothing else to do it takes a few seconds. */
const DEADLINE_MS = 180_000

/** From starting the process to its first answer: the built gateway with one API, and with very many. */
export const start: Measurement = {
  name: 'start',
  title: 'start to the first answer, with one API and with 10,000',
  seconds: (settings) => 10 + settings.pairs + fewer(settings, 3) * 10,
  async run({ lab, upstream }) {
    buildGateway()
    const options = { program: builtGateway, supervised: true }
    const one = await prepareGateway(lab, upstream, 'start', {}, options)
    const times: number[] = []
    for (let i = 0; i < lab.settings.pairs; i++) {
      const { child, ms } = await timeStart(one, measuredPath)
      times.push(ms)
      await lab.stop(child)
    }
    progress(`${APIS} APIs`)
    const setup = { definitions: (origin: string) => manyDefinitions(origin, APIS, true) }
    const many = await prepareGateway(lab, upstream, 'start-many', setup, { ...options, supervised: false })
    const loads: Loading[] = []
    for (let i = 0; i < fewer(lab.settings, 3); i++) {
      const { child, ms } = await timeStart(many, pathOfApi(APIS - 1))
      loads.push({ ms, cpuMs: child.cpuTime() / 1000, mb: child.residentMemory() / 1024 ** 2 })
      await lab.stop(child)
    }
    return { figures: figuresOf(times, loads) }
  },
}

interface Loading {
  readonly ms: number
  readonly cpuMs: number
  readonly mb: number
}

function figuresOf(times: readonly number[], loads: readonly Loading[]): Figure[] {
  return [
    {
      name: 'start',
      title: 'start of the built gateway to its first answer, one API',
      unit: 'ms',
      value: summarise(times),
      limit: { atMost: 400, rule: 'fixed' },
    },
    {
      name: 'load-10000-apis',
      title: 'the same with 10,000 APIs, whose definitions have 1.5 KB',
      unit: 's',
      value: summarise(loads.map(({ ms }) => ms / 1000)),
      limit: { atMost: 5, rule: 'fixed' },
    },
    {
      name: 'load-10000-apis-cpu',
      title: 'CPU time that it takes',
      unit: 's',
      value: summarise(loads.map(({ cpuMs }) => cpuMs / 1000)),
    },
    {
      name: 'memory-10000-apis',
      title: 'memory then',
      unit: 'MB',
      value: summarise(loads.map(({ mb }) => mb)),
      limit: { atMost: 300, rule: 'fixed' },
    },
  ]
}

interface Startable {
  readonly origin: string
  start(): { readonly child: Child }
}

/** Milliseconds from the start of the process to the end of its first answer. */
async function timeStart(gateway: Startable, path: string): Promise<{ child: Child; ms: number }> {
  const since = performance.now()
  const { child } = gateway.start()
  while (!(await accepts(Number(new URL(gateway.origin).port)))) {
    if (child.ended || performance.now() - since > DEADLINE_MS)
      throw new Error(`Start ${child.name} failed: ${child.output.trim()}`)
    await sleep(2)
  }
  const { status, body } = await ask(gateway.origin + path)
  const ms = performance.now() - since
  if (status !== 200) throw new Error(`Start ${child.name} failed: ${path} answered ${status} ${body.slice(0, 200)}`)
  return { child, ms }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
