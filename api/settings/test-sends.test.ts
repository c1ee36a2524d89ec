import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rehearsal, RunView } from '../../contracts/activity.ts'
import type { Statistics } from '../../contracts/statistics.ts'
import type { Recipients, RecipientValues } from '../../contracts/test-send.ts'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { settingsApi } from '../../e2e/support/settings-api.ts'
import { until } from '../../e2e/support/until.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
let admin: Awaited<ReturnType<typeof settingsApi>>
const json = async <T>(path: string, method = 'GET', body?: unknown) =>
  (await (await admin(path, method, body)).json()) as T

beforeAll(async () => {
  stack = await startInProcess()
  admin = await settingsApi(stack)
})
afterAll(() => stack.stop())

const message = { text: 'Hello [Contact.FirstName|friend]', fileId: null }
const to = (id: number, type = 'lead') => ({ entity: { type, id }, ...message })

describe('looking for somebody to test with', () => {
  it('finds deals and contacts by name', async () => {
    const deals = await json<Recipients>('/recipients?type=lead&search=Orchid')
    expect(deals.recipients).toEqual([{ type: 'lead', id: 2002, name: 'Orchid in a pot' }])
    const contacts = await json<Recipients>('/recipients?type=contact&search=Mateo')
    expect(contacts.recipients).toEqual([{ type: 'contact', id: 1002, name: 'Mateo García' }])
    expect(await json('/recipients?type=contact&search=nobody')).toEqual({ recipients: [] })
  })

  it('shows what the person who looks may see in Kommo, whatever the account may', async () => {
    // Iván is responsible for every other deal.
    const person = await settingsApi(stack, { id: 505, isAdmin: true })
    const found = async (search: string) =>
      ((await (await person(`/recipients?type=lead&search=${search}`)).json()) as Recipients)
        .recipients
    expect(await found('Orchid')).toHaveLength(1)
    expect(await found('Roses')).toEqual([])
    expect((await person('/recipients/lead/2001')).status).toBe(404)
    expect((await person('/test-sends', 'POST', to(2001))).status).toBe(404)
    const rehearsal = (await (
      await person('/test-sends/rehearsal', 'POST', to(2001))
    ).json()) as Rehearsal
    expect(rehearsal).toMatchObject({ contactName: '', parts: [] })
  })

  it('gives the real values of each', async () => {
    const deal = await json<RecipientValues>('/recipients/lead/2001')
    expect(deal.values).toMatchObject({ 'Contact.Name': 'Lucía Fernández', 'Deal.Price': '€45' })
    const contact = await json<RecipientValues>('/recipients/contact/1001')
    expect(contact.values).toMatchObject({ 'Contact.Name': 'Lucía Fernández', 'Deal.Name': '' })
    expect((await admin('/recipients/lead/999999')).status).toBe(404)
  })
})

describe('a simulation', () => {
  it('shows each decision and the message, and nothing leaves', async () => {
    const [sends, notes] = [stack.radist.world.sends.length, stack.kommo.account.notes.length]
    const chats = stack.radist.world.chats.length
    const rehearsal = await json<Rehearsal>('/test-sends/rehearsal', 'POST', to(2001))
    expect(rehearsal.parts).toEqual([{ kind: 'text', text: 'Hello Lucía' }])
    expect(rehearsal.history.map(({ entry }) => entry.type)).toContain('attempt_started')
    expect(rehearsal.history.at(-1)?.entry).toMatchObject({ reason: 'nobody_delivered' })
    expect(stack.radist.world.sends).toHaveLength(sends)
    expect(stack.radist.world.chats).toHaveLength(chats)
    expect(stack.kommo.account.notes).toHaveLength(notes)
    expect(await stack.services.database.selectFrom('runs').select('id').execute()).toEqual([])
  })

  it('says why nobody would be reached', async () => {
    const rehearsal = await json<Rehearsal>('/test-sends/rehearsal', 'POST', to(2011))
    expect(rehearsal.history.at(-1)?.entry).toMatchObject({ reason: 'no_address' })
  })

  it('of nothing, of a missing file or of a wrong shape is refused', async () => {
    for (const [body, code] of [
      [{ ...to(2001), text: '  ' }, 'invalid_request'],
      [{ ...to(2001), text: 'ü'.repeat(5000) }, 'invalid_request'],
      [{ ...to(2001), fileId: 'a'.repeat(16) }, 'file_not_ready'],
      [{ ...to(2001), entity: { type: 'user', id: 1 } }, 'invalid_request'],
      [{ ...to(2001), more: 1 }, 'invalid_request'],
    ] as const) {
      for (const path of ['/test-sends', '/test-sends/rehearsal']) {
        expect(await json(path, 'POST', body)).toMatchObject({ error: { code } })
      }
    }
  })
})

describe('a test send', () => {
  it('arrives, can be watched, and is never counted nor noted in the feed', async () => {
    const { runId } = await json<{ runId: string }>('/test-sends', 'POST', to(1001, 'contact'))
    await until('the delivery', async () => {
      const run = await json<RunView>(`/runs/${runId}`)
      return run.outcome.kind === 'delivered'
    })
    expect(await json<RunView>(`/runs/${runId}`)).toMatchObject({ origin: 'test', botId: null })
    expect((await json<Statistics>('/statistics')).runs.total).toBe(0)
    expect(stack.kommo.account.notes).toEqual([])
  })

  it('goes to nobody whom the sender may not see', async () => {
    const sends = stack.radist.world.sends.length
    expect((await admin('/test-sends', 'POST', to(999_999))).status).toBe(404)
    expect(stack.radist.world.sends).toHaveLength(sends)
  })
})
