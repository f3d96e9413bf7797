import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesInto, onLevelChange, openLog, setLevel } from '../../src/log.ts'
import { captureLog } from '../harness/captured-log.ts'
import { definition } from '../harness/definition.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

const plugin = `
import type { Plugin } from 'postern/plugin'

export const Speak: Plugin = (c) => {
  c.var.log.debug('said softly')
  c.var.log.warn('said aloud')
}
`

test('every child of a log, and every child of its children, has its level', async () => {
  const { lines, destination } = captureLog()
  const log = await openLog({ level: 'warn', format: 'json', destination })
  const child = log.child({ a: 1 }).child({ b: 2 })
  const changes: string[] = []
  const stop = onLevelChange(child, (level) => void changes.push(level))
  child.debug('unheard')
  setLevel(log, 'debug')
  child.debug('heard')
  assert.equal(child.isLevelEnabled('debug'), true)
  stop()
  setLevel(log, 'silent')
  child.fatal('unheard')
  linesInto(log)('{"made":"elsewhere"}\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ time, ...rest }) => rest),
    [{ level: 'debug', a: 1, b: 2, msg: 'heard' }, { made: 'elsewhere' }],
  )
  assert.deepEqual(changes, ['debug'])
})

for (const isolation of ['inline', 'worker'] as const) {
  test(`a plugin that runs ${isolation} logs at the level of the gateway, also when that changes`, async () => {
    await using stage = await openStage({ plugin })
    const { gateway, port } = stage
    const level = async (to: string) => {
      const headers = { 'X-Tyk-Authorization': 'test-secret' }
      await fetch(`http://127.0.0.1:${port}/tyk/log/level`, { method: 'PUT', headers, body: JSON.stringify({ level: to }) })
    }
    const speak = async (line: string) => {
      const before = gateway.log.lines.length
      await exchange(port, 'GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n')
      await gateway.log.waitFor(line, before)
      return gateway.log.lines.slice(before).join('\n')
    }
    // The worker starts at a level that it then has to leave.
    await level('warn')
    const use = { name: 'Speak', path: 'plugin.js', isolation }
    await gateway.folder.writeDefinition(
      'api.json',
      definition(stage.upstream.url, { custom_middleware: { driver: 'jsplugin', pre: [use] } }),
    )
    await gateway.reload()
    assert.doesNotMatch(await speak('said aloud'), /said softly/)
    await level('debug')
    assert.match(await speak('said aloud'), /said softly/)
  })
}
