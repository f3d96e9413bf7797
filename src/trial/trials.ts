import type { DebugTools, Trial, TrialResult } from '../control/admin/debug.ts'
import { keySettings } from '../control/config/session-settings.ts'
import { failure, isFailure, type PosternError, textOf } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import type { GatewayOptions } from '../gateway-options.ts'
import { openLog } from '../log.ts'
import type { StackMapper } from '../plugin/stack.ts'
import { openWire } from '../request/listener/wire.ts'
import { KeyForms } from '../session/keys/key-forms.ts'
import { openOverlayStore } from '../store/overlay-store.ts'
import type { Store } from '../store/store.ts'
import { onlyChild } from '../supervisor/siblings.ts'
import { KeptRequest } from '../telemetry/explain/kept-request.ts'
import { showRequest } from '../telemetry/explain/show-request.ts'
import { ShownKeys } from '../telemetry/shown-keys.ts'
import { observingOnly } from '../telemetry/telemetry.ts'
import { LogCapture } from './log-capture.ts'
import { sendTrial, type TrialResponse } from './send-trial.ts'
import { trialConfig } from './trial-config.ts'

export interface TrialsOptions {
  /** Opens a gateway. */
  readonly open: (options: GatewayOptions) => Promise<Gateway>
  /** Those of the gateway that this is for. */
  readonly options: GatewayOptions
  /** What it stores; it is read, and never changed. */
  readonly store: Store
  readonly stacks: StackMapper
  /** How long one may take, in milliseconds. Default 60,000. */
  readonly longestMs?: number
}

/** How many there may be at a time, in each process. */
const MOST = 2
const LONGEST_MS = 60_000
/** What a definition that no file has is called in messages. */
const FILE = 'spec'

/**
 * Tries requests against definitions that are not loaded, each in a gateway of its own: the real chain, plugins loaded anew,
 * the real upstream; what it counts and stores is gone with it.
 */
export function openTrials(tools: TrialsOptions): DebugTools['tryRequest'] {
  let underWay = 0
  return async (trial) => {
    if (underWay >= MOST) throw failure('debug_busy', { most: MOST })
    underWay += 1
    try {
      return await new OneTrial(trial, tools).run()
    } finally {
      underWay -= 1
    }
  }
}

class OneTrial {
  readonly #trial: Trial
  readonly #tools: TrialsOptions
  readonly #logs = new LogCapture()
  #kept: KeptRequest | null = null

  constructor(trial: Trial, tools: TrialsOptions) {
    this.#trial = trial
    this.#tools = tools
  }

  async run(): Promise<TrialResult> {
    const gateway = await this.#open()
    let response: TrialResponse
    try {
      refuseInvalid(gateway)
      response = await this.#send(gateway)
    } finally {
      // A request has ended when its gateway has.
      await gateway.close()
    }
    return {
      message: this.#messageOf(response),
      response: response.text,
      logs: this.#logs.text,
      trace: this.#kept && showRequest(this.#kept, this.#tools.options.siblings?.worker ?? 1),
    }
  }

  async #open(): Promise<Gateway> {
    const { open, options, store, stacks } = this.#tools
    const keys = new ShownKeys(new KeyForms(keySettings(options.config)))
    const read = async () => JSON.stringify(this.#trial.definition)
    return await open({
      ...options,
      siblings: onlyChild(),
      legacy: { crashes: options.legacy?.crashes ?? [] },
      config: trialConfig(options.config),
      log: await openLog({ level: 'debug', format: 'json', destination: this.#logs.destination }),
      standIns: {
        ...options.standIns,
        definitions: async () => [{ file: FILE, read }],
        store: await openOverlayStore(store),
        telemetry: observingOnly((finished) => {
          this.#kept = new KeptRequest(finished, keys)
        }),
        stacks: waitedFor(stacks),
        endsProcess: false,
        listen: false,
      },
    })
  }

  async #send(gateway: Gateway): Promise<TrialResponse> {
    const { client, server } = openWire()
    gateway.accept(server)
    const { longestMs = LONGEST_MS } = this.#tools
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(failure('debug_timeout', { seconds: longestMs / 1000 })), longestMs)
    try {
      return await sendTrial(client, this.#trial, timeout.signal)
    } finally {
      clearTimeout(timer)
      client.destroy()
    }
  }

  #messageOf({ cut }: TrialResponse): string {
    if (!this.#kept) return 'The definition does not listen on this path, so that no API took the request'
    return cut ? 'The body of the response is longer than what is shown of it' : 'ok'
  }
}

/** A mapper that is somebody else's: what was to be mapped is waited for, and it stays open. */
function waitedFor(stacks: StackMapper): StackMapper {
  const underWay = new Set<Promise<string>>()
  return {
    map(artifact, stack) {
      const mapped = stacks.map(artifact, stack)
      underWay.add(mapped)
      return mapped
    },
    close: async () => void (await Promise.allSettled(underWay)),
  }
}

/** @throws `debug_spec_invalid` */
function refuseInvalid({ report: { failed } }: Gateway): void {
  const problems = failed.filter(({ kind }) => kind === 'definition').flatMap(({ error }) => problemsOf(error))
  if (problems.length > 0) throw failure('debug_spec_invalid', { problems })
}

function problemsOf(error: Error | PosternError): readonly string[] {
  return isFailure(error) && error.problems.length > 0 ? error.problems : [textOf(error)]
}
