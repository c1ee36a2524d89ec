import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** The EICAR test string, put together here so that no scanner takes this file for a virus. */
export const EICAR = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$',
  'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
].join('')

/** Plays ClamAV's daemon: `zINSTREAM\0`, chunks after their lengths, an empty one, one answer (clamd(8)). */
export class FakeClamd {
  /** Says nothing, as while it reads its signatures. */
  isMute = false
  /** Content that it calls an error, as one above its own limit. */
  refuses: string | null = null
  scanned = 0
  private readonly server: Server

  private constructor(server: Server) {
    this.server = server
  }

  static async start(): Promise<FakeClamd> {
    const server = createServer()
    const clamd = new FakeClamd(server)
    server.on('connection', socket => clamd.serve(socket))
    await new Promise(resolve => {
      server.listen(0, '127.0.0.1', () => resolve(null))
    })
    return clamd
  }

  get url(): string {
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.server.close()
  }

  private serve(socket: Socket): void {
    let bytes = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', data => {
      if (this.isMute) return socket.destroy()
      bytes = Buffer.concat([bytes, data])
      const content = contentOf(bytes)
      if (content === null) return undefined
      this.scanned += 1
      if (this.refuses !== null && content.includes(this.refuses)) {
        return socket.end('INSTREAM size limit exceeded. ERROR\0')
      }
      const isBad = content.includes(EICAR)
      return socket.end(isBad ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0')
    })
  }
}

/** @returns null until the empty chunk has come */
function contentOf(bytes: Buffer): Buffer | null {
  const command = 'zINSTREAM\0'
  if (bytes.subarray(0, command.length).toString() !== command) return null
  const chunks: Buffer[] = []
  let at = command.length
  while (bytes.length >= at + 4) {
    const length = bytes.readUInt32BE(at)
    if (length === 0) return Buffer.concat(chunks)
    chunks.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return null
}
