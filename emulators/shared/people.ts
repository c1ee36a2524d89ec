/** The emulated account's people: the same ones whom Kommo knows as contacts and Radist by phone. */
export type Person = {
  id: number
  firstName: string
  lastName: string
  /** As somebody typed it into Kommo; null for contacts without a phone. */
  phone: string | null
  username: string | null
  dealName: string
  dealPrice: number
}

const ROWS: readonly (readonly [string, string, string | null, string | null, string, number])[] = [
  ['Lucía', 'Fernández', '+34 612 77 03 15', null, 'Roses, 25 pcs', 45],
  ['Mateo', 'García', '612 77 03 16', '@mateo_garcia', 'Orchid in a pot', 38],
  ['Anna', 'Иванова', '+7 916 555-01-17', '@anna_iv', 'Пионы, 15 шт.', 60],
  ['Юлия', 'Смирнова', '8 916 555 01 18', null, 'Свадебный букет', 210],
  ['محمد', 'الأحمد', '+971 50 555 0119', null, 'باقة ورد', 75],
  ['田中', '美咲', '+81 90-5550-0120', null, 'ひまわり 10本', 52],
  ['José', 'da Silva', '+55 (11) 95550-0121', '@jose.silva', 'Buquê de girassóis', 33],
  ['Ayşe', 'Yılmaz', '+90 532 555 01 22', null, 'Lale, 20 adet', 29],
  ['Budi', 'Santoso', '+62 812-5550-0123', null, 'Mawar putih', 25],
  ['דנה', 'לוי', '+972 50-555-0124', null, 'זר חמניות', 48],
  ['Noor', 'without phone', null, null, 'Lilies, 7 pcs', 40],
  ['Elena', 'Username Only', null, '@elena_flores', 'Dried flowers', 22],
  ['O’Brien', '"Quote" & Sons', '+44 7400 555126', null, 'Office plants {{lead.price}}', 530],
  ['Li', '王小明', '+86 138 0013 8127', null, '玫瑰 99 朵', 199],
]
const FIRST = ['Carmen', 'Pablo', 'Sofía', 'Diego', 'Marta', 'Hugo', 'Paula', 'Álvaro', 'Irene']
const LAST = ['López', 'Martín', 'Ruiz', 'Serrano', 'Navarro', 'Vega', 'Campos']
const DEALS = ['Tulips', 'Wedding arch', 'Weekly bouquet', 'Bonsai', 'Gift card', 'Hydrangeas']

export const PEOPLE: readonly Person[] = Array.from({ length: 40 }, (_, index): Person => {
  const row = ROWS[index]
  if (row) {
    const [firstName, lastName, phone, username, dealName, dealPrice] = row
    return { id: index + 1, firstName, lastName, phone, username, dealName, dealPrice }
  }
  return {
    id: index + 1,
    firstName: FIRST[index % FIRST.length] ?? '',
    lastName: LAST[index % LAST.length] ?? '',
    phone: `+34 6${String(20_000_000 + index * 10_101)}`,
    username: null,
    dealName: `${DEALS[index % DEALS.length]} no. ${index + 1}`,
    dealPrice: 20 + index * 3,
  }
})

/** What all forms of one phone share: its last nine digits. */
export function phoneKey(phone: string): string {
  return phone.replaceAll(/\D/gu, '').slice(-9)
}
