import { expect, it } from 'vitest'
import { isRadistUrl } from './hosts.ts'

const OPERATOR = 'https://api.radist.online/v2'

it.each([
  'https://api.radist.online/v2',
  'https://api-ru.radist.online/v2',
  'https://radist.online/',
])('takes Radist’s own host %s', url => {
  expect(isRadistUrl(url, OPERATOR)).toBe(true)
})

it('takes the host that the operator named, whatever it is', () => {
  expect(isRadistUrl('http://localhost:9000/v2', 'http://localhost:9000/v2')).toBe(true)
  expect(isRadistUrl('http://localhost:9001/v2', 'http://localhost:9000/v2')).toBe(false)
})

it.each([
  'javascript:alert(1)',
  'http://api.radist.online/v2',
  'https://radist.online.evil.example/',
  'https://evilradist.online/',
  'https://api.radist.online@evil.example/',
  'https://user:pass@api.radist.online/',
  'https://api.radist.online:8443/v2',
  'https://api.radist.online/v2?to=evil',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]/',
  'https://0x7f000001/',
  'file:///etc/passwd',
  'api.radist.online',
  '',
])('W16 refuses %s', url => {
  expect(isRadistUrl(url, OPERATOR)).toBe(false)
})
