import { resolve } from 'node:path'
import { shiftColumns } from './mappings.ts'
import type { Stage } from './stage.ts'

/** The two kinds of lines where esbuild writes the path of a module: a comment before it, and the key of its function. */
const heading = /^(\/\/ | {2}['"])(.+?)(['"]\((?:exports\d*)?(?:, module\d*)?\) \{)?$/

/**
 * Gives the modules of a bundle names that do not tell where the plugin and its packages lie. The sources of the map become
 * absolute paths.
 *
 * @param paths the modules as esbuild names them, relative to the staged source
 */
export function nameModules(code: string, sourceMap: string, paths: readonly string[], { source, nameOf }: Stage) {
  const names = new Map(paths.map((path) => [path, nameOf(resolve(source, path))]))
  const map = JSON.parse(sourceMap) as { sources: string[]; mappings: string }
  const mappings = map.mappings.split(';')
  const lines = code.split('\n').map((line, index) => {
    const [, before = '', path = '', after = ''] = heading.exec(line) ?? []
    const name = names.get(path)
    if (name === undefined) return line
    mappings[index] = shiftColumns(mappings[index] ?? '', before.length + path.length, name.length - path.length)
    return before + name + after
  })
  // esbuild writes sources as URLs.
  const sources = map.sources.map((path) => resolve(source, decodeURIComponent(path)))
  return { code: lines.join('\n'), sourceMap: JSON.stringify({ ...map, sources, mappings: mappings.join(';') }) }
}
