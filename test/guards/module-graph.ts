import { dirname, join } from 'node:path/posix'
import { parse } from 'acorn'
import { simple } from 'acorn-walk'
import { transformSync } from 'esbuild'
import { readText, repositoryFiles } from './source-files.ts'

/** What one file under src imports of ours, as repository paths. */
export interface Imports {
  /** Loaded before the file runs. */
  readonly atStart: string[]
  /** By `import()`. */
  readonly later: string[]
  /** Of which only types are used. */
  readonly types: string[]
}

/** Who imports whom in src. */
export function readModuleGraph(): Map<string, Imports> {
  const files = repositoryFiles().filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
  return new Map(files.map((path) => [path, importsOf(path)]))
}

function importsOf(path: string): Imports {
  const text = readText(path)
  const imports: Imports = { atStart: [], later: [], types: [] }
  const add = (list: string[], specifier: unknown) => {
    const target = resolve(path, specifier)
    if (target) list.push(target)
  }
  const { code } = transformSync(text, { loader: 'ts', tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } })
  simple(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), {
    ImportDeclaration: (node) => add(imports.atStart, node.source.value),
    ExportNamedDeclaration: (node) => add(imports.atStart, node.source?.value),
    ExportAllDeclaration: (node) => add(imports.atStart, node.source.value),
    ImportExpression: (node) => add(imports.later, 'value' in node.source ? node.source.value : undefined),
  })
  for (const [, specifier] of text.matchAll(/^(?:import|export) type [^;]*?from '([^']+)'/gms)) add(imports.types, specifier)
  return imports
}

function resolve(from: string, specifier: unknown): string | null {
  if (specifier === 'postern/plugin') return 'src/plugin/contract/index.ts'
  if (typeof specifier !== 'string' || !specifier.startsWith('.')) return null
  return join(dirname(from), specifier)
}
