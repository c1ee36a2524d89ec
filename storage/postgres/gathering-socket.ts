import { Socket } from 'node:net'

type Written = (error?: Error | null) => void

/**
 * What is written in the same moment leaves as one: a round of statements is one call of the system's, and
 * the server is woken once.
 */
export class GatheringSocket extends Socket {
  private isGathering = false

  override write(
    chunk: Uint8Array | string,
    encoding?: BufferEncoding | Written,
    written?: Written,
  ): boolean {
    if (!this.isGathering) {
      this.isGathering = true
      this.cork()
      process.nextTick(() => {
        this.isGathering = false
        this.uncork()
      })
    }
    if (typeof encoding === 'function') return super.write(chunk, encoding)
    return super.write(chunk, encoding, written)
  }
}
