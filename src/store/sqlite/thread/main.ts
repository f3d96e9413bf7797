/** The thread that owns the database: SQLite waits for the disk, and the path of a request must not. */
import { parentPort, workerData } from 'node:worker_threads'
import { textOf } from '../../../errors.ts'
import { type Call, durable, type FromThread, type ToThread } from '../operations.ts'
import { Committer } from './committer.ts'
import { Database } from './database.ts'
import { openDatabase, refusalOf } from './open-database.ts'

const port = parentPort
if (port === null) throw new Error('Not a thread')
const tell = (message: FromThread) => port.postMessage(message)

try {
  serve(new Database(openDatabase(workerData.file)))
  tell({ type: 'opened' })
} catch (error) {
  tell({ type: 'refused', refusal: refusalOf(error) })
}

function serve(database: Database): void {
  const committer = new Committer(database, tell)
  port?.on('message', (message: ToThread) => {
    if (message.name === 'close') {
      committer.commit()
      database.close()
      port.close()
    } else answer(message)
  })

  function answer({ id, name, args }: Call): void {
    try {
      // Each call has the arguments of its operation.
      const operation = database[name] as (...args: unknown[]) => unknown
      const result = operation.apply(database, args)
      if (durable.has(name)) committer.hold({ type: 'done', id, result })
      else tell({ type: 'done', id, result })
    } catch (error) {
      if (database.isUndone) committer.undo(error)
      tell({ type: 'failed', id, reason: textOf(error) })
    }
    committer.note()
  }
}
