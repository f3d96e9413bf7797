import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

test('a thousand replacements under load lose no request, mix no versions, and free every version before', async () => {
  const child = spawn(process.execPath, ['--max-old-space-size=200', '--expose-gc', join(import.meta.dirname, 'soak-run.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0, output)
  const { replacements, requests, failed, wrong, heapAfter100, heapAfterAll, collected } = JSON.parse(output)
  assert.equal(replacements, 1000)
  assert.ok(requests > replacements, `${requests} requests`)
  assert.deepEqual({ failed, wrong }, { failed: 0, wrong: 0 })
  assert.ok(heapAfterAll <= heapAfter100 * 1.2, `${heapAfterAll} bytes after all, ${heapAfter100} after the first hundred`)
  assert.ok(collected >= replacements - 2, `${collected} of the old versions were collected`)
})
