import { failure, textOf } from '../errors.ts'

const POSITION = /(?: in JSON)? at position (\d+).*$/s
const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Parses the JSON of a file. A syntax error becomes `json_invalid` with line, column and the line itself.
 *
 * @param secretKeys property names whose values are blacked out in the line that is shown
 */
export function parseJson(text: string, file: string, secretKeys: readonly string[] = []): unknown {
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
  try {
    return JSON.parse(json)
  } catch (error) {
    const before = json.slice(0, errorPosition(json)).split('\n')
    const line = before.length
    const column = (before.at(-1) ?? '').length + 1
    const frame = codeFrame(json, line, column, secretKeys)
    throw failure('json_invalid', { file, line, column, reason: syntaxReason(error), frame })
  }
}

/** V8's reason for a syntax error, without the position and without the piece of text it quotes. */
export function syntaxReason(error: unknown): string {
  const reason = textOf(error).replace(POSITION, '').split(', ...')[0]?.split(', "')[0] ?? ''
  return `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`
}

/**
 * Where the text stops being JSON. V8 tells for most errors only; for the others the position is the length of the longest
 * prefix that fails for no other reason than that it ends.
 */
function errorPosition(json: string): number {
  let low = 0
  let high = json.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (couldGoOn(json.slice(0, middle))) low = middle
    else high = middle - 1
  }
  return low
}

function couldGoOn(prefix: string): boolean {
  try {
    JSON.parse(prefix)
    return true
  } catch (error) {
    const text = textOf(error)
    const position = POSITION.exec(text)?.[1]
    return position === undefined ? text.startsWith('Unexpected end of JSON') : Number(position) >= prefix.length
  }
}

function codeFrame(json: string, line: number, column: number, secretKeys: readonly string[]): string {
  const lines = json.split('\n')
  const text = (lines[line - 1] ?? '').replaceAll('\t', ' ').trimEnd()
  const hidden = isInSecretObject(lines.slice(0, line).join('\n'), secretKeys) ? [...secretKeys, '[^"]*'] : secretKeys
  const source = blackedOut(text, hidden)
  const start = Math.max(0, column - 60)
  const gutter = `  ${line} | `
  return `${gutter}${source.slice(start, start + 100)}\n${' '.repeat(gutter.length + column - 1 - start)}^`
}

/** Whether the last line is in an object that a secret key has for a value. */
function isInSecretObject(text: string, keys: readonly string[]): boolean {
  return keys.some((key) => {
    const start = [...text.matchAll(new RegExp(`"${key}"\\s*:\\s*\\{`, 'g'))].at(-1)
    return start !== undefined && (text.slice(start.index).split('\n').length === 1 || !text.slice(start.index).includes('}'))
  })
}

/** Replaces the values of secret keys by as many asterisks, so that the caret still points at the right column. */
function blackedOut(line: string, keys: readonly string[]): string {
  return keys.reduce(
    (shown, key) =>
      shown.replace(
        new RegExp(`("${key}"\\s*:\\s*")([^"]*)`, 'g'),
        (_, head: string, value: string) => head + '*'.repeat(value.length),
      ),
    line,
  )
}
