/** `npm start`: the product alone where it is configured, else the demo. */
if (process.env['KOMMO_CLIENT_ID']) await import('./main.ts')
else await (await import('./demo/main.ts')).startDemo()
