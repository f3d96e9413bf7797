import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readText, root } from '../guards/source-files.ts'
import { readCase, type Step } from '../harness/case-file.ts'

const cases = new Map<string, readonly Step[]>()

/** A step of a case, or a test of a file. */
export type Evidence = { readonly kind: 'step'; readonly step: Step } | { readonly kind: 'test' }

/** What a row names as its evidence; null if there is no such case, step, file or test. */
export function findEvidence(name: string): Evidence | null {
  const [, place = '', title = ''] = /^(.+?): (.*)$/s.exec(name) ?? []
  if (place.startsWith('test/')) return hasTest(place, title) ? { kind: 'test' } : null
  const step = stepsOf(place).find((each) => each.title === title)
  return step ? { kind: 'step', step } : null
}

function stepsOf(name: string): readonly Step[] {
  const file = join(root, 'test/cases', name, 'case.json')
  let steps = cases.get(name)
  if (!steps) {
    steps = existsSync(file) ? readCase(file).steps : []
    cases.set(name, steps)
  }
  return steps
}

/** A test that is called so, or a row of its table. */
function hasTest(file: string, title: string): boolean {
  if (!existsSync(join(root, file))) return false
  const text = readText(file)
  return [`'${title}'`, `"${title}"`, `\`${title}\``, `${title}: `].some((written) => text.includes(written))
}

/** Whether a step expects all of an answer: status, type and body. */
export function expectsAnswer({ request, expect }: Step, { status, message }: { status: number; message: string }): boolean {
  const type = /^(?:application\/xml|text\/xml|application\/soap\+xml)/i.exec(typeOf(request))?.[0].toLowerCase()
  const body = type === undefined ? json(message) : xml(message)
  return expect.status === status && expect.body === body && expect.headers['Content-Type'] === (type ?? 'application/json')
}

function typeOf({ headers }: Step['request']): string {
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'content-type')
  return name === undefined ? '' : [headers[name] ?? ''].flat().join()
}

/** As the reference writes it, to the byte. */
function json(message: string): string {
  return `{\n    "error": ${JSON.stringify(message)}\n}`
}

function xml(message: string): string {
  const escaped = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<?xml version = "1.0" encoding = "UTF-8"?>\n<error>${escaped}</error>`
}
