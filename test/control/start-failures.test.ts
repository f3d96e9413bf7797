import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { makeFolder, type TemporaryFolder } from './temporary-folder.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

/** What is different from a gateway that would start. */
interface Fault {
  readonly what: string
  readonly config?: Readonly<Record<string, unknown>> | string
  readonly prepare?: (folder: TemporaryFolder) => Promise<unknown>
  /** The one line on standard error; several where there are several problems. */
  readonly says: RegExp
}

const store = (write: (database: DatabaseSync) => void) => async (folder: TemporaryFolder) => {
  await mkdir(join(folder.path, 'data'))
  const database = new DatabaseSync(join(folder.path, 'data/store.db'))
  write(database)
  database.close()
}

const faults: readonly Fault[] = [
  {
    what: 'an address that is no machine of ours',
    config: { listen_address: '192.0.2.7' },
    says: /^Listen on "192\.0\.2\.7" port 0 failed: this machine has no such address; set listen_address .*\n$/,
  },
  {
    what: 'an address that nobody knows',
    config: { listen_address: 'no.such.host.invalid' },
    says: /^Listen on "no\.such\.host\.invalid" port 0 failed: .*; .*listen_address.*\n$/,
  },
  {
    what: 'a data folder that cannot be made',
    config: { data_path: 'gateway.conf/data' },
    says: /^Open the store ".*store\.db" failed: ENOTDIR: .*; make its folder writable, or name another one as "data_path"\n$/,
  },
  {
    what: 'a store that is no database',
    prepare: (folder) => folder.write('data/store.db', 'no database at all '.repeat(100)),
    says: /^Open the store ".*store\.db" failed: it is not a SQLite database; the file was left as it is: .*\n$/,
  },
  {
    what: 'a store of another version',
    prepare: store((database) => {
      database.exec('CREATE TABLE session (a); PRAGMA application_id = 0x706f7374; PRAGMA user_version = 99')
    }),
    says: /^Open the store ".*store\.db" failed: found its format 99, expected \d+: another version of Postern wrote it; .*\n$/,
  },
  {
    what: 'a certificate that is not there',
    config: { http_server_options: { use_ssl: true, ssl_certificates: ['none.pem'] } },
    says: /^Read the certificate ".*none\.pem" failed: found no such file, .*\n$/,
  },
  {
    what: 'a folder of policies that is not there',
    config: { policies: { policy_path: 'policies' } },
    says: /^Read the policies in ".*policies" failed: there is no such file or folder; create it, .*\n$/,
  },
  {
    what: 'a configuration that is no JSON',
    config: '{\n  "listen_port": 0,\n  "secret": hush\n}',
    says: /^Load the configuration ".*" failed: Parse the JSON of ".*" failed at line 3, column 13: unexpected token 'h'\n {2}3 \|.*\n +\^\n$/,
  },
  {
    what: 'a configuration with several faults',
    config: { listen_port: 'x', listen_prot: 1 },
    says: /^Load the configuration ".*" failed:\nlisten_port: expected a number, found "x"\nlisten_prot: .*"listen_port"\?\n$/,
  },
  {
    what: 'a key of Tyk’s that protects',
    config: { enforce_org_quotas: true },
    says: /^Load the configuration ".*" failed: enforce_org_quotas: .*and that protects.*\n$/,
  },
]

describe('a start says in one line why there is none, and ends with 1:', () => {
  for (const { what, config = {}, prepare, says } of faults) {
    test(what, async () => {
      const working = { listen_port: 0, listen_address: '127.0.0.1', secret: 'hush', log_level: 'silent' }
      await using folder = await makeFolder({
        'gateway.conf': typeof config === 'string' ? config : { ...working, ...config },
        'apps/other.txt': '',
      })
      await prepare?.(folder)
      const { code, out, err } = await start(join(folder.path, 'gateway.conf'))
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, says)
    })
  }

  test('a configuration that is a folder', async () => {
    await using folder = await makeFolder({ 'gateway.conf/file': '' })
    const { code, err } = await start(join(folder.path, 'gateway.conf'))
    assert.equal(code, 1)
    assert.match(
      err,
      /^Read the configuration ".*gateway\.conf" failed: EISDIR: .*; name the file with --conf FILE or POSTERN_CONF\n$/,
    )
  })
})

test('a start waits for no Redis, and says that it is away', async () => {
  const server = createServer((socket) => socket.destroy())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const storage = { type: 'redis', host: '127.0.0.1', port }
  await using folder = await makeFolder({
    'gateway.conf': { listen_port: 0, listen_address: '127.0.0.1', secret: 'hush', log_format: 'json', storage },
    'apps/other.txt': '',
  })
  const { code, out } = await start(join(folder.path, 'gateway.conf'), / listens on /)
  server.close()
  assert.equal(code, 0, out)
  assert.match(out, /Reach the store \\"redis:\/\/127\.0\.0\.1:\d+\\" failed/)
})

interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Starts a gateway, and ends it once it says what is waited for. */
function start(conf: string, serves: RegExp | null = null): Promise<Outcome> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('POSTERN_')))
  return new Promise((resolve) => {
    const args = [main, 'start', '--no-supervisor', '--conf', conf]
    const child = execFile(process.execPath, args, { env, timeout: 60_000 }, (_, out, err) => {
      resolve({ code: child.exitCode, out, err })
    })
    let [said, isTold] = ['', false]
    child.stdout?.on('data', (text: string) => {
      said += text
      // A second signal would end it at once.
      if (!isTold && serves?.test(said)) isTold = child.kill('SIGTERM')
    })
  })
}
