import path from 'node:path'
import { expect, it } from 'vitest'
import { startInProcess } from '../e2e/support/in-process.ts'

it('the API answers by the contract in docs/openapi.json: change both knowingly (vitest -u)', async () => {
  const stack = await startInProcess({ isSynced: false })
  try {
    const contract: unknown = await (await fetch(`${stack.url}/api/openapi.json`)).json()
    const file = path.resolve(import.meta.dirname, '../docs/openapi.json')
    await expect(`${JSON.stringify(contract, null, 2)}\n`).toMatchFileSnapshot(file)
  } finally {
    await stack.stop()
  }
})
