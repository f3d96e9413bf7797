import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compileFailure } from './report.ts'
import { run } from './run.ts'
import type { Stage } from './stage.ts'
import type { Toolchain } from './toolchain.ts'
import { readDiagnostics } from './tsc-output.ts'

type CompilerOptions = Readonly<Record<string, unknown>>

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

/** Writes the configurations for type-check and bundling into the stage. */
export async function writeTsconfigs(stage: Stage, entry: string, { tsc }: Toolchain): Promise<Tsconfigs> {
  const compilerOptions = { ...defaults, ...pick(await readOwn(stage, tsc)), ...ours }
  const write = async (name: string, config: object) => {
    const path = join(stage.source, `.postern.${name}.json`)
    await writeFile(path, JSON.stringify(config))
    return path
  }
  return {
    check: await write('check', { compilerOptions, files: [entry], include: ['**/*.d.ts'], exclude: ['node_modules'] }),
    // esbuild would put old packages into strict mode too.
    bundle: await write('bundle', { compilerOptions: { ...compilerOptions, alwaysStrict: false } }),
  }
}

/** The plugin's compiler options, as TypeScript itself reads them: comments, `extends` and all. */
async function readOwn(stage: Stage, tsc: string): Promise<CompilerOptions> {
  if (!existsSync(join(stage.source, 'tsconfig.json'))) return {}
  const { code, stdout } = await run(tsc, ['--showConfig', '-p', 'tsconfig.json', '--locale', 'en'], { cwd: stage.source })
  if (code !== 0) throw compileFailure(readDiagnostics(stdout, stage), stage)
  return (JSON.parse(stdout) as { compilerOptions?: CompilerOptions }).compilerOptions ?? {}
}

function pick(own: CompilerOptions): CompilerOptions {
  const options = Object.fromEntries(Object.entries(own).filter(([name]) => kept.has(name)))
  const { 'postern/plugin': _, ...paths } = (options.paths ?? {}) as Record<string, unknown>
  return { ...options, paths }
}
