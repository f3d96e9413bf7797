import { posix } from 'node:path'

const CONTROL = /\p{Cc}/u

/** The format allows names of 64 kB, and so of 32,000 folders. */
const LONGEST = 1024

/** What is wrong with the name of a file in a bundle, or `null`. Only plain relative paths are good: `lib/plugin.js`. */
export function entryNameProblem(name: string): string | null {
  if (name === '') return 'an empty name'
  if (name.length > LONGEST) return `a name of more than ${LONGEST} characters`
  if (CONTROL.test(name)) return 'a control character in the name'
  if (name.includes('\\')) return 'a backslash in the name'
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) return 'an absolute name'
  if (name.split('/').includes('..')) return 'a name that leaves the bundle'
  return name === posix.normalize(name) && !name.endsWith('/') ? null : 'a name with empty or "." segments'
}
