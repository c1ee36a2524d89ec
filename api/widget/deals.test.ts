import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInProcess } from '../../e2e/support/in-process.ts'
import { pageToken } from '../../emulators/kommo/tokens.ts'

let stack: Awaited<ReturnType<typeof startInProcess>>
beforeAll(async () => {
  stack = await startInProcess({ isSynced: false })
})
afterAll(() => stack.stop())

const ADMIN = { id: 504, isAdmin: true }
/** Responsible for the deals with even numbers, and sees no others. */
const MANAGER = { id: 505, isAdmin: false }

async function get(path: string, person = ADMIN): Promise<{ status: number; body: unknown }> {
  const token = await pageToken(stack.integration, stack.kommo.url, person)
  const answer = await fetch(`${stack.url}/api/widget${path}`, {
    headers: { 'x-auth-token': token },
  })
  return { status: answer.status, body: await answer.json() }
}

describe('deals for the preview', () => {
  it('are found by what is written in them, and by their number', async () => {
    expect((await get('/deals?query=orchid')).body).toEqual({
      deals: [{ id: 2002, name: 'Orchid in a pot' }],
    })
    expect((await get('/deals?query=2005')).body).toEqual({
      deals: [{ id: 2005, name: 'باقة ورد' }],
    })
    expect((await get('/deals?query=nothing-like-it')).body).toEqual({ deals: [] })
    expect((await get('/deals')).body).toMatchObject({ deals: expect.any(Array) as unknown })
  })

  it('are those that the person may see, by name and by number', async () => {
    expect((await get('/deals?query=orchid', MANAGER)).status).toBe(200)
    expect((await get('/deals?query=roses', MANAGER)).body).toEqual({ deals: [] })
    expect((await get('/deals?query=2001', MANAGER)).body).toEqual({ deals: [] })
    expect((await get('/deals/2001', MANAGER)).status).toBe(404)
    expect((await get('/deals/2002', MANAGER)).body).toMatchObject({
      // The contact is somebody else's, and users are for admins: what one may not see stays empty.
      values: { 'Deal.Price': '€38', 'Contact.FirstName': '', 'User.Name': '' },
    })
  })

  it('bring every mask’s value, written as the account’s people write', async () => {
    expect((await get('/deals/2002')).body).toEqual({
      id: 2002,
      name: 'Orchid in a pot',
      values: expect.objectContaining({
        'Contact.Name': 'Mateo García',
        'Contact.Phone': '612 77 03 16',
        'Deal.Price': '€38',
        'Deal.Stage': 'Ready for pickup',
        'Deal.CF.12345': 'November 26, 2026',
        'Deal.CF.12349': 'no',
        'Deal.CF.12351': 'Red, Pink',
        'Company.Name': 'Flores del Sur S.L.',
        'User.Name': 'Iván Soto',
      }) as unknown,
    })
  })

  it('without a contact have a deal’s values only', async () => {
    expect((await get('/deals/2041')).body).toMatchObject({
      values: { 'Contact.Name': '', 'Deal.Name': 'Deal without contact' },
    })
  })

  it('that are not there are not found, and nonsense is refused', async () => {
    expect((await get('/deals/99')).status).toBe(404)
    expect((await get('/deals/nonsense')).status).toBe(400)
    expect((await get(`/deals?query=${'x'.repeat(300)}`)).status).toBe(400)
  })
})

describe('the form’s fields', () => {
  it('have each a sample, by its type and in the account’s language', async () => {
    const { body } = await get('/form')
    const { fields } = body as { fields: { code: string; sample: string; name?: string }[] }
    expect(fields.filter(field => field.sample === '')).toEqual([])
    const samples = Object.fromEntries(
      fields.map(field => [field.name ?? field.code, field.sample]),
    )
    expect(samples).toMatchObject({
      Price: '€45',
      Stems: '25',
      'Gift wrap': 'yes',
      Colour: 'Red',
      Deposit: '€45',
      Courier: 'Courier',
    })
    expect(samples['Pickup date']).toMatch(/\d{4}/u)
  })
})
