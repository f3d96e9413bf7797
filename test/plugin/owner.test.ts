import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const program = join(import.meta.dirname, 'fail-late.ts')

function failLate(way: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, way], { encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  return { status, stderr, lines: lines.filter(Boolean).map((line) => JSON.parse(line)) }
}

for (const way of ['timer', 'immediate', 'tick', 'microtask', 'rejection', 'async', 'callback', 'emitter', 'null', 'shared']) {
  test(`a plugin's late failure (${way}) is logged once in its name, and the process goes on`, () => {
    const { status, stderr, lines } = failLate(way)
    assert.equal(status, 0, stderr)
    const [failed, left, ...more] = lines
    assert.deepEqual([failed.level, failed.code, failed.plugin], [50, 'plugin_failed_late', 'sample'])
    assert.match(failed.msg, /^Plugin "sample" failed outside of its call: (late|null);/)
    if (way === 'shared') assert.match(failed.err.stack, /postern:sample@[0-9a-f]{8}\/plugin\.js:\d+:\d+/)
    else if (way !== 'null') assert.match(failed.err.stack, /postern:sample@[0-9a-f]{8}\/mapped\.ts:\d+:\d+/)
    assert.equal(left.msg, '0 handlers left')
    assert.deepEqual(more, [])
  })
}

test('an error that is no plugin’s is logged as fatal and ends the process', () => {
  const { status, lines } = failLate('gateway')
  assert.equal(status, 1)
  assert.deepEqual(
    lines.map(({ level, code, err }) => [level, code, err.message]),
    [[60, 'gateway_failed', 'ours']],
  )
})
