import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { WidgetForm } from '../../contracts/widget-api.ts'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { pageToken } from '../../emulators/kommo/tokens.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
beforeAll(async () => {
  stack = await startInProcess({ isSynced: false })
})
afterAll(() => stack.stop())

async function form(): Promise<WidgetForm> {
  const token = await pageToken(stack.integration, stack.kommo.url, { id: 504, isAdmin: true })
  const answer = await fetch(`${stack.url}/api/widget/form`, { headers: { 'x-auth-token': token } })
  return (await answer.json()) as WidgetForm
}
const names = async () => (await form()).fields.map(field => field.name)
const age = () => stack.services.database.updateTable('kommo_fields').set({ read_at: 0 }).execute()

it('the masks’ menu opens with the fields at hand while Kommo says nothing', async () => {
  expect(await names()).toContain('Pickup date')
  await age()
  const silent = vi
    .spyOn(stack.services.kommo, 'customFields')
    .mockImplementation(() => new Promise(() => undefined))
  expect(await names()).toContain('Pickup date')
  silent.mockRestore()
})

it('a new field of Kommo’s is there the next time', async () => {
  const { leads } = stack.kommo.account.fields
  const [first] = leads
  if (!first) throw new Error('no field')
  leads.push({ ...first, id: 99_001, name: 'Ribbon' })
  await age()
  expect(await names()).toContain('Ribbon')
  leads.pop()
})

it('what Kommo cannot say now stays as it was, and the form says that Kommo is away', async () => {
  await names()
  await age()
  stack.kommo.outage.isOn = true
  const { fields, kommo } = await form()
  expect(fields.map(field => field.name)).toContain('Pickup date')
  expect(kommo).toBe('unavailable')
  stack.kommo.outage.isOn = false
})

it('an account without any access says so at once', async () => {
  await stack.services.database.deleteFrom('kommo_grants').execute()
  expect((await form()).kommo).toBe('disconnected')
})
