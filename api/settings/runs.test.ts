import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bots, RunList, RunView } from '../../contracts/activity.ts'
import type { Statistics } from '../../contracts/statistics.ts'
import { forgetTexts } from '../../cascade/forget-texts.ts'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { settingsApi } from '../../e2e/support/settings-api.ts'
import { until } from '../../e2e/support/until.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
let admin: Awaited<ReturnType<typeof settingsApi>>
const json = async <T>(path: string) => (await (await admin(path)).json()) as T
const runs = async (query = '') => (await json<RunList>(`/runs${query}`)).runs

beforeAll(async () => {
  stack = await startInProcess()
  admin = await settingsApi(stack)
  const { reactions } = stack.radist.world
  reactions.set('16:whatsapp', 'silent')
  await stack.runBot({ version: 1, text: '=Hello [Contact.Name]' }, 2015)
  await stack.runBot({ version: 1, text: 'Hello' }, 2016)
  await stack.runBot({ version: 1, text: 'Hello' }, 2011)
  await until('every note', async () => (await runs()).every(run => run.outcome.kind !== 'open'))
})
afterAll(() => stack.stop())

describe('the activity of an account', () => {
  it('tells of each run who, what and by whom', async () => {
    expect(await runs()).toMatchObject([
      {
        entity: { type: 'lead', id: 2011 },
        contactName: 'Noor without phone',
        leadName: 'Lilies, 7 pcs',
        outcome: { kind: 'not_delivered', reason: 'no_address' },
      },
      {
        entity: { type: 'lead', id: 2016 },
        outcome: { kind: 'delivered', messenger: 'telegram_personal', byExistingChat: false },
        attempts: 2,
      },
      { entity: { type: 'lead', id: 2015 }, outcome: { kind: 'delivered', messenger: 'whatsapp' } },
    ])
  })

  it('names bots as Kommo does, whatever its answer calls the list', async () => {
    const [first] = await runs()
    for (const botList of ['bots', 'items']) {
      await fetch(`${stack.kommo.url}/ajax/switches`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ botList }),
      })
      const { bots } = await json<Bots>('/bots')
      expect(bots.find(bot => bot.id === first?.botId)?.name).toBe('Test')
    }
  })

  it('is filtered and searched', async () => {
    const leads = async (query: string) => (await runs(query)).map(run => run.entity.id)
    expect(await leads('?outcome=not_delivered')).toEqual([2011])
    expect(await leads('?messenger=telegram_personal')).toEqual([2016])
    expect(await leads('?deal=2015')).toEqual([2015])
    expect(await leads('?search=noor')).toEqual([2011])
    expect(await leads(`?from=${new Date(Date.now() + 1000).toISOString()}`)).toEqual([])
    for (const wrong of ['?outcome=maybe', '?deal=x', '?from=yesterday', '?after=nonsense']) {
      expect((await admin(`/runs${wrong}`)).status).toBe(400)
    }
  })

  it('shows the message as it was sent', async () => {
    const [run] = await runs('?deal=2015')
    expect(await json<RunView>(`/runs/${run?.id}`)).toMatchObject({
      parts: [{ kind: 'text', text: '=Hello Hugo López' }],
      phones: [expect.stringMatching(/^\+34/u)],
      steps: [{ messenger: 'whatsapp', waitSeconds: 1 }, {}, {}, {}],
      connections: [{ connectionId: 1 }],
    })
  })

  it('P4 comes as CSV whose cells no spreadsheet takes for a formula', async () => {
    const { contacts } = stack.kommo.account
    const contact = contacts.find(one => one.id === 1017)
    if (contact) contact.name = '=HYPERLINK("https://evil.example")\n+1'
    await stack.runBot({ version: 1, text: 'Hello' }, 2017)
    const answer = await admin('/runs.csv')
    expect(answer.headers.get('content-type')).toContain('text/csv')
    expect(answer.headers.get('content-disposition')).toContain('attachment')
    const text = await answer.text()
    expect(text).toContain(`"'=HYPERLINK(""https://evil.example"")\n+1"`)
    expect(text).not.toMatch(/(?:^|,)"?[=+@-]\D/mu)
    // A mark, the head and four runs, one of which has a line break in it.
    expect(text.trim().split('\n')).toHaveLength(6)
  })
})

describe('the statistics of an account', () => {
  it('count what became of each attempt, today where the account is', async () => {
    const statistics = await json<Statistics>('/statistics?days=7')
    expect(statistics.timeZone).toBe('Europe/Madrid')
    expect(statistics.runs).toEqual({ total: 4, delivered: 3, existingChat: 0 })
    const whatsapp = statistics.messengers.find(one => one.messenger === 'whatsapp')
    expect(whatsapp?.counts).toMatchObject({ attempts: 3, delivered: 2, fellThrough: 1 })
    expect(whatsapp?.times?.deliveries).toBe(2)
    expect(whatsapp?.days).toHaveLength(7)
    expect(whatsapp?.days.at(-1)?.counts.attempts).toBe(3)
    const sum = statistics.connections.reduce((all, one) => all + one.counts.attempts, 0)
    expect(sum).toBe(4)
    const [first] = statistics.connections
    const days = await json<{ days: unknown[] }>(
      `/statistics/connections/${first?.connectionId}?days=7`,
    )
    expect(days.days).toHaveLength(7)
  })

  it('hold nothing of a person', async () => {
    const text = await (await admin('/statistics')).text()
    expect(text).not.toMatch(/Hugo|Hello|2015/u)
  })
})

describe('the time for which texts are kept', () => {
  it('P2 once over, they are gone, and outcomes and counters stay', async () => {
    const { database } = stack.services
    const before = await json<Statistics>('/statistics')
    const old = Date.now() - 91 * 24 * 3600_000
    await database
      .updateTable('runs')
      .set({ ended_at: old })
      .where('entity_id', '=', 2016)
      .execute()
    // One that nobody can read does not hold up the others.
    const [source] = await database
      .selectFrom('runs')
      .selectAll()
      .where('entity_id', '=', 2016)
      .execute()
    if (!source) throw new Error('no run')
    const poisoned = { ...source, id: '0-poisoned', entity_id: 2099, state: '{"not":"a run"}' }
    await database.insertInto('runs').values(poisoned).execute()
    await forgetTexts(stack.services, stack.services.engine)
    await database.deleteFrom('runs').where('id', '=', poisoned.id).execute()
    const rows = await database
      .selectFrom('runs')
      .selectAll()
      .where('entity_id', '=', 2016)
      .execute()
    expect(JSON.stringify(rows)).not.toMatch(/Hello|\+34|Paula|Bonsai/u)
    const [run] = await runs('?deal=2016')
    expect(run).toMatchObject({ isErased: true, outcome: { kind: 'delivered' }, contactName: '' })
    expect(await runs('?search=paula')).toEqual([])
    expect((await runs('?deal=2015'))[0]).toMatchObject({ isErased: false })
    expect(await json<Statistics>('/statistics')).toEqual(before)
  })
})
