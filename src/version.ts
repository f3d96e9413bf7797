import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a build knows about itself. The images have it baked in; a checkout reads it from its files. */
export interface Version {
  /** Semantic version, from package.json alone. */
  readonly version: string
  /** The commit it was built from; '' for a release, where the version says all. */
  readonly build: string
  /** SHA-256 (hex) over the sources of `postern/plugin` and Hono's version: what a plugin is compiled against. */
  readonly contract: string
}

declare const POSTERN_VERSION: Version | undefined

function ofCheckout(): Version {
  const root = join(import.meta.dirname, '..')
  const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return { version, build: process.env.POSTERN_BUILD_ID ?? commit(root), contract: contractDigest(root, dependencies.hono) }
}

function commit(root: string): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  } catch {
    return ''
  }
}

function contractDigest(root: string, hono: string): string {
  const folder = join(root, 'src/plugin/contract')
  const hash = createHash('sha256').update(`hono ${hono}\n`)
  for (const name of globSync('**/*.ts', { cwd: folder }).sort()) {
    hash.update(`${name}\n`).update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex')
}

/** The running build. */
export const current: Version = typeof POSTERN_VERSION === 'undefined' ? ofCheckout() : POSTERN_VERSION

/** How a version is written for people and in image tags: `v1.2.3`, or `v1.2.3 (build 1a2b3c)`. */
export function display({ version, build }: Pick<Version, 'version' | 'build'>): string {
  return build ? `v${version} (build ${build})` : `v${version}`
}
