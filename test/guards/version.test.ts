import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readText, repositoryFiles } from './source-files.ts'

const { version } = JSON.parse(readText('package.json')) as { version: string }

/** The files that own the version, or are written for a person who will copy a command from them. */
const mayShowIt = /^(package(-lock)?\.json|CHANGELOG\.md|README\.md|docs\/.*\.md)$/

/** Neither part of a longer number nor a section of an RFC (`§3.2.2`). */
const repeated = new RegExp(`(?<![§.\\d])${version.replaceAll('.', '\\.')}(?![.\\d])`)

test('only package.json knows the version', () => {
  const repeats = repositoryFiles()
    .filter((path) => !mayShowIt.test(path))
    .filter((path) => repeated.test(readText(path)))
  assert.deepEqual(repeats, [], `these files repeat ${version}; import it from src/version.ts or read package.json`)
})

test('commands in the README and the docs show the version of package.json', () => {
  const stale = repositoryFiles()
    .filter((path) => /^(README|docs\/.*)\.md$/.test(path))
    .flatMap((path) =>
      [...readText(path).matchAll(/postern\/[a-z-]+:v(\d+\.\d+\.\d+)/g)].map(([tag, shown]) => ({ path, tag, shown })),
    )
    .filter(({ shown }) => shown !== version)
  assert.deepEqual(stale, [])
})
