/** Stands in the built widget for the server's address, which is written over it in the archive. */
export const SERVER_URL_PLACEHOLDER = 'https://server-url.invalid'
