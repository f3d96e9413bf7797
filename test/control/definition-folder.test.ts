import assert from 'node:assert/strict'
import { mkdir, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { type LoadedDefinitions, loadDefinitions } from '../../src/control/definition/load.ts'
import { makeFolder } from './temporary-folder.ts'

/** A keyless API under `/<id>/`. */
const api = (id: string, fields: object = {}) => ({
  name: id,
  api_id: id,
  use_keyless: true,
  proxy: { listen_path: `/${id}/`, target_url: 'http://upstream' },
  ...fields,
})

function load(folder: string): Promise<LoadedDefinitions> {
  return loadDefinitions({ folder, confFolder: folder, pluginPaths: [], enableCustomDomains: true })
}

const names = (list: readonly { file: string }[]) => list.map(({ file }) => basename(file))

test('definitions are the *.json files of the folder, in the order of their names; others are left alone', async () => {
  await using folder = await makeFolder({
    'b.json': api('b'),
    'a.json': api('a'),
    'a-oas.json': {},
    'a-mcp.json': {},
    '.hidden.json': 'not JSON',
    'notes.txt': 'not JSON',
    'elsewhere/c.json': api('c'),
  })
  await mkdir(join(folder.path, 'folder.json'))
  await symlink('elsewhere/c.json', join(folder.path, 'c.json'))
  const { loaded, failed, warnings } = await load(folder.path)
  assert.deepEqual(names(loaded), ['a.json', 'b.json', 'c.json'])
  assert.deepEqual(failed, [])
  assert.deepEqual(warnings, [])
})

test('a broken definition fails alone, by file, with its id where it tells', async () => {
  await using folder = await makeFolder({
    'a.json': '{\n  "name": "a",\n}',
    'b.json': api('b', { use_keyless: 'yes' }),
    'c.json': api('c'),
  })
  await symlink('nowhere', join(folder.path, 'd.json'))
  const { loaded, failed } = await load(folder.path)
  assert.deepEqual(names(loaded), ['c.json'])
  assert.deepEqual(
    failed.map(({ apiId, error }) => [apiId, (error as Error & { code: string }).code]),
    [
      [null, 'json_invalid'],
      ['b', 'definition_invalid'],
      [null, 'definition_unreadable'],
    ],
  )
  assert.match(
    failed[0]?.error.message ?? '',
    /a\.json" failed at line 3, column 1: expected double-quoted property name\n {2}3 \| }\n/,
  )
})

test('whoever comes later with an id or a listen path that is taken fails; nothing is renamed', async () => {
  await using folder = await makeFolder({
    '1.json': api('one'),
    '2.json': api('one', { proxy: { listen_path: '/two/', target_url: 'http://upstream' } }),
    '3.json': api('three', { proxy: { listen_path: '/one', target_url: 'http://upstream' } }),
    '4.json': api('four', { domain: 'example.com', proxy: { listen_path: '/one/', target_url: 'http://upstream' } }),
    '5.json': api('five', { domain: 'EXAMPLE.com', proxy: { listen_path: '/one/', target_url: 'http://upstream' } }),
    '6.json': api('two'),
  })
  const { loaded, failed } = await load(folder.path)
  assert.deepEqual(names(loaded), ['1.json', '4.json', '6.json'])
  assert.deepEqual(
    failed.map(({ error }) => error.message.replaceAll(`${folder.path}/`, '')),
    [
      'Load the definition "2.json" failed: api_id: "one" is the id of "1.json" already; choose another',
      'Load the definition "3.json" failed: proxy.listen_path: "/one" is the listen path of "1.json" already; choose another',
      'Load the definition "5.json" failed: proxy.listen_path: "/one/" on the domain "example.com" is the listen path of "4.json" already; choose another',
    ],
  )
})

test('an empty folder is worth a warning, a missing one is an error', async () => {
  await using folder = await makeFolder()
  const { loaded, failed, warnings } = await load(folder.path)
  assert.deepEqual([loaded, failed], [[], []])
  assert.deepEqual(warnings, [`No definition (*.json) in "${folder.path}"`])
  await assert.rejects(load(join(folder.path, 'none')), {
    code: 'app_path_unreadable',
    message: `Read the definitions in "${folder.path}/none" failed: there is no such folder; create the folder, or set "app_path" in gateway.conf`,
  })
})
