import { open, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { failure } from '../errors.ts'
import type { Manifest } from './manifest.ts'
import type { Stage } from './stage.ts'

const names = ['plugin', 'index', 'src/plugin', 'src/index']
const typescript = ['.ts', '.mts', '.tsx']
const javascript = ['.js', '.mjs']

/**
 * The entry file of a plugin, relative to its folder. In this order:
 * 1. `postern.entry` of package.json
 * 2. `main`, then `module`, where they name a source file that exists
 * 3. plugin.ts, index.ts, src/plugin.ts, src/index.ts, also as .mts and .tsx
 * 4. the same as .js and .mjs
 */
export async function findEntry({ folder, source }: Stage, { postern, main, module }: Manifest): Promise<string> {
  if (postern.entry !== undefined) {
    if (await isSource(source, postern.entry)) return postern.entry
    throw failure('entry_named_missing', { entry: postern.entry })
  }
  const usual = [typescript, javascript].flatMap((endings) => names.flatMap((name) => endings.map((ending) => name + ending)))
  for (const candidate of [main, module, ...usual]) {
    if (candidate !== undefined && (await isSource(source, candidate))) return candidate
  }
  throw failure('entry_missing', { folder, looked: names.map((name) => `${name}.ts`) })
}

async function isSource(folder: string, name: string): Promise<boolean> {
  const path = join(folder, name)
  if (![...typescript, ...javascript].includes(extname(name))) return false
  const found = await stat(path).catch(() => null)
  return found?.isFile() === true && !(await isArtifact(path))
}

/** An earlier output lies in the same folder more often than not. */
async function isArtifact(path: string): Promise<boolean> {
  const mark = '/*! postern {'
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(mark.length), 0, mark.length, 0)
    return buffer.toString() === mark
  } finally {
    await file.close()
  }
}
