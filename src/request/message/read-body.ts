type Bytes = Uint8Array<ArrayBuffer>

const decoder = new TextDecoder()

/** The bytes of a body as text (UTF-8, as Fetch has it). */
export function asText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

export function asBlob(bytes: Bytes, contentType: string | null): Blob {
  return new Blob([bytes], { type: contentType ?? '' })
}

export function asFormData(bytes: Bytes, contentType: string | null): Promise<FormData> {
  return new Response(bytes, { headers: contentType ? { 'content-type': contentType } : {} }).formData()
}

export function asTextStream(body: ReadableStream<Bytes> | null): ReadableStream<string> {
  return (body ?? new Blob([]).stream()).pipeThrough(new TextDecoderStream())
}
