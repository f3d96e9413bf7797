import type { KeyObject } from 'node:crypto'
import { join, posix } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent } from 'undici'
import { failure, textOf } from '../../errors.ts'
import type { JsonObject } from '../../json/json-path.ts'
import type { Logger } from '../../log.ts'
import type { Version } from '../../version.ts'
import type { SigningPolicy } from '../signing/check-signature.ts'
import { BundleCache } from './cache.ts'
import { fetchBundle } from './fetch-bundle.ts'
import { withPaths } from './hook-entries.ts'
import { readBundleKey } from './key.ts'
import { locateBundle, shownUrl } from './location.ts'
import type { CheckMiddleware } from './manifest.ts'
import { mergeMiddleware } from './merge.ts'
import type { BundleSettings } from './settings.ts'
import { type KeptBundle, type OpenBundle, openKept, type UpdateOptions, updateBundle } from './update-bundle.ts'

export interface BundlesOptions {
  readonly settings: BundleSettings
  readonly version: Version
  /** Whom the artifacts in bundles have to be signed by. */
  readonly signing: SigningPolicy
  readonly log: Logger
  /** Where credentials for s3 come from. */
  readonly env: NodeJS.ProcessEnv
  readonly checkMiddleware: CheckMiddleware
  /** Called when a bundle is there that a load has gone on without. */
  onArrival(): void
}

/** What the bundles of one definition bring. */
export interface BundledMiddleware {
  /** Replaces the definition's own; the paths in it are absolute. */
  readonly middleware: JsonObject
  /** The folders that those paths are in. */
  readonly folders: readonly string[]
  /** Why bundles are not the newest: their last good versions are in use. */
  readonly stale: readonly Error[]
}

/** A bundle that is being brought up to date. */
interface Update {
  readonly kept: Promise<KeptBundle | null>
  readonly done: Promise<OpenBundle>
}

/** Fetches bundles, puts them through every gate, and keeps the last good version of each. */
export class Bundles {
  readonly #options: BundlesOptions
  readonly #dispatcher: Agent
  readonly #closing = new AbortController()
  /** By bundle: whoever wants one while it is brought up to date gets the same. */
  readonly #updates = new Map<string, Update>()
  /** Those that a load has gone on without. */
  readonly #late = new Set<Update>()
  #publicKey: Promise<KeyObject | null> | null = null

  constructor(options: BundlesOptions) {
    this.#options = options
    this.#dispatcher = new Agent({ connect: { rejectUnauthorized: !options.settings.insecureSkipVerify } })
  }

  /**
   * What the bundles bring, put together in order.
   *
   * @throws if there is no good version of one of them, new or kept
   */
  async obtain(names: readonly string[]): Promise<BundledMiddleware> {
    const bundles = await Promise.all(names.map((name) => this.#inTime(name)))
    const parts = bundles.map(({ manifest, folder }, i) => ({
      bundle: names[i] as string,
      middleware: withPaths(manifest.middleware, (path) => join(folder, posix.normalize(path))),
    }))
    return {
      middleware: mergeMiddleware(parts),
      folders: bundles.map(({ folder }) => folder),
      stale: bundles.flatMap(({ stale }) => stale ?? []),
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled([...this.#updates.values()].map(({ done }) => done))
    await this.#dispatcher.close()
  }

  /** The newest version if it comes soon, else the last good one: a slow server is not to keep other APIs from being served. */
  async #inTime(bundle: string): Promise<OpenBundle> {
    const { loadWaitMs } = this.#options.settings
    const update = this.#updates.get(bundle) ?? this.#start(bundle)
    const opened = await Promise.race([update.done, delay(loadWaitMs, null, { ref: false })])
    if (opened) return opened
    const kept = await update.kept
    this.#awaitLate(bundle, update, kept)
    const late = failure('bundle_late', { bundle, seconds: loadWaitMs / 1000 })
    if (!kept) throw late
    return { ...kept, stale: late }
  }

  #start(bundle: string): Update {
    const options = this.#updateOptions(bundle)
    const kept = options.then(openKept)
    const done = Promise.all([options, kept])
      .then(([of, version]) => updateBundle(of, version))
      .finally(() => this.#updates.delete(bundle))
    const update = { kept, done }
    this.#updates.set(bundle, update)
    return update
  }

  async #updateOptions(bundle: string): Promise<UpdateOptions> {
    const { settings, version, signing, checkMiddleware, log, env } = this.#options
    if (!settings.enabled) throw failure('bundle_downloader_disabled', { bundle })
    const url = locateBundle(settings.baseUrl, bundle)
    const publicKey = await this.#readPublicKey()
    const request = { bundle, url, env, maxSize: settings.maxSize, dispatcher: this.#dispatcher, signal: this.#closing.signal }
    return {
      bundle,
      cache: new BundleCache(settings.folder, bundle, shownUrl(url)),
      gates: { publicKey, version, signing, checkMiddleware },
      limits: settings,
      log,
      fetch: (validators) => fetchBundle({ ...request, validators }, settings.timeoutMs),
    }
  }

  /** Reads the key once, as all of the configuration; a key that cannot be used is looked at again. */
  async #readPublicKey(): Promise<KeyObject | null> {
    const { publicKeyFile: file } = this.#options.settings
    this.#publicKey ??= file === '' ? Promise.resolve(null) : readBundleKey(file, 'public')
    return this.#publicKey.catch((error) => {
      this.#publicKey = null
      throw error
    })
  }

  /** Has a bundle that comes late loaded once it is there, if it is not the version in use. */
  #awaitLate(bundle: string, update: Update, used: KeptBundle | null): void {
    if (this.#late.has(update)) return
    this.#late.add(update)
    const { log, onArrival } = this.#options
    const tell = (error: unknown) => {
      if (!this.#closing.signal.aborted) log.error({ err: error, bundle }, textOf(error))
    }
    update.done
      .then(({ folder, stale }) => {
        if (stale) tell(stale)
        else if (folder !== used?.folder) onArrival()
      }, tell)
      .finally(() => this.#late.delete(update))
  }
}
