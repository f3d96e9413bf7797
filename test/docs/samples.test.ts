import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { configSchema } from '../../src/control/config/schema.ts'
import { readDefinition } from '../../src/control/definition/read-definition.ts'
import { root } from '../guards/source-files.ts'
import { readSamples, type Sample } from './read-samples.ts'

/** Pages whose samples are other files than definitions and configurations, or have a test of their own. */
const others = new Set(['docs/bundles.md', 'docs/isolation.md', 'docs/containment.md', 'docs/listener.md', 'docs/upstreams.md'])
const documents = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root }).sort()].filter(
  (name) => !others.has(name),
)
const samples = (language: string) => documents.flatMap((document) => readSamples(document, language))

/** For samples that leave their imports out. */
const imports = "import { ctx, definePlugin, headers, kv, log, type Plugin, type Session } from 'postern/plugin'"

test('the TypeScript of README and docs is accepted by the compiler', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'postern-samples-'))
  await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'))
  await writeFile(join(folder.path, 'tsconfig.json'), JSON.stringify(tsconfig))
  for (const sample of samples('ts')) {
    const file = join(folder.path, nameOf(sample))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, asModule(sample), { flag: 'wx' })
  }
  assert.deepEqual(await diagnose(folder.path), [])
})

const tsconfig = {
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    module: 'preserve',
    moduleResolution: 'bundler',
    customConditions: ['node'],
    paths: {
      'postern/plugin': [join(root, 'src/plugin/contract/index.ts')],
      'postern/test': [join(root, 'src/testkit/contract/index.ts')],
    },
    noUnusedLocals: false,
    noUnusedParameters: false,
    allowUnreachableCode: true,
  },
  include: ['**/*.ts'],
}

/** A sample that begins with a file name in a comment is that file for the others of its document. */
function nameOf({ document, line, text }: Sample): string {
  return join(document, /^\/\/ (\S+\.ts)$/m.exec(text.split('\n')[0] ?? '')?.[1] ?? `${line}.ts`)
}

/** The sample on the lines that it has in the document: a module as it is, anything else inside a plugin. */
function asModule({ text, line }: Sample): string {
  const isModule = /^(import|export) /m.test(text)
  const head = /from 'postern\/plugin'/.test(text) ? '' : imports
  const open = isModule ? '' : '; export const Sample: Plugin = async (c, next) => {'
  return `${'\n'.repeat(line - 2)}${head}${open}\n${text}${isModule ? '' : '}'}`
}

/** What the compiler says, a line each; the first part of each is a place in the document. */
function diagnose(folder: string): Promise<string[]> {
  const tsc = join(root, 'node_modules/.bin/tsc')
  return new Promise((resolve) => {
    execFile(tsc, ['-p', folder, '--pretty', 'false'], { cwd: folder }, (error, stdout) => {
      resolve(error ? stdout.trim().split('\n') : [])
    })
  })
}

test('the definitions in README and docs load without a warning', async () => {
  const shown = samples('json').filter(({ text }) => text.startsWith('"') || 'api_id' in JSON.parse(text))
  assert.ok(shown.length > 3)
  for (const { document, line, text } of shown) {
    const json = text.startsWith('"') ? { ...definition, ...JSON.parse(`{${text}}`) } : JSON.parse(text)
    const place = `${document}:${line}`
    const { warnings } = await readDefinition(json, place, { confFolder: root, pluginPaths: [], enableCustomDomains: false })
    assert.deepEqual(warnings, [], place)
  }
})

/** For samples that show a few fields of a definition. */
const definition = {
  name: 'Shown in part',
  api_id: 'shown-in-part',
  use_keyless: true,
  proxy: { listen_path: '/part/', target_url: 'http://upstream.example/' },
}

test('the configurations in README and docs are valid', () => {
  const shown = samples('json').filter(({ text }) => text.startsWith('{') && !('api_id' in JSON.parse(text)))
  for (const { document, line, text } of shown) {
    assert.equal(configSchema.safeParse(JSON.parse(text)).error?.message, undefined, `${document}:${line}`)
  }
})
