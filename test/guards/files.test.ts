import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { readText, repositoryFiles } from './source-files.ts'

const sources = repositoryFiles().filter((path) => /^(src|scripts|test|bench|examples|compiler-image)\/.*\.ts$/.test(path))

test('no file is a drawer for odds and ends', () => {
  const drawers = sources.filter((path) => /^(utils?|common|helpers?|shared|misc)$/.test(basename(path, '.ts')))
  assert.deepEqual(drawers, [], 'name the file after the one thing in it, beside its one user')
})

test('no folder is a drawer for odds and ends', () => {
  const drawers = sources.filter((path) => path.split('/').some((part) => /^(utils?|common|helpers?|shared|misc)$/.test(part)))
  assert.deepEqual(drawers, [])
})

test('a file of more than 400 lines says why on its first line', () => {
  const unexplained = sources.filter((path) => {
    const lines = readText(path).split('\n')
    return lines.length > 400 && !/^(\/\/|\/\*)/.test(lines[0] as string)
  })
  assert.deepEqual(unexplained, [], 'split the file')
})

test('files are named in kebab-case', () => {
  const others = sources.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?$/.test(basename(path, '.ts')))
  assert.deepEqual(others, [])
})
