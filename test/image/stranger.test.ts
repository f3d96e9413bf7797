import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { current } from '../../src/version.ts'

test("a stranger compiles, serves, breaks, mends and rolls back a plugin with the README's commands", () => {
  const script = join(import.meta.dirname, 'stranger.sh')
  const { status, stdout, stderr } = spawnSync(script, [`v${current.version}`], { encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}\n${stderr}`)
})
