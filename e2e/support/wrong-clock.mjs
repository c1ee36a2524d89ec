// Loaded by `NODE_OPTIONS=--import`: this process believes that it is earlier or later by so many milliseconds.
import process from 'node:process'

const offMs = Number(process.env['CLOCK_OFF_MS'])
const trueNow = Date.now.bind(Date)

class WrongDate extends Date {
  constructor(...values) {
    super(...(values.length === 0 ? [trueNow() + offMs] : values))
  }

  static now() {
    return trueNow() + offMs
  }
}
globalThis.Date = WrongDate
