import { join, posix } from 'node:path'
import { Agent } from 'undici'
import type { BundledMiddleware, BundleSource } from '../../control/definition/read-bundles.ts'
import { failure } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Version } from '../../version.ts'
import { BundleCache } from './cache.ts'
import { fetchBundle } from './fetch-bundle.ts'
import { withPaths } from './hook-entries.ts'
import { locateBundle, shownUrl } from './location.ts'
import type { CheckMiddleware } from './manifest.ts'
import { mergeMiddleware } from './merge.ts'
import type { BundleSettings } from './settings.ts'
import { type OpenBundle, updateBundle } from './update-bundle.ts'
import { readPublicKey } from './verify.ts'

export interface BundlesOptions {
  readonly settings: BundleSettings
  readonly version: Version
  readonly log: Logger
  /** Where credentials for s3 come from. */
  readonly env: NodeJS.ProcessEnv
  readonly checkMiddleware: CheckMiddleware
}

/** Fetches bundles, puts them through every gate, and keeps the last good version of each. */
export class Bundles implements BundleSource {
  readonly #options: BundlesOptions
  readonly #dispatcher: Agent
  readonly #closing = new AbortController()
  /** Bundles being opened: whoever wants one at the same time gets the same. */
  readonly #opening = new Map<string, Promise<OpenBundle>>()

  constructor(options: BundlesOptions) {
    this.#options = options
    this.#dispatcher = new Agent({ connect: { rejectUnauthorized: !options.settings.insecureSkipVerify } })
  }

  /**
   * The newest good version of each bundle, put together in order.
   *
   * @throws if one cannot be had at all, new or kept
   */
  async obtain(names: readonly string[]): Promise<BundledMiddleware> {
    const bundles = await Promise.all(names.map((name) => this.#shared(name)))
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
    await Promise.allSettled(this.#opening.values())
    await this.#dispatcher.close()
  }

  #shared(name: string): Promise<OpenBundle> {
    const opening = this.#opening.get(name) ?? this.#open(name).finally(() => this.#opening.delete(name))
    this.#opening.set(name, opening)
    return opening
  }

  async #open(bundle: string): Promise<OpenBundle> {
    const { settings, version, checkMiddleware, log, env } = this.#options
    if (!settings.enabled) throw failure('bundle_downloader_disabled', { bundle })
    const url = locateBundle(settings.baseUrl, bundle)
    const publicKey = settings.publicKeyFile === '' ? null : await readPublicKey(settings.publicKeyFile)
    const request = { bundle, url, env, maxSize: settings.maxSize, dispatcher: this.#dispatcher, signal: this.#closing.signal }
    return updateBundle({
      bundle,
      cache: new BundleCache(settings.folder, bundle, shownUrl(url)),
      gates: { publicKey, version, checkMiddleware },
      limits: settings,
      log,
      fetch: (validators) => fetchBundle({ ...request, validators }, settings.timeoutMs),
    })
  }
}
