import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'
import type { Stage } from './stage.ts'
import type { Toolchain } from './toolchain.ts'

export type CompilerOptions = Readonly<Record<string, unknown>>

/** What a plugin decides in its own tsconfig.json: how strict, and how its syntax is read. */
const kept = new Set([
  ...['strict', 'noImplicitAny', 'noImplicitThis', 'strictBindCallApply', 'strictBuiltinIteratorReturn'],
  ...['strictFunctionTypes', 'strictNullChecks', 'strictPropertyInitialization', 'useUnknownInCatchVariables'],
  ...['allowUnreachableCode', 'allowUnusedLabels', 'checkJs', 'exactOptionalPropertyTypes', 'noFallthroughCasesInSwitch'],
  ...['noImplicitOverride', 'noImplicitReturns', 'noPropertyAccessFromIndexSignature', 'noUncheckedIndexedAccess'],
  ...['noUncheckedSideEffectImports', 'noUnusedLocals', 'noUnusedParameters', 'erasableSyntaxOnly', 'verbatimModuleSyntax'],
  ...['experimentalDecorators', 'emitDecoratorMetadata', 'useDefineForClassFields', 'jsx', 'jsxImportSource', 'paths'],
])

const defaults: CompilerOptions = { strict: true, jsx: 'react-jsx', jsxImportSource: 'hono/jsx' }

/** Imports resolve as the bundler resolves them, and globals are those of Node alone. */
const ours: CompilerOptions = {
  target: 'esnext',
  module: 'preserve',
  moduleResolution: 'bundler',
  customConditions: ['node'],
  lib: ['esnext'],
  types: ['node'],
  allowJs: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  isolatedModules: true,
  skipLibCheck: true,
  noEmit: true,
}

/** Paths of two configurations that differ in what their tools cannot agree on. */
export interface Tsconfigs {
  readonly check: string
  readonly bundle: string
}

/**
 * Writes the configurations for type-check and bundling into the stage.
 *
 * @param known what TypeScript has made of texts of tsconfig.json; it takes longer to ask than to bundle
 */
export async function writeTsconfigs(
  stage: Stage,
  entry: string,
  { tsc }: Toolchain,
  known: Map<string, CompilerOptions> = new Map(),
): Promise<Tsconfigs> {
  const own = await readOwn(stage, tsc, known)
  const compilerOptions = { ...defaults, ...pick(own ?? {}), ...ours }
  const write = async (name: string, config: object) => {
    const path = join(stage.source, `.postern.${name}.json`)
    await writeFile(path, JSON.stringify(config))
    return path
  }
  // It extends the plugin's own so that TypeScript reports what is wrong in there; `null` takes an inherited option away.
  const base = own && { extends: './tsconfig.json' }
  const cleared = Object.fromEntries(Object.keys(own ?? {}).map((name) => [name, null]))
  const files = { files: [entry], include: ['**/*.d.ts'], exclude: ['node_modules'] }
  return {
    check: await write('check', { ...base, compilerOptions: { ...cleared, ...compilerOptions }, ...files }),
    // esbuild would put old packages into strict mode too.
    bundle: await write('bundle', { compilerOptions: { ...compilerOptions, alwaysStrict: false } }),
  }
}

/** The plugin's compiler options, as TypeScript itself reads them: comments, `extends` and all; `null` where it has no tsconfig.json. */
async function readOwn({ source }: Stage, tsc: string, known: Map<string, CompilerOptions>): Promise<CompilerOptions | null> {
  const file = join(source, 'tsconfig.json')
  if (!existsSync(file)) return null
  const text = await readFile(file, 'utf8')
  const before = known.get(text)
  if (before) return before
  const { stdout } = await run(tsc, ['--showConfig', '-p', 'tsconfig.json'], { cwd: source })
  const options = (parse(stdout) as { compilerOptions?: CompilerOptions }).compilerOptions ?? {}
  // What one extends is in other files.
  if (!text.includes('extends')) known.set(text, options)
  return options
}

/** What cannot be shown is reported by the type-check. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

function pick(own: CompilerOptions): CompilerOptions {
  const options = Object.fromEntries(Object.entries(own).filter(([name]) => kept.has(name)))
  const { 'postern/plugin': _, ...paths } = (options.paths ?? {}) as Record<string, unknown>
  return { ...options, paths }
}
