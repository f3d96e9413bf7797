import { readText } from '../guards/source-files.ts'

/** A fenced block of a document. */
export interface Sample {
  readonly document: string
  /** The document's line of its first line, from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a document in one language. */
export function readSamples(document: string, language: string): Sample[] {
  const markdown = readText(document)
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .map(({ 1: found = '', 2: text = '', index }) => {
      return { document, language: found, text, line: markdown.slice(0, index).split('\n').length + 1 }
    })
    .filter((sample) => sample.language === language)
}
