import { expect, it } from 'vitest'
import { uploadMemory } from './uploads.ts'

/** Row F1 of the fault matrix: two gigabytes, so only `npm run test:chaos` does it. */
it.runIf(process.env['CHAOS_ROUNDS'])(
  'F1 twenty uploads of 100 MB at once take no more than 200 MB of memory',
  async () => {
    const product = (await uploadMemory()).find(row => row.server === 'product')
    expect(Number(product?.peakMb) - Number(product?.beforeMb)).toBeLessThanOrEqual(200)
  },
  300_000,
)
