import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sealArtifact } from '../plugin/artifact.ts'
import { STAMP_FORMAT, type Stamp } from '../plugin/stamp.ts'
import type { Version } from '../version.ts'
import type { Bundle } from './bundle.ts'
import type { Manifest } from './manifest.ts'
import { packagesOf } from './packages.ts'
import type { Stage } from './stage.ts'

/** Makes the bytes of an artifact that exports this. */
export type Seal = (exports: Stamp['exports']) => Buffer

/** Stamps a bundle; what it exports is known only once it has been loaded. Nothing in it depends on where or when it was compiled. */
export function stampBundle(bundle: Bundle, stage: Stage, { name, version, postern }: Manifest, running: Version): Seal {
  const isOwn = (path: string) => !stage.nameOf(path).startsWith('node_modules/')
  const foreign = bundle.files.filter((path) => !isOwn(path))
  const stamp = {
    format: STAMP_FORMAT,
    gateway: running.version,
    build: running.build,
    contract: running.contract,
    node: process.versions.node,
    name,
    version,
    permissions: postern.permissions,
    source: { digest: digestOf(bundle.files.filter(isOwn), stage), lockfile: lockfileDigest(stage) },
    packages: packagesOf(foreign).map(({ name, version, license }) => ({ name, version, license })),
  } as const
  const sourceMap = withStableNames(bundle, stage)
  return (exports) => Buffer.from(sealArtifact({ ...stamp, exports }, bundle.code, sourceMap))
}

/** The source map with names that do not tell where the plugin and its packages lie. */
function withStableNames({ sourceMap }: Bundle, { nameOf }: Stage): string {
  const map = JSON.parse(sourceMap) as { sources: string[] }
  return JSON.stringify({ ...map, sources: map.sources.map((path) => nameOf(path)) })
}

function digestOf(paths: readonly string[], { nameOf }: Stage): string {
  const hash = createHash('sha256')
  for (const path of paths)
    hash
      .update(`${nameOf(path)}\0`)
      .update(readFileSync(path))
      .update('\0')
  return hash.digest('hex')
}

function lockfileDigest({ source }: Stage): string {
  const path = join(source, 'package-lock.json')
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
}
