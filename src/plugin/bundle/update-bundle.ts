import { createHash } from 'node:crypto'
import { textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { BundleCache, CacheRecord } from './cache.ts'
import type { Validators } from './download.ts'
import type { Fetched } from './fetch-bundle.ts'
import type { Manifest } from './manifest.ts'
import { type BundleGates, readBundle } from './read-bundle.ts'
import type { BundleLimits } from './settings.ts'

/** One bundle, and what is needed to bring it up to date. */
export interface UpdateOptions {
  readonly bundle: string
  readonly cache: BundleCache
  readonly gates: BundleGates
  readonly limits: BundleLimits
  readonly log: Logger
  /** Fetches it; `null` if the version that the validators are of is the newest. */
  fetch(validators: Validators): Promise<Fetched | null>
}

/** A bundle whose files can be loaded from disk. */
export interface OpenBundle {
  readonly manifest: Manifest
  /** Holds its files. */
  readonly folder: string
  /** Why this is the last good version and not the newest; `null` if it is the newest. */
  readonly stale: Error | null
}

/** The last good version of a bundle. */
export interface KeptBundle extends OpenBundle {
  readonly record: CacheRecord
}

const NONE: Validators = { etag: '', lastModified: '' }

/**
 * Opens the last good version of a bundle; `null` if there is none. It may have been tampered with, and the gates may have changed
 * since: they are passed every time.
 */
export async function openKept({ bundle, cache, gates, log }: UpdateOptions): Promise<KeptBundle | null> {
  const record = await cache.readRecord()
  if (!record) return null
  try {
    const { manifest } = await readBundle(bundle, (name) => cache.readFile(record.digest, name), gates)
    return { record, manifest, folder: cache.folderOf(record.digest), stale: null }
  } catch (error) {
    log.warn({ err: error, bundle }, `The kept version of the bundle "${bundle}" is not used: ${textOf(error)}`)
    return null
  }
}

/**
 * Fetches the newest version of a bundle and keeps it. Where that fails, for whatever reason, the last good version is taken.
 *
 * @throws why there is no newest version, if there is no last good one either
 */
export async function updateBundle(options: UpdateOptions, kept: KeptBundle | null): Promise<OpenBundle> {
  try {
    return await fetchNewest(options, kept)
  } catch (error) {
    if (!kept) throw error
    return { ...kept, stale: error as Error }
  }
}

async function fetchNewest(options: UpdateOptions, kept: KeptBundle | null): Promise<OpenBundle> {
  const { bundle, cache, gates, limits, log, fetch } = options
  const fetched = await fetch(kept?.record ?? NONE)
  if (fetched === null) return kept as KeptBundle
  const digest = createHash('sha256').update(fetched.bytes).digest('hex')
  const record = { digest, ...fetched.validators }
  if (kept?.record.digest === digest) {
    const { etag, lastModified } = fetched.validators
    if (kept.record.etag !== etag || kept.record.lastModified !== lastModified) await cache.keep(record)
    return kept
  }
  // A gateway without bundles loads no zip library.
  const { openArchive } = await import('./unpack.ts')
  const archive = await openArchive(fetched.bytes, bundle, limits)
  const { manifest, files } = await readBundle(bundle, (name) => archive.read(name), gates)
  await cache.store(digest, files)
  await cache.keep(record)
  log.info({ bundle, sha256: digest }, 'Bundle fetched')
  return { manifest, folder: cache.folderOf(digest), stale: null }
}
