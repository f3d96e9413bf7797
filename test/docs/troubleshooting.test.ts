import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorReference } from '../../scripts/docs-errors.ts'
import { readText } from '../guards/source-files.ts'

test('the messages in the troubleshooting table are those of the catalogue', () => {
  const rows = [...readText('docs/plugin-guide.md').matchAll(/^\| \[([^\]]+)\]\(errors\.md#(\w+)\)/gm)]
  assert.ok(rows.length > 10)
  for (const [, shown = '', code = ''] of rows) {
    assert.match(messageOf(code), new RegExp(shown.split('…').map(RegExp.escape).join('.*')), code)
  }
})

/** An error's message as docs/errors.md has it, with ‹names› for values. */
function messageOf(code: string): string {
  return new RegExp(`^### \`${code}\`.*?^> (.*?)$`, 'ms').exec(errorReference())?.[1] ?? ''
}
