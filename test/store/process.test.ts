import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import { openProcessStore } from '../../src/store/process/process-store.ts'
import { StoreServer } from '../../src/store/process/store-server.ts'
import { testStore } from './contract.ts'

testStore('the store of another process', async () => {
  let now = 1_700_000_000_000
  const clock = () => now
  const folder = await mkdtempDisposable(join(tmpdir(), 'postern-process-'))
  const path = join(folder.path, 'store.sock')
  const server = await StoreServer.listen(await openMemoryStore({ clock }), path)
  const store = await openProcessStore({
    path,
    type: 'memory',
    workers: 1,
    onOutage: 'allow',
    cacheBytes: 1_000_000,
    onTrouble: () => {},
    clock,
  })
  const advance = async (seconds: number) => {
    now += Math.round(seconds * 1000)
  }
  const close = async () => {
    await store.close()
    await server.close()
    await folder.remove()
  }
  return { store: { ...store, close }, advance }
})
