import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunView } from '../../contracts/activity.ts'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { signIn } from '../../e2e/support/sign-in.ts'
import { until } from '../../e2e/support/until.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
let admin: string
beforeAll(async () => {
  stack = await startInProcess()
  admin = await signIn(stack, { id: 504, isAdmin: true })
})
afterAll(() => stack.stop())

const api = (path: string, method = 'GET', cookie = admin, origin = stack.url) =>
  fetch(`${stack.url}/api${path}`, { method, headers: { cookie, origin } })
const runOf = async (leadId: number) =>
  stack.services.database
    .selectFrom('runs')
    .selectAll()
    .where('entity_id', '=', leadId)
    .orderBy('created_at', 'desc')
    .executeTakeFirstOrThrow()

describe('a run’s history', () => {
  it('says what was known, what was decided and why, with every time', async () => {
    stack.radist.world.reactions.set('16:whatsapp', 'fail')
    await stack.runBot({ version: 1, text: 'Hello [Contact.Name]' }, 2016)
    const { id } = await runOf(2016)
    await until('the continue', async () => (await runOf(2016)).state.includes('"as":"accepted"'))
    const run = (await (await api(`/runs/${id}`)).json()) as RunView
    expect(run).toMatchObject({
      origin: 'bot',
      entity: { type: 'lead', id: 2016 },
      outcome: { kind: 'delivered', messenger: 'telegram_personal' },
    })
    expect(run.history.map(({ entry }) => entry.type)).toEqual([
      'started',
      'gathered',
      'existing_chat_none',
      'connection_picked',
      'chat_created',
      'attempt_started',
      'part_accepted',
      'waiting',
      'receipt',
      'attempt_failed',
      'connection_picked',
      'chat_created',
      'attempt_started',
      'part_accepted',
      'waiting',
      'receipt',
      'ended',
      'note_written',
      'continued',
    ])
    const times = run.history.map(({ at }) => Date.parse(at))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('is for admins of its account alone', async () => {
    const { id } = await runOf(2016)
    const other = await signIn(stack, { id: 505, isAdmin: false })
    for (const [path, method] of [
      [`/runs/${id}`, 'GET'],
      [`/runs/${id}/send-again`, 'POST'],
      ['/contacts/1', 'DELETE'],
    ] as const) {
      expect((await api(path, method, other)).status).toBe(403)
      expect((await api(path, method, 'session=nonsense')).status).toBe(401)
    }
    const foreign = await api(`/runs/${id}/send-again`, 'POST', admin, 'https://evil.example')
    expect(foreign.status).toBe(403)
    expect((await api(`/runs/${crypto.randomUUID()}`)).status).toBe(404)
    expect((await api('/runs/nonsense')).status).toBe(400)
  })
})

describe('sending again', () => {
  it('S19 makes a new run with one call, and tells nobody’s bot', async () => {
    const before = await runOf(2016)
    const sends = stack.radist.world.sends.length
    const answer = await api(`/runs/${before.id}/send-again`, 'POST')
    expect(answer.status).toBe(200)
    const { runId } = (await answer.json()) as { runId: string }
    expect(runId).not.toBe(before.id)
    await until('the new run', async () => (await runOf(2016)).phase === 'ended')
    expect(await runOf(2016)).toMatchObject({ id: runId, origin: 'sent_again', return_url: null })
    expect(stack.radist.world.sends.length - sends).toBe(1)
  })

  it('S19 of a run that may still deliver is a clear error, and sends nothing', async () => {
    stack.radist.world.reactions.set('18:whatsapp', 'silent')
    const bot = stack.runBot({ version: 1, text: 'Hello' }, 2018)
    await until('the send', async () => {
      const row = await stack.services.database
        .selectFrom('runs')
        .select('phase')
        .where('entity_id', '=', 2018)
        .executeTakeFirst()
      return row?.phase === 'waiting'
    })
    const answer = await api(`/runs/${(await runOf(2018)).id}/send-again`, 'POST')
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({ error: { code: 'run_not_ended' } })
    await bot
  })
})

describe('erasing a contact', () => {
  it('takes its texts and addresses from all its runs; what is gone cannot be sent again', async () => {
    const { id, contact_id: contactId } = await runOf(2016)
    const answer = await api(`/contacts/${contactId}`, 'DELETE')
    expect(await answer.json()).toEqual({ runs: 2 })
    const rows = await stack.services.database
      .selectFrom('runs')
      .selectAll()
      .where('contact_id', '=', contactId)
      .execute()
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toMatch(/Hello|\+34/u)
    const again = await api(`/runs/${id}/send-again`, 'POST')
    expect(again.status).toBe(410)
    expect(await again.json()).toMatchObject({ error: { code: 'message_erased' } })
  })
})
