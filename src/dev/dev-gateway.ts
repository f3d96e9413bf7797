import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { compileQuickly, type QuickBuild } from '../compiler/compile-quickly.ts'
import { type DevSettings, readManifest } from '../compiler/manifest.ts'
import { Workshop } from '../compiler/workshop.ts'
import { configOf } from '../control/config/load.ts'
import type { DefinitionText } from '../control/definition/read-texts.ts'
import type { ReloadReport } from '../control/reload.ts'
import { openEcho } from '../echo/open-echo.ts'
import { failure, textOf } from '../errors.ts'
import { type Gateway, openGateway } from '../gateway.ts'
import { openLog } from '../log.ts'
import { openStackMapper } from '../plugin/stack.ts'
import { traceRequest } from '../telemetry/request-trace.ts'
import { type DevHook, devDefinition } from './dev-definition.ts'
import { DevPlugins } from './dev-plugins.ts'
import { formatLog, withSource } from './format-log.ts'
import { formatRequest } from './format-request.ts'
import { SourceWatcher } from './watch-sources.ts'

export interface DevOptions {
  /** The plugin's folder. Nothing in it is changed. */
  readonly folder: string
  /** 0 for a free one. */
  readonly port: number
  /** The upstream's URL; an echo of requests unless given. */
  readonly upstream?: string | undefined
  /** The hook of a generated definition; it goes before that of package.json. */
  readonly hook?: DevHook | undefined
  /** Takes what is to be read by who writes the plugin: text of one line or more. */
  readonly print: (text: string) => void
}

/** A plugin that is served while it is written. */
export interface DevGateway {
  readonly url: string
  /** Stops watching and serving. Idempotent. */
  close(): Promise<void>
}

/**
 * Serves the plugin of a folder, and serves it anew whenever a source of it changes. A build that fails leaves the one
 * before it in service; so does a definition.
 */
export async function openDevGateway(options: DevOptions): Promise<DevGateway> {
  await using opened = new AsyncDisposableStack()
  const folder = resolve(options.folder)
  if (!existsSync(folder)) throw failure('source_missing', { folder: options.folder })
  // Every path of the echo under `/anything` answers with what it was sent.
  const upstream = options.upstream ?? `${opened.adopt(await openEcho({ port: 0 }), (echo) => echo.close()).url}anything`
  const workshop = opened.adopt(await Workshop.open(), (open) => open.close())
  const session = new DevSession({ ...options, folder, upstream, workshop })
  const watcher = opened.adopt(new SourceWatcher(folder, () => session.rebuild()), (open) => open.close())
  await watcher.begin()
  const gateway = opened.adopt(await session.open(), () => session.close())
  const resources = opened.move()
  return { url: gateway.url, close: () => resources.disposeAsync() }
}

interface SessionOptions extends DevOptions {
  readonly upstream: string
  readonly workshop: Workshop
}

/** One gateway, and the builds that it serves one after the other. */
class DevSession {
  readonly #options: SessionOptions
  readonly #plugins: DevPlugins
  readonly #stacks = openStackMapper()
  #gateway: Gateway | null = null
  #newest: QuickBuild | null = null
  /** Builds that are being closed, and the check of the newest. */
  readonly #pending = new Set<Promise<void>>()

  constructor(options: SessionOptions) {
    this.#options = options
    this.#plugins = new DevPlugins(options.folder)
  }

  async open(): Promise<Gateway> {
    const { folder, port, print } = this.#options
    await this.#build()
    this.#gateway = await openGateway({
      config: await configOf(
        { listen_port: port, listen_address: '127.0.0.1', secret: randomUUID(), storage: { type: 'memory' } },
        join(folder, 'gateway.conf'),
      ),
      log: await openLog({ level: 'debug', format: 'json', destination: { write: (line) => void this.#printLog(line) } }),
      standIns: {
        definitions: () => this.#definitions(),
        artifacts: this.#plugins,
        onRequest: (finished) => print(formatRequest(traceRequest(finished))),
      },
    })
    this.#check()
    return this.#gateway
  }

  /** Bundles, loads and swaps; the types are checked when the new version serves. */
  async rebuild(): Promise<void> {
    const since = performance.now()
    if (!(await this.#build())) return
    try {
      const report = await this.#gateway?.reload()
      if (report && isClean(report)) this.#options.print(`Swapped in ${Math.round(performance.now() - since)} ms`)
    } catch (error) {
      await this.#printProblem(error)
    }
    this.#check()
  }

  /** Whether there is a new build. */
  async #build(): Promise<boolean> {
    const { folder, workshop, print } = this.#options
    this.#retireBuild()
    try {
      const build = await compileQuickly({ source: folder, workshop })
      this.#newest = build
      this.#plugins.replace(build.artifact)
      for (const warning of build.warnings) print(warning)
      return true
    } catch (error) {
      this.#plugins.refuse(error)
      print(textOf(error))
      return false
    }
  }

  /** Its check, if it still runs, would only hold up the next build. */
  #retireBuild(): void {
    const build = this.#newest
    this.#newest = null
    if (build) this.#follow(build.close())
  }

  #check(): void {
    const build = this.#newest
    if (!build) return
    const check = build.check().catch((error) => {
      if (build === this.#newest) this.#options.print(textOf(error))
    })
    this.#follow(check)
  }

  #follow(work: Promise<void>): void {
    this.#pending.add(work)
    void work.finally(() => this.#pending.delete(work))
  }

  /** None as long as there is nothing to serve. */
  async #definitions(): Promise<DefinitionText[]> {
    const { folder, upstream: target, hook } = this.#options
    const { current } = this.#plugins
    if (current === null) return []
    try {
      const { postern } = await readManifest(folder)
      const settings: DevSettings = { ...postern.dev, ...(hook && { hook }) }
      return [await devDefinition({ folder, target, settings, artifact: current })]
    } catch (error) {
      if (this.#gateway) throw error
      await this.#printProblem(error)
      return []
    }
  }

  async #printProblem(error: unknown): Promise<void> {
    const { cause } = error as { cause?: unknown }
    const stack = cause instanceof Error ? await this.#mapped(cause.stack ?? '') : undefined
    this.#options.print(withSource(textOf(error), stack, this.#options.folder))
  }

  async #printLog(line: string): Promise<void> {
    const text = formatLog(await this.#mapped(line), this.#options.folder)
    if (text !== null) this.#options.print(text)
  }

  /** Plugins' errors come with their stacks mapped; that of one which cannot be loaded does not. */
  async #mapped(text: string): Promise<string> {
    const { current } = this.#plugins
    return current && text.includes('postern:') ? await this.#stacks.map(current, text) : text
  }

  async close(): Promise<void> {
    await this.#gateway?.close()
    await this.#stacks.close()
    this.#retireBuild()
    await Promise.all(this.#pending)
  }
}

function isClean({ failed, quarantined }: ReloadReport): boolean {
  return failed.length === 0 && quarantined.length === 0
}
