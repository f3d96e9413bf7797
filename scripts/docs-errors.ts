/** Writes docs/errors.md from the error catalogue: `node scripts/docs-errors.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue, type ErrorCode } from '../src/errors.ts'

const heading = `# Errors

Written by \`node scripts/docs-errors.ts\` from the catalogue in \`src/errors/\`; a test compares the two.

A client gets the status and the text given here as \`{"error": "…"}\`, or as XML where the request's Content-Type is XML. What is
not meant for clients reaches them as 500 \`Internal Server Error\`; the log has the text in full. \`‹name›\` stands for a value.
`

/** The text of docs/errors.md. */
export function errorReference(): string {
  const codes = Object.keys(catalogue) as ErrorCode[]
  return [heading, ...codes.map(section)].join('\n')
}

function section(code: ErrorCode): string {
  const { status, client, message } = catalogue[code]
  const text = (message as (details: unknown) => string)(placeholder(''))
  const told = typeof client === 'function' ? (client as (details: unknown) => string)(placeholder('')) : client
  const answer = told === null ? 'Not sent to clients.' : `Status ${status}, \`${told}\`.`
  return `### \`${code}\`\n\n${answer}\n\n> ${text.replaceAll('\n', '\n> ')}\n`
}

/** Stands for any value that a message builder may read, call or print, and prints as its name. */
function placeholder(name: string): unknown {
  return new Proxy(() => placeholder(name), {
    get(_, key) {
      if (key === Symbol.toPrimitive || key === 'toString') return () => `‹${name}›`
      if (key === Symbol.iterator)
        return function* () {
          yield placeholder(name)
        }
      if (typeof key === 'symbol') return undefined
      // A method of a string or a list (`join`, `map`) still prints as the value it was called on.
      return placeholder(key in Array.prototype || key in String.prototype ? name : key)
    },
  })
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/errors.md'), errorReference())
