/** Looks again and again until something holds. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s for ${what}`)
    await new Promise(resolve => {
      setTimeout(resolve, 50)
    })
  }
}
