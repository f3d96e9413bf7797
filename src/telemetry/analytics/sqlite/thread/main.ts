/** The thread of the database of records: SQLite waits for the disk, and the path of a request must not. */
import { parentPort, workerData } from 'node:worker_threads'
import { textOf } from '../../../../errors.ts'
import type { FromRecordThread, RecordCall, RecordThreadSetup, ToRecordThread } from '../operations.ts'
import { QueryRunner } from './query-runner.ts'
import { RecordWriter } from './record-writer.ts'

const port = parentPort
if (port === null) throw new Error('Not a thread')
serve(workerData as RecordThreadSetup)

function serve(setup: RecordThreadSetup): void {
  const writer = new RecordWriter(setup)
  const runner = new QueryRunner(setup)
  port?.on('message', (message: ToRecordThread) => {
    if (message.name === 'close') {
      writer.close()
      runner.close()
      port.close()
    } else answer(message)
  })

  function answer(call: RecordCall): void {
    const { id } = call
    try {
      if (call.name === 'query') tell({ id, result: runner.query(call.argument) })
      else {
        const memory = writer.write(call.argument)
        tell({ id, result: memory }, memory)
      }
    } catch (error) {
      tell({ id, reason: textOf(error) })
    }
  }
}

function tell(message: FromRecordThread, memory: ArrayBuffer[] = []): void {
  port?.postMessage(message, memory)
}
