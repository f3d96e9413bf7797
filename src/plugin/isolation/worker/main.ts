/**
 * The program of a worker that runs one version of an artifact for isolated uses. It loads the artifact as the gateway
 * does, into the same surroundings, and makes each call with the same context and over the same lazy messages; what
 * these stand for is in the gateway. Nothing here may import what reads files at start: see `harden`.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { openLog } from '../../../log.ts'
import type { KeyValue } from '../../contract/index.ts'
import { type LoadedArtifact, loadArtifact } from '../../loader.ts'
import { webGlobals } from '../../web-globals.ts'
import {
  type CallSetup,
  type GatewayMethods,
  type Outcome,
  PING,
  TURNS,
  type WorkerMethods,
  type WorkerSetup,
} from '../protocol.ts'
import { describeThrown, reviveThrown } from '../thrown.ts'
import { type Port, Wire } from '../wire.ts'
import { GivenStreams } from './given-streams.ts'
import { harden } from './harden.ts'
import { runCall } from './run-call.ts'
import { WorkerCall } from './worker-call.ts'
import { WorkerUses } from './worker-uses.ts'

if (!isMainThread) await serve(workerData as WorkerSetup, parentPort as Port | null as Port)

async function serve(setup: WorkerSetup, port: Port): Promise<void> {
  const { artifact, maxPluginBody, logLevel, progress } = setup
  const streams = new GivenStreams()
  const calls = new Map<number, WorkerCall>()
  let loaded: LoadedArtifact | undefined
  let uses = new WorkerUses(new Map())

  const log = await openLog({ level: logLevel, format: 'json', destination: { write: (line) => gateway.tell('log', line) } })
  const load = () => {
    loaded = loadArtifact(artifact, { log, kv: remoteKv(gateway), globals: webGlobals })
    uses = new WorkerUses(loaded.exports)
    return [...loaded.exports.values()].map(({ name, options }) => ({ name, hasSchema: options?.config !== undefined }))
  }
  const call = async (callSetup: CallSetup): Promise<Outcome> => {
    if (!loaded) throw new Error('Nothing is loaded')
    const made = new WorkerCall(callSetup, { gateway, streams, maxPluginBody })
    calls.set(callSetup.id, made)
    try {
      const use = await uses.get(callSetup.use, callSetup.setup)
      return await runCall(made, use, loaded.owner)
    } finally {
      calls.delete(callSetup.id)
    }
  }
  const methods: WorkerMethods = {
    load,
    ping: (number) => void Atomics.store(progress, PING, number),
    validate: (name, config) => uses.validate(name, config),
    logLevel: (level) => {
      log.level = level
    },
    call,
    forgetUse: (use) => uses.forget(use),
    abort: (id, reason) => calls.get(id)?.aborter.abort(reviveThrown(reason)),
    pull: (stream) => streams.pull(stream),
    cancel: (stream) => void streams.cancel(stream),
    dispose: async () => loaded?.dispose(),
  }
  const gateway = new Wire<GatewayMethods>(port, methods, () => void Atomics.add(progress, TURNS, 1))

  const failLate = (thrown: unknown) => gateway.tell('failedLate', describeThrown(thrown))
  process.on('uncaughtException', failLate)
  process.on('unhandledRejection', failLate)
  harden(artifact.stamp.name, setup.readsToDrop)
}

/** The plugin's part of the store, which is in the gateway. */
function remoteKv(gateway: Wire<GatewayMethods>): KeyValue {
  return {
    get: (key) => gateway.ask('kv', 'get', [key]) as Promise<never>,
    set: async (...args) => void (await gateway.ask('kv', 'set', args)),
    delete: async (key) => void (await gateway.ask('kv', 'delete', [key])),
    increment: (...args) => gateway.ask('kv', 'increment', args) as Promise<number>,
  }
}
