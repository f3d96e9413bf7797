import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { STAMP_FORMAT, type Stamp } from '../plugin/stamp.ts'
import type { Version } from '../version.ts'
import type { Bundle } from './bundle.ts'
import type { Manifest } from './manifest.ts'
import { packagesOf } from './packages.ts'
import type { Stage } from './stage.ts'

/** The stamp of a bundle. Nothing in it depends on where or when it was compiled. */
export function writeStamp(
  { files }: Bundle,
  stage: Stage,
  { name, version, postern }: Manifest,
  running: Version,
): Omit<Stamp, 'sha256' | 'exports'> {
  const isOwn = (path: string) => !stage.nameOf(path).startsWith('node_modules/')
  return {
    format: STAMP_FORMAT,
    gateway: running.version,
    build: running.build,
    contract: running.contract,
    node: process.versions.node,
    name,
    version,
    permissions: postern.permissions,
    source: { digest: digestOf(files.filter(isOwn), stage), lockfile: lockfileDigest(stage) },
    packages: packagesOf(files.filter((path) => !isOwn(path))).map(({ name, version, license }) => ({ name, version, license })),
  }
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
