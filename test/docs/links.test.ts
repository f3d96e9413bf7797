import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { readText, repositoryFiles, root } from '../guards/source-files.ts'

const documents = repositoryFiles().filter((path) => path.endsWith('.md') && !path.startsWith('compiler-image/'))

interface Link {
  readonly from: string
  readonly target: string
}

/** Links to places in the repository. Those in fenced blocks are none. */
const links: readonly Link[] = documents.flatMap((from) => {
  const prose = readText(from).replace(/^```.*?^```$/gms, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target)).map((target) => ({ from, target }))
})

test('links in the documents lead to files that exist', () => {
  const dead = links.filter((link) => !existsSync(join(root, fileOf(link))))
  assert.deepEqual(dead, [])
})

test('links to a heading lead to one that exists', () => {
  const dead = links.filter((link) => {
    const anchor = link.target.split('#')[1]
    return anchor !== undefined && !headingsOf(fileOf(link)).has(anchor)
  })
  assert.deepEqual(dead, [])
})

test('the README.md of a folder of documents leads to every one in it', () => {
  const unlisted = documents.filter((path) => {
    const index = join(dirname(path), 'README.md')
    return path.startsWith('docs/') && path !== index && !links.some((link) => link.from === index && fileOf(link) === path)
  })
  assert.deepEqual(unlisted, [])
})

function fileOf({ from, target }: Link): string {
  const path = target.split('#')[0]
  return path ? normalize(join(dirname(from), path)) : from
}

/** The anchors of a document, as they are made from its headings. */
function headingsOf(document: string): Set<string> {
  const headings = readText(document).matchAll(/^#+ (.+)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
