import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'

/** A package as its own package.json describes it. */
export interface Package {
  readonly folder: string
  readonly name: string
  readonly version: string
  /** SPDX expression; `NOASSERTION` where the package does not say. */
  readonly license: string
}

/** The package that a file belongs to: the nearest folder upwards whose package.json has a name and a version. */
export function packageOf(path: string): Package | null {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const { name, version, license, licenses } = readJson(join(folder, 'package.json'))
    if (typeof name === 'string' && typeof version === 'string') {
      return { folder, name, version, license: licenseOf(license ?? licenses) }
    }
  }
  return null
}

/** The packages of some files, each once, by name and version. */
export function packagesOf(paths: Iterable<string>): Package[] {
  const found = new Map<string, Package>()
  for (const path of paths) {
    const one = packageOf(path)
    if (one !== null) found.set(one.folder, one)
  }
  return [...found.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function readJson(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** Old packages write an object, or a list of them. */
function licenseOf(field: unknown): string {
  if (typeof field === 'string') return field
  const all = [field].flat().map((one) => (one as { type?: unknown } | undefined)?.type)
  const known = all.filter((type) => typeof type === 'string')
  return known.length > 0 ? known.join(' OR ') : 'NOASSERTION'
}

/** The package that an import needs and nobody has installed; `undefined` for a file, an alias, a module of Node, or an installed package. */
export function missingPackage(imported: string, { source, root }: { source: string; root: string }): string | undefined {
  const name = isBuiltin(imported) ? undefined : /^(?:@[a-z0-9-~][\w.~-]*\/)?[a-z0-9-~][\w.~-]*/.exec(imported)?.[0]
  const installed = name === undefined || [source, root].some((folder) => existsSync(join(folder, 'node_modules', name)))
  return installed ? undefined : name
}
