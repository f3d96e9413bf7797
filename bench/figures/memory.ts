import { setTimeout as sleep } from 'node:timers/promises'
import { definition } from '../definition.ts'
import type { Lab } from '../lab.ts'
import { type Measurement, progress } from '../measurement.ts'
import { openPostern } from '../postern.ts'
import { compareFigures, type Figure } from '../report/results.ts'
import { summarise } from '../report/statistics.ts'
import { manyDefinitions } from '../scenarios/routing.ts'
import { type OwnServer, openPlainProxy } from '../server.ts'
import { buildGateway, builtGateway } from './built-gateway.ts'
import { holdConnections } from './idle-connections.ts'

const APIS = 1_000
const CONNECTIONS = 10_000
/** What a start has left behind is mostly collected by then. */
const SETTLE_MS = 3_000
const PROBES = 5

const built = { program: builtGateway }

/** Resident memory of built gateways that have nothing to do. */
export const memory: Measurement = {
  name: 'memory',
  title: 'memory: idle, with 1,000 APIs, with 10,000 idle connections',
  seconds: () => 70,
  async run({ lab, upstream }) {
    buildGateway()
    const plain = await openPlainProxy(lab, upstream, { patient: true })
    const one = { definitions: (origin: string) => [definition(origin)] }
    const many = { definitions: (origin: string) => manyDefinitions(origin, APIS) }
    const gateway = await openPostern(lab, upstream, 'idle', one, built)
    const supervised = await openPostern(lab, upstream, 'idle-supervised', one, { ...built, supervised: true })
    const full = await openPostern(lab, upstream, 'idle-apis', many, built)
    await sleep(SETTLE_MS)
    const idle = await probe(plain)
    const against = { title: 'plain proxy', values: idle }
    const figures: Figure[] = [
      compareFigures({ name: 'memory-idle', title: 'memory, idle, one API', unit: 'MB' }, await probe(gateway), against),
      { name: 'memory-supervised', title: 'the same with the supervisor', unit: 'MB', value: summarise(await probe(supervised)) },
      compareFigures({ name: 'memory-apis', title: `memory with ${APIS} APIs`, unit: 'MB' }, await probe(full), against),
    ]
    await Promise.all([lab.stop(supervised.child), lab.stop(full.child)])
    return { figures: [...figures, await compareConnections(lab, gateway, plain)] }
  },
}

async function compareConnections(lab: Lab, gateway: OwnServer, plain: OwnServer): Promise<Figure> {
  progress(`${CONNECTIONS} connections`)
  const theirs = await withConnections(lab, plain)
  const values = await withConnections(lab, gateway)
  const about = { name: 'memory-connections', title: `memory with ${CONNECTIONS} idle connections`, unit: 'MB' } as const
  const figure = compareFigures(about, values, { title: 'plain proxy', values: theirs })
  return { ...figure, limit: { atMost: 1.25 * figure.against.value.median, rule: '1.25 times' } }
}

async function withConnections(lab: Lab, server: OwnServer): Promise<number[]> {
  const connections = await holdConnections(lab, server, CONNECTIONS)
  try {
    return await probe(server)
  } finally {
    await connections.close()
  }
}

/** Megabytes, a few times within a second. */
async function probe({ child }: OwnServer): Promise<number[]> {
  const found: number[] = []
  for (let i = 0; i < PROBES; i++) {
    found.push(child.residentMemory() / 1024 ** 2)
    await sleep(200)
  }
  return found
}
