import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/control/config/load.ts'
import { type Gateway, openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import type { Session } from '../../src/plugin/contract/session.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { RequestObserver } from '../../src/telemetry/finished-request.ts'
import { type CapturedLog, captureLog } from './captured-log.ts'
import { type GatewayFiles, type GatewayFolder, makeGatewayFolder } from './gateway-folder.ts'
import { until } from './until.ts'

/** A gateway in this process, on a free port, with a folder and a log of its own. */
export interface TestGateway extends AsyncDisposable {
  readonly port: number
  readonly folder: GatewayFolder
  readonly log: CapturedLog
  /** What the last load made of the definitions. */
  readonly report: Gateway['report']
  reload: Gateway['reload']
  /** The next record of a request in `data/analytics.jsonl`; waits for it. */
  nextRecord(): Promise<Readonly<Record<string, unknown>>>
}

export interface GatewayCircumstances extends GatewayFiles {
  /** The gateway's environment, but for its configuration; empty unless given. */
  readonly env?: NodeJS.ProcessEnv
  /** Sessions by key that the store has from the start. */
  readonly keys?: Readonly<Record<string, Session>>
  /** Is told of every request that has ended. */
  readonly onRequest?: RequestObserver
}

export async function startGateway({ env = {}, keys, onRequest, ...files }: GatewayCircumstances): Promise<TestGateway> {
  const folder = await makeGatewayFolder(files)
  const log = captureLog()
  const gateway = await openGateway({
    config: await loadConfig({ file: folder.config, env: {} }),
    log: await openLog({ level: 'debug', format: 'json', destination: log.destination }),
    env,
    standIns: { ...(keys && { store: await storeWith(keys) }), ...(onRequest && { onRequest }) },
  })
  return {
    port: gateway.port,
    folder,
    log,
    get report() {
      return gateway.report
    },
    reload: () => gateway.reload(),
    nextRecord: recordReader(join(folder.path, 'data/analytics.jsonl')),
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Reads one record after the other of a file of lines. */
function recordReader(file: string): TestGateway['nextRecord'] {
  let read = 0
  return async () => {
    const number = read
    read += 1
    const line = await until(`record ${number + 1} in ${file}`, () => (existsSync(file) ? linesOf(file)[number] : undefined))
    return JSON.parse(line)
  }
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1)
}

async function storeWith(keys: Readonly<Record<string, Session>>): Promise<Store> {
  const store = await openMemoryStore()
  for (const [key, session] of Object.entries(keys)) await store.sessions.set(key, session)
  return store
}
