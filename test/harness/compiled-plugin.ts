import { createHash, randomUUID } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { compile } from '../../src/compiler/compile.ts'
import { current } from '../../src/version.ts'

const root = join(import.meta.dirname, '../..')
const cache = join(tmpdir(), `postern-test-${userInfo().username}`)

/** What every artifact depends on. */
const compiler = digestOf(root, ['package-lock.json', 'src/{compiler,plugin}/**/*.ts'], JSON.stringify(current))

/** The artifact of a folder of TypeScript, compiled once for as long as neither the folder nor the compiler changes. */
export async function compiledFolder(folder: string): Promise<string> {
  const artifact = join(cache, `${digestOf(folder, ['**/*.{ts,js,mjs,cjs}', 'package*.json', 'tsconfig.json'], compiler)}.js`)
  if (existsSync(artifact)) return artifact
  await mkdir(cache, { recursive: true })
  const output = join(await mkdtemp(join(cache, 'compile-')), 'plugin.js')
  await compile({ source: folder, output })
  await rename(output, artifact)
  return artifact
}

/** The artifact of one TypeScript file, given as text. */
export async function compiledText(text: string): Promise<string> {
  const folder = join(cache, 'source', createHash('sha256').update(text).digest('hex').slice(0, 16))
  await mkdir(folder, { recursive: true })
  await writeOnce(join(folder, 'plugin.ts'), text)
  return await compiledFolder(folder)
}

/** Another test may be compiling the same text: nobody ever sees the file half written. */
async function writeOnce(file: string, text: string): Promise<void> {
  if (existsSync(file)) return
  const part = `${file}.${process.pid}-${randomUUID()}`
  await writeFile(part, text)
  await rename(part, file)
}

function digestOf(folder: string, patterns: string[], more: string): string {
  const hash = createHash('sha256').update(more)
  for (const name of globSync(patterns, { cwd: folder, exclude: ['**/node_modules/**'] }).sort()) {
    hash.update(`\0${name}\0`).update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex').slice(0, 32)
}
