import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { pluginFolder, root } from '../compiler/plugin-folder.ts'
import { readSamples } from './read-samples.ts'

const run = promisify(execFile)

test('the tests in docs/testing-plugins.md pass as they are', async () => {
  const samples = readSamples('docs/testing-plugins.md', 'ts')
  const files = Object.fromEntries(samples.map(({ text }) => [/^\/\/ (\S+)$/m.exec(text)?.[1] ?? '', text]))
  assert.ok(Object.keys(files).length > 5)
  const folder = await pluginFolder({ 'package.json': { type: 'module' }, ...files })
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await run(process.execPath, [join(root, 'src/main.ts'), 'plugin', 'test', folder], { env }).catch(
    (error) => error,
  )
  assert.match(stdout, /ℹ fail 0$/m, stdout)
  assert.match(stdout, new RegExp(`ℹ pass ${samples.length - 1}$`, 'm'), stdout)
})
