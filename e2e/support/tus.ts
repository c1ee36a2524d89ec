/** Uploads as the widget does, without a browser: create, then send. */
export type Uploader = ReturnType<typeof uploaderOf>

export function uploaderOf(url: string, token: string) {
  const call = (
    path: string,
    method: string,
    headers: Record<string, string> = {},
    body?: BodyInit,
  ): Promise<Response> =>
    fetch(`${url}/api/widget${path}`, {
      method,
      headers: { 'x-auth-token': token, 'tus-resumable': '1.0.0', ...headers },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    } as RequestInit)
  const create = (size: number, name = 'a.bin') =>
    call('/uploads', 'POST', {
      'upload-length': String(size),
      'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
    })
  const send = (id: string, offset: number, body: BodyInit) =>
    call(
      `/uploads/${id}`,
      'PATCH',
      { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      body,
    )
  return {
    url,
    call,
    create,
    send,
    file: async (id: string) =>
      (await (await call(`/files/${id}`, 'GET')).json()) as Record<string, unknown>,
    /** @returns the file's id */
    async upload(bytes: Uint8Array<ArrayBuffer>, name?: string): Promise<string> {
      const created = await create(bytes.length, name)
      if (created.status !== 201) throw new Error(`Not created: ${await created.text()}`)
      const id = idOf(created)
      const sent = await send(id, 0, bytes)
      if (sent.status !== 204) throw new Error(`Not sent: ${await sent.text()}`)
      return id
    },
  }
}

/** The id of the upload that was created. */
export function idOf(created: Response): string {
  return created.headers.get('location')?.split('/').at(-1) ?? ''
}
