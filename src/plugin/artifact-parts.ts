import { SIGNATURE_MARK } from './signing/signature.ts'

/** The file of an artifact, taken apart; nothing in it is believed yet. */
export interface ArtifactParts {
  /** Line 1 with its line feed: what a signature is over. */
  readonly stampLine: Buffer
  /** Line 2 with its line feed where it begins as a signature does, else `null`. */
  readonly signatureLine: string | null
  /** All that follows: what the digest in the stamp is of. */
  readonly body: Buffer
}

const NEWLINE = 10

export function splitArtifact(bytes: Buffer): ArtifactParts {
  const stampEnd = endOfLine(bytes, 0)
  const marked = bytes.toString('latin1', stampEnd, stampEnd + SIGNATURE_MARK.length) === SIGNATURE_MARK
  const signatureEnd = marked ? endOfLine(bytes, stampEnd) : stampEnd
  return {
    stampLine: bytes.subarray(0, stampEnd),
    signatureLine: marked ? bytes.toString('latin1', stampEnd, signatureEnd) : null,
    body: bytes.subarray(signatureEnd),
  }
}

/** The offset after the line that begins at `start`. */
function endOfLine(bytes: Buffer, start: number): number {
  const newline = bytes.indexOf(NEWLINE, start)
  return newline < 0 ? bytes.length : newline + 1
}
