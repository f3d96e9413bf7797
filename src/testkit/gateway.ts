/** `postern/test`: a gateway in the process of a test. */
import { join } from 'node:path'
import { configOf } from '../control/config/load.ts'
import type { Config } from '../control/config/schema.ts'
import type { DefinitionText } from '../control/definition/read-texts.ts'
import { failure, textOf } from '../errors.ts'
import { type Gateway, openGateway } from '../gateway.ts'
import { openLog } from '../log.ts'
import { openMemoryStore } from '../store/memory/memory-store.ts'
import type { Store } from '../store/store.ts'
import { LogCapture } from './captured-log.ts'
import { type OpenClock, openFakeClock, realClock } from './clock.ts'
import { completeDefinition } from './complete-definition.ts'
import type { PartialDefinition, TestGateway, TestGatewayOptions } from './contract/types.ts'
import { describeRequest, FunctionUpstream } from './function-upstream.ts'
import { PluginSources } from './plugin-sources.ts'
import { RunningGateway } from './running-gateway.ts'
import { TraceBook } from './trace-book.ts'

export type * from './contract/types.ts'

/** Why tests with a gateway cannot run here; `false`, since here they can. For `test(name, { skip }, …)`. */
export const skip: false | string = false

/**
 * Opens a gateway that runs the real chain in this process, without a port: `await using gw = await gateway({ … })`.
 *
 * @throws test_gateway_failed with every problem of definitions and plugins; test_plugin_missing, test_clock_taken, and what
 *   bundling a plugin throws
 */
export async function gateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const clock = options.clock === undefined ? realClock : openFakeClock(options.clock)
  try {
    return await open(options, clock)
  } catch (error) {
    clock.close()
    throw error
  }
}

async function open(options: TestGatewayOptions, clock: OpenClock): Promise<TestGateway> {
  const config = await configFor(options)
  const capture = new LogCapture()
  const log = await openLog({ level: config.log_level, format: 'json', destination: capture.destination })
  const store = await storeWith(options)
  const book = new TraceBook()
  const plugins = new PluginSources(config.folder, options.plugins ?? {})
  const { upstream = describeRequest } = options
  const served = typeof upstream === 'function' ? new FunctionUpstream(upstream, report) : null
  const running = await openGateway({
    config,
    log,
    standIns: {
      definitions: async () => definitionsOf(options),
      artifacts: plugins,
      store,
      onRequest: book.note,
      listen: false,
      endsProcess: false,
      ...(served && { connect: served.connect }),
    },
  })
  await refuseProblems(running)
  const requests = served?.requests ?? []
  return new RunningGateway({ gateway: running, requests, log: capture, book, plugins, sessions: store.sessions, clock })

  function report(thrown: unknown): void {
    const error = failure('test_upstream_threw', { reason: textOf(thrown) }, thrown)
    log.error({ err: error }, error.message)
  }
}

/** Artifacts that are no plugin of the test's are looked for in the working directory. */
function configFor({ config = {} }: TestGatewayOptions): Promise<Config> {
  return configOf({ log_level: 'debug', ...config }, join(process.cwd(), 'the config of gateway()'))
}

async function storeWith({ sessions = {} }: TestGatewayOptions): Promise<Store> {
  const store = await openMemoryStore()
  for (const [key, session] of Object.entries(sessions)) await store.sessions.set(key, session)
  return store
}

function definitionsOf({ definition = {}, upstream, sessions }: TestGatewayOptions): DefinitionText[] {
  const target = typeof upstream === 'function' || upstream === undefined ? undefined : String(upstream)
  return [definition].flat().map((partial: PartialDefinition, index) => ({
    file: index === 0 ? 'the definition of gateway()' : `definition ${index + 1} of gateway()`,
    read: async () => JSON.stringify(completeDefinition(partial, { index, target, hasKeys: sessions !== undefined })),
  }))
}

/** A test is to fail where its gateway is not what it says. */
async function refuseProblems(running: Gateway): Promise<void> {
  const { failed, quarantined } = running.report
  const problems = [...failed.map(({ error }) => textOf(error)), ...quarantined.map(({ field, reason }) => `${field}: ${reason}`)]
  if (problems.length === 0) return
  await running.close()
  throw failure('test_gateway_failed', { problems })
}
