import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type LogOutput, LogWriter } from '../../src/log/log-writer.ts'
import { until } from '../harness/until.ts'

/** An output that takes what its script says. */
class Output implements LogOutput {
  readonly fd = -1
  readonly chunk = 16
  readonly writes: string[] = []
  readonly complaints: string[] = []
  /** Throws what it returns; undefined writes all, a number as many bytes. */
  script: () => string | number | undefined = () => undefined

  write(bytes: Uint8Array): number {
    const answer = this.script()
    if (typeof answer === 'string') throw Object.assign(new Error(`${answer}: no way`), { code: answer })
    const taken = bytes.subarray(0, answer ?? bytes.length)
    this.writes.push(Buffer.from(taken).toString())
    return taken.length
  }

  complain(text: string): void {
    this.complaints.push(text)
  }

  get text(): string {
    return this.writes.join('')
  }
}

describe('the log', () => {
  test('writes a line at once, and lines of requests together, after those before them', async () => {
    const output = new Output()
    const writer = new LogWriter(output)
    writer.write('one\n')
    assert.deepEqual(output.writes, ['one\n'])
    writer.writeLater('two\n')
    writer.writeLater('three\n')
    assert.deepEqual(output.writes, ['one\n'])
    await new Promise(setImmediate)
    assert.deepEqual(output.writes, ['one\n', 'two\nthree\n'])
    writer.writeLater('four\n')
    writer.write('five\n')
    assert.equal(output.text, 'one\ntwo\nthree\nfour\nfive\n')
  })

  test('gives a pipe no more than it takes whole, and never half a line', async () => {
    const output = new Output()
    const writer = new LogWriter(output)
    for (const line of ['12345678\n', 'abc\n', 'xy\n', 'a line that is longer than a chunk\n', 'end\n']) writer.writeLater(line)
    await new Promise(setImmediate)
    assert.deepEqual(output.writes, ['12345678\nabc\nxy\n', 'a line that is longer than a chunk\n', 'end\n'])
  })

  test('goes on with what a write has left', () => {
    const output = new Output()
    const writer = new LogWriter(output)
    output.script = () => 2
    writer.write('12345\n')
    assert.deepEqual(output.writes, ['12', '34', '5\n'])
  })

  test('waits for a pipe that is full, without a word', async () => {
    const output = new Output()
    const writer = new LogWriter(output)
    output.script = () => 'EAGAIN'
    writer.write('one\n')
    writer.write('two\n')
    assert.equal(output.text, '')
    output.script = () => undefined
    await until('the lines', () => output.text === 'one\ntwo\n')
    assert.deepEqual(output.complaints, [])
  })

  test('holds lines while a disk is full, says so once, loses those above its limit, and tells how many', async () => {
    const output = new Output()
    const writer = new LogWriter(output, { most: 1024 * 1024 })
    output.script = () => 'ENOSPC'
    const line = `${'x'.repeat(1023)}\n`
    for (let i = 0; i < 2000; i += 1) writer.write(line)
    assert.deepEqual(output.complaints, [
      'Write the log failed: ENOSPC: no way; lines are held, 1 MB at most, until it can be written again',
    ])
    output.script = () => undefined
    await until('the lines to be written', () => output.text.includes('log_lines_lost'))
    const lines = output.text.trimEnd().split('\n')
    const last = JSON.parse(lines.pop() as string)
    assert.equal(lines.length + last.lost, 2000)
    assert.equal(writer.lost, last.lost)
    assert.ok(lines.length >= 1023 && lines.length <= 1025, String(lines.length))
  })

  test('is silent for good once nobody reads any more', async () => {
    const output = new Output()
    const writer = new LogWriter(output)
    output.script = () => 'EPIPE'
    writer.write('one\n')
    writer.write('two\n')
    writer.writeLater('three\n')
    output.script = () => undefined
    await new Promise(setImmediate)
    writer.flushSync()
    assert.equal(output.text, '')
    assert.deepEqual(output.complaints, ['Write the log failed: EPIPE: no way; nobody reads it any more'])
  })

  test('waits at its end for a reader, but not for long', () => {
    const output = new Output()
    const writer = new LogWriter(output)
    let refusals = 3
    output.script = () => (refusals-- > 0 ? 'EAGAIN' : undefined)
    writer.writeLater('last\n')
    writer.flushSync()
    assert.equal(output.text, 'last\n')
    output.script = () => 'EAGAIN'
    writer.writeLater('never\n')
    writer.flushSync()
    assert.equal(output.text, 'last\n')
  })
})
