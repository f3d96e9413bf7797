/** `npm test [-- file …]`: runs every test that this machine can run, and says in one line each what was left out, and why. */
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import Docker from 'dockerode'

const root = join(import.meta.dirname, '..')
const wanted = process.argv.slice(2)

/** The images have a command of their own, since they must be built first; whoever names their tests means them. */
const files = wanted.length > 0 ? wanted : globSync('test/**/*.test.ts', { cwd: root, exclude: ['test/image/**'] }).sort()
const skipped: string[] = []

if (wanted.length === 0) {
  const why = (await dockerAnswers()) ? 'they need built images' : 'no Docker engine answers on this machine'
  console.log(`Left out: the tests of the images, since ${why}; run \`npm run image:build && npm run image:test\``)
}

const tests = run({ files: files.map((file) => join(root, file)), concurrency: availableParallelism(), cwd: root })
tests.on('test:fail', ({ todo }) => {
  if (todo === undefined) process.exitCode = 1
})
tests.on('test:pass', ({ name, skip }) => {
  if (skip !== undefined) skipped.push(`${name}: ${skip === true ? 'no reason given' : skip}`)
})
tests.on('end', reportSkipped)
await pipeline(tests, new spec(), process.stdout, { end: false })

/** Before the summary, which stays the end of the output. */
function reportSkipped(): void {
  for (const line of skipped) console.log(`Skipped: ${line}`)
  if (skipped.length === 0 || !process.env.CI) return
  console.log('Nothing may be skipped where CI is set')
  process.exitCode = 1
}

async function dockerAnswers(): Promise<boolean> {
  try {
    await new Docker().ping()
    return true
  } catch {
    return false
  }
}
