import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readText, repositoryFiles } from '../guards/source-files.ts'

const { version } = JSON.parse(readText('package.json')) as { version: string }

/** Where the documents write the version outside of image tags: a file's name, and a gateway's message. */
const SHOWN = /(?:plugin_v(?=[\d.]+\.js)|this gateway is v)(\d+\.\d+\.\d+)/g

test('file names and messages in the documents show the version of package.json', () => {
  const documents = repositoryFiles().filter((path) => /^(README|docs\/.*)\.md$/.test(path))
  const stale = documents.flatMap((path) => {
    const shown = [...readText(path).matchAll(SHOWN)].filter(([, found]) => found !== version)
    return shown.map(([text]) => `${path}: ${text}`)
  })
  assert.deepEqual(stale, [])
})
